//! A function may do what it does, and nothing else. What it does is read off its own tests, which
//! hold every request that goes out; what it may do, off the template.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot be set up should stop at once"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use yaml_rust2::{Yaml, YamlLoader};

/// The IAM actions of each function, by the folder that it is built from.
type Actions = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The functions in the template.
fn functions() -> Vec<Yaml> {
    let template = fs::read_to_string(root().join("template.yaml")).unwrap();
    let template = YamlLoader::load_from_str(&template).unwrap().remove(0);
    let resources = template["Resources"].as_hash().unwrap();
    resources
        .values()
        .filter(|resource| resource["Type"].as_str() == Some("AWS::Serverless::Function"))
        .cloned()
        .collect()
}

/// The folder that a function is built from: `functions/<this>`.
fn folder(function: &Yaml) -> String {
    function["Properties"]["CodeUri"].as_str().unwrap().strip_prefix("functions/").unwrap().to_owned()
}

/// The statements of a function's own policies.
fn statements(function: &Yaml) -> Vec<Yaml> {
    let policies = function["Properties"]["Policies"].as_vec().cloned().unwrap_or_default();
    policies
        .iter()
        // A managed policy or a policy template of SAM has no statements that could be looked at here.
        .flat_map(|policy| policy["Statement"].as_vec().expect("a policy that is written out").clone())
        .collect()
}

fn allowed() -> Actions {
    functions()
        .iter()
        .map(|function| {
            let actions = statements(function).into_iter().map(|statement| {
                assert_eq!(statement["Effect"].as_str(), Some("Allow"));
                statement["Action"].as_str().expect("one action, by its name").to_owned()
            });
            (folder(function), actions.collect())
        })
        .collect()
}

/// The operations of Cognito that a function's tests see signed with the function's credentials.
/// Those that are not signed need no permission: a token authorises them, or nothing does.
fn called() -> Actions {
    fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| {
            let folder = entry.unwrap().path();
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let tests = fs::read_to_string(folder.join("src/tests.rs")).unwrap();
            assert!(tests.contains("signed"), "{name}'s tests do not say whether its calls are signed");
            let signed = requests(&tests).filter(|(_, signed)| *signed);
            (name, signed.map(|(operation, _)| format!("cognito-idp:{operation}")).collect())
        })
        .collect()
}

/// The requests that a test file expects: the operation, and whether it is signed.
fn requests(tests: &str) -> impl Iterator<Item = (&str, bool)> {
    tests.split("operation: \"").skip(1).map(|expected| {
        let (operation, rest) = expected.split_once('"').unwrap();
        let (_, signed) = rest.split_once("signed: ").expect("every request says whether it is signed");
        (operation, signed.starts_with("true"))
    })
}

#[test]
fn a_function_may_do_what_its_tests_see_it_do_and_nothing_else() {
    let called = called();
    assert!(called.values().any(|actions| !actions.is_empty()), "the check can see a signed call");
    assert_eq!(allowed(), called, "left: what the template allows; right: what the functions call");
}

#[test]
fn a_permission_is_for_the_user_pool_alone() {
    for function in functions() {
        for statement in statements(&function) {
            let resource = &statement["Resource"];
            let pool = resource[0].as_str().expect("the pool's ARN");
            assert!(pool.ends_with(":userpool/${Id}") && !pool.contains('*'), "{pool}");
        }
    }
}
