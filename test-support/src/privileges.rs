//! What a function may do with its own credentials: what it does, and nothing else.

use std::collections::BTreeSet;

use yaml_rust2::{Yaml, YamlLoader};

use shared::Route;

const TEMPLATE: &str = include_str!("../../template.yaml");

/// Asserts that the function of `route`, which was seen to sign requests for these `operations`, is allowed them by
/// the template, on the user pool alone, and allowed no others. A request that is not signed needs no permission:
/// a token authorises it, or nothing does.
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
        "left: what the template allows; right: what the function was seen to do"
    );
    for statement in statements {
        let pool = statement["Resource"][0].as_str().expect("the pool's ARN");
        assert!(pool.ends_with(":userpool/${Id}") && !pool.contains('*'), "{pool}");
    }
}

/// The statements of the function's own policies in the template.
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
        // A managed policy or a policy template of SAM has no statements that could be looked at here.
        .flat_map(|policy| policy["Statement"].as_vec().expect("a policy that is written out").clone())
        .collect()
}
