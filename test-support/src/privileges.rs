//! Least privilege: a function may call the operations that it signs, and no others.

use std::collections::BTreeSet;

use yaml_rust2::{Yaml, YamlLoader};

use shared::Route;

const TEMPLATE: &str = include_str!("../../template.yaml");

/// Asserts that the template allows the function of `route` exactly these signed `operations`, on the user pool alone.
/// A request that is not signed needs no permission.
pub(crate) fn assert_least(route: &Route, operations: &BTreeSet<String>) {
    let statements = statements(route);
    let allowed: BTreeSet<_> = statements
        .iter()
        .map(|statement| {
            assert_eq!(statement["Effect"].as_str(), Some("Allow"));
            let action = statement["Action"].as_str().expect("one action, by its name");
            action.strip_prefix("cognito-idp:").expect("an action of Cognito").to_owned()
        })
        .collect();
    assert_eq!(
        &allowed, operations,
        "left: permissions in the template; right: signed requests of the function"
    );
    for statement in statements {
        let pool = statement["Resource"][0].as_str().expect("the pool's ARN");
        assert!(pool.ends_with(":userpool/${Id}") && !pool.contains('*'), "{pool}");
    }
}

/// Statements of the function's policies in the template.
fn statements(route: &Route) -> Vec<Yaml> {
    let template = YamlLoader::load_from_str(TEMPLATE).expect("the template is YAML").remove(0);
    let folder = format!("target/lambda/{}", route.name);
    let function = template["Resources"]
        .as_hash()
        .expect("resources")
        .values()
        .find(|resource| resource["Properties"]["CodeUri"].as_str() == Some(&folder))
        .expect("a function of the route's name");
    let policies = function["Properties"]["Policies"].as_vec().cloned().unwrap_or_default();
    policies
        .iter()
        // A managed policy or a SAM policy template has no statements here, and fails.
        .flat_map(|policy| policy["Statement"].as_vec().expect("an inline policy").clone())
        .collect()
}
