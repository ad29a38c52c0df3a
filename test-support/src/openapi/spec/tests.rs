use std::collections::BTreeSet;

use serde_json::{Value, json};
use yaml_rust2::{Yaml, YamlLoader};

use super::{Bearer, OPENAPI_AS_JSON, OPERATIONS, Validator, resolved};
use shared::{
    Factor,
    testing::{ChallengeName, STANDARD_ATTRIBUTES},
};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

fn template() -> Yaml {
    YamlLoader::load_from_str(TEMPLATE).expect("the template is YAML").remove(0)
}

/// The schema `name` with its references.
fn schema(name: &str) -> &'static Value {
    &OPENAPI_AS_JSON["components"]["schemas"][name]
}

fn names(values: &Value) -> Vec<&str> {
    values.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn paths_and_methods_match_the_template() {
    let documented: BTreeSet<_> = OPENAPI_AS_JSON["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| (method.clone(), path.clone()))
        })
        .collect();
    let template = template();
    let resources = template["Resources"].as_hash().unwrap().values();
    let deployed: BTreeSet<_> = resources
        .filter_map(|resource| resource["Properties"]["Events"].as_hash())
        .flat_map(|events| events.values())
        .map(|event| &event["Properties"])
        .filter_map(|event| {
            Some((event["Method"].as_str()?.to_lowercase(), event["Path"].as_str()?.to_owned()))
        })
        .collect();
    assert_eq!(documented, deployed, "left: the OpenAPI document; right: the template");
}

#[test]
fn bearer_routes_document_401_and_posts_a_body() {
    for (name, operation) in &*OPERATIONS {
        let is_refused = operation
            .responses
            .get(&401)
            .and_then(|response| response.headers.get("www-authenticate"))
            .is_some_and(|header| header.is_required);
        assert_eq!(is_refused, operation.bearer == Bearer::Required, "{name}");
        let is_post = OPENAPI_AS_JSON["paths"][format!("/api/auth/{name}")].get("post").is_some();
        assert_eq!(is_post, operation.request.is_some(), "{name}");
    }
}

#[test]
fn every_route_documents_403_for_bypassing_cloudfront() {
    for (name, operation) in &*OPERATIONS {
        let another_address = "Please use the public address of this service";
        assert!(operation.has_example(403, "PublicAddressRequired", another_address), "{name}");
    }
}

/// The properties of the schemas below `schema`, by the schema's name and their own. With a `value`, those of them that it
/// has.
fn properties(schema: &Value, name: &str, value: Option<&Value>, found: &mut BTreeSet<(String, String)>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = OPENAPI_AS_JSON.pointer(&reference[1..]).expect("a schema");
        return properties(target, reference, value, found);
    }
    for variant in schema["oneOf"].as_array().into_iter().flatten() {
        let fits = |value| Validator::of(&resolved(variant)).validate(value).is_ok();
        if value.is_none_or(fits) {
            properties(variant, name, value, found);
        }
    }
    if let Some(items) = schema.get("items") {
        match value {
            None => properties(items, name, None, found),
            Some(values) => {
                let values = values.as_array().expect("a list");
                values.iter().for_each(|value| properties(items, name, Some(value), found));
            }
        }
    }
    for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
        let member = value.map(|value| value.get(property));
        if member != Some(None) {
            properties(schema, &format!("{name}/{property}"), member.flatten(), found);
            found.insert((name.to_owned(), property.clone()));
        }
    }
}

#[test]
fn every_property_of_a_success_is_in_an_example() {
    let (mut documented, mut shown) = (BTreeSet::new(), BTreeSet::new());
    for methods in OPENAPI_AS_JSON["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            let content = &operation["responses"]["200"]["content"]["application/json"];
            properties(&content["schema"], "", None, &mut documented);
            for example in content["examples"].as_object().expect("an example").values() {
                properties(&content["schema"], "", Some(&resolved(example)["value"]), &mut shown);
            }
        }
    }
    assert!(documented.len() > 40, "{documented:?}");
    let missing: Vec<_> = documented.difference(&shown).collect();
    assert!(missing.is_empty(), "in no example: {missing:?}");
}

#[test]
fn challenge_and_tokens_are_distinct_schemas() {
    let variants: Vec<_> =
        ["Challenge", "Tokens"].map(|name| Validator::of(&resolved(schema(name)))).into_iter().collect();
    let answers = OPERATIONS.values().flat_map(|operation| &operation.responses[&200].examples);
    let mut seen = [0, 0];
    for response in answers.filter(|response| response.value.get("access_token").is_some()) {
        let fits: Vec<_> = variants.iter().map(|variant| variant.validate(&response.value).is_ok()).collect();
        let is_challenge = response.value.get("challenge").is_some();
        assert_eq!(fits, [is_challenge, !is_challenge], "{}", response.value);
        seen[usize::from(is_challenge)] += 1;
    }
    assert!(seen.iter().all(|seen| *seen > 0), "{seen:?}");
    let first = &schema("SignIn")["oneOf"][0]["$ref"];
    assert_eq!(
        first, "#/components/schemas/Challenge",
        "clients that take the first match would take a challenge for tokens"
    );
}

#[test]
fn enums_match_cognito_names_in_code() {
    let factors = |factors: &[Factor]| factors.iter().map(|factor| factor.as_str()).collect::<BTreeSet<_>>();
    let values =
        |name: &str, keyword: &str| names(&schema(name)[keyword]).into_iter().collect::<BTreeSet<_>>();
    // Values of requests are closed. Values of responses are open, because later versions may add some.
    let accepted = |name| values(name, "enum");
    let documented = |name| values(name, "x-extensible-enum");
    let (first, second) = (factors(&Factor::FIRST), factors(&Factor::SECOND));
    assert_eq!(accepted("FirstFactor"), first);
    assert_eq!(documented("AvailableFirstFactor"), first);
    assert_eq!(accepted("SecondFactor"), second);
    assert_eq!(documented("EnabledSecondFactor"), second);
    assert_eq!(documented("Factor"), &first | &second);
    assert_eq!(accepted("AttributeName"), BTreeSet::from(STANDARD_ATTRIBUTES));
    assert_eq!(documented("RequiredAttribute"), BTreeSet::from(STANDARD_ATTRIBUTES));
    let challenges = documented("ChallengeName");
    assert!(challenges.iter().all(|name| ChallengeName::parse(name).is_some()), "{challenges:?}");
    let shown: BTreeSet<_> = OPERATIONS["answer-challenge"].responses[&200]
        .examples
        .iter()
        .filter_map(|example| example.value["challenge"].as_str())
        .collect();
    assert_eq!(challenges, shown, "left: the schema; right: the examples");
}

#[test]
fn unknown_values_in_responses_are_rejected() {
    let example = |route: &str, name: &str| {
        let examples = &OPERATIONS[route].responses[&200].examples;
        examples.iter().find(|example| example.name == name).expect("an example").value.clone()
    };
    let fits = |route: &str, body: &Value| OPERATIONS[route].responses[&200].body.fits(body).is_ok();
    for (route, name, field) in [
        ("login", "Tokens", "/user/role"),
        ("login", "SELECT_MFA_TYPE", "/challenge"),
        ("login", "SELECT_MFA_TYPE", "/choices/0"),
        ("login", "NEW_PASSWORD_REQUIRED", "/required_attributes/0"),
        ("me", "Profile", "/role"),
        ("factors", "Factors", "/factors/0"),
        ("factors", "Factors", "/mfa/0"),
        ("factors", "Factors", "/preferred"),
    ] {
        let mut body = example(route, name);
        assert!(fits(route, &body), "{route} {name}");
        *body.pointer_mut(field).expect("a field of the example") = "UNKNOWN".into();
        assert!(!fits(route, &body), "{route} {field}");
    }
}

#[test]
fn requests_have_one_answer() {
    let fits = |route: &str, body: &Value| {
        let request = OPERATIONS[route].request.as_ref().expect("a request body");
        request.body.fits(body).is_ok()
    };
    let challenge = json!({ "challenge": "MFA_SETUP", "session": "s", "username": "user@igad.int" });
    for (route, common, answers) in [
        (
            "answer-challenge",
            &challenge,
            json!({ "choice": "SOFTWARE_TOKEN_MFA", "code": "123456", "email": "user@igad.int" }),
        ),
        (
            "prefer-factor",
            &json!({}),
            json!({ "preferred": "SOFTWARE_TOKEN_MFA", "disable": "SOFTWARE_TOKEN_MFA" }),
        ),
    ] {
        let answers = answers.as_object().expect("fields");
        for (field, answer) in answers {
            let mut body = common.clone();
            body[field] = answer.clone();
            assert!(fits(route, &body), "{body}");
            for other in answers.keys().filter(|other| *other != field) {
                let with = |value: Value| {
                    let mut body = body.clone();
                    body[other] = value;
                    body
                };
                // A null is an absent field. Any other value is a second answer, even if it is not valid.
                assert!(fits(route, &with(Value::Null)), "{other} is null: {body}");
                assert!(!fits(route, &with(answers[other].clone())), "{other} is valid: {body}");
                assert!(!fits(route, &with("?".into())), "{other} is not valid: {body}");
            }
        }
    }
}

#[test]
fn documented_headers_match_cors_exposed_headers() {
    let listed = OPERATIONS
        .values()
        .flat_map(|operation| operation.responses.values())
        .flat_map(|response| response.headers.keys().map(String::as_str));
    let added = OPENAPI_AS_JSON["x-gateway-headers"].as_object().unwrap().keys().map(String::as_str);
    // Browsers keep cookies from scripts. Caches read `Cache-Control` and `Vary`.
    let is_for_scripts = |header: &&str| !["cache-control", "set-cookie", "vary"].contains(header);
    let documented: BTreeSet<_> = listed.chain(added).filter(is_for_scripts).collect();
    let template = template();
    let cors = &template["Resources"]["Api"]["Properties"]["DefinitionBody"]["x-amazon-apigateway-cors"];
    let exposed: BTreeSet<_> =
        cors["exposeHeaders"].as_vec().unwrap().iter().filter_map(Yaml::as_str).collect();
    assert_eq!(documented, exposed);
}
