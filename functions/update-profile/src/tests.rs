use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, configuration,
    contract_errors, signed_in,
};

use super::{UPDATE_PROFILE as ROUTE, update_profile};

test_support::route_contract!(bearer(&ROUTE, update_profile, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, update_profile, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({ "attributes": { "name": "Jane Roe", "locale": "" } })
}

#[test]
fn attributes_are_saved_in_one_call() {
    let cognito = ReplayedCognito::new([
        CognitoResponse::key_set(),
        CognitoResponse::documented("UpdateUserAttributes", &json!({ "CodeDeliveryDetailsList": [] })),
    ]);
    let token = access_token();

    let response = call(&cognito, &token, &request());

    assert_eq!((response.status(), response.body()), (200, json!({ "message": "Profile saved" })));
    assert_eq!(
        cognito.requests()[1..],
        [RecordedRequest {
            operation: "UpdateUserAttributes".to_owned(),
            body: json!({
                "AccessToken": token,
                "UserAttributes": [{ "Name": "locale", "Value": "" }, { "Name": "name", "Value": "Jane Roe" }]
            }),
            signed: false,
        }]
    );
}

#[test]
fn other_attributes_are_rejected() {
    let rejected =
        (422, "attributes: contains an attribute that cannot be changed".to_owned(), "ValidationException");
    for name in
        ["email", "phone_number", "preferred_username", "updated_at", "email_verified", "sub", "custom:role"]
    {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let body = json!({ "attributes": { "name": "Jane Roe", name: "a-unique-value" } });
        assert_eq!(call(&cognito, &access_token(), &body).error(), rejected, "{name}");
    }
}

#[test]
fn editable_attributes_can_be_changed() {
    let saved = CognitoResponse::documented("UpdateUserAttributes", &json!({}));
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), saved]);
    let configuration = configuration(&[("EDITABLE_ATTRIBUTES", "custom:department")]);
    let event =
        signed_in(&ROUTE, &access_token(), &json!({ "attributes": { "custom:department": "R-and-D" } }));
    assert_eq!(cognito.call_with(configuration, &ROUTE, update_profile, event).status(), 200);
}

#[test]
fn email_is_never_editable() {
    let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
    let configuration = configuration(&[("EDITABLE_ATTRIBUTES", "email")]);
    let event = signed_in(&ROUTE, &access_token(), &json!({ "attributes": { "email": "jane@igad.int" } }));
    assert_eq!(cognito.call_with(configuration, &ROUTE, update_profile, event).status(), 422);
}

#[test]
fn malformed_attributes_are_rejected() {
    let cases = [
        (json!({}), "attributes: field required"),
        (json!({ "attributes": {} }), "attributes: field required"),
        (json!({ "attributes": { "name": null } }), "attributes: field required"),
        (json!({ "attributes": "name" }), "attributes: must be a JSON object"),
        (json!({ "attributes": { "name": 1 } }), "attributes: must give each attribute a text"),
    ];
    for (body, detail) in cases {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = call(&cognito, &access_token(), &body);
        assert_eq!(response.error(), (422, detail.to_owned(), "ValidationException"), "{body}");
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let mappings = [
        ("InvalidParameterException", 400, "Attribute value is not valid"),
        ("NotAuthorizedException", 401, "Invalid token"),
        ("UserNotFoundException", 401, "Invalid token"),
    ];
    for expected in
        contract_errors("UpdateUserAttributes", ["Profile error", "Profile update failed"], &mappings)
    {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), expected.cognito_response.clone()]);
        expected.assert_response(&call(&cognito, &access_token(), &request()));
        assert_eq!(cognito.requests().len(), 2, "{} is not retried", expected.exception);
    }
}

#[test]
fn unwritable_attribute_returns_400() {
    let unwritable = CognitoResponse::observed(
        "https://github.com/aws-amplify/amplify-js/issues/5345",
        "NotAuthorizedException",
        "A client attempted to write unauthorized attribute",
    );
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), unwritable]);
    let response = call(&cognito, &access_token(), &request());
    let detail = "Attribute value is not valid".to_owned();
    assert_eq!(response.error(), (400, detail, "NotAuthorizedException"));
    assert_eq!(response.audit_line().get("RefusedCredentials"), None);
}

#[test]
fn revoked_token_returns_401() {
    let revoked = CognitoResponse::observed(
        "https://github.com/aws-amplify/amplify-js/issues/3540",
        "NotAuthorizedException",
        "Access Token has been revoked",
    );
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), revoked]);
    let response = call(&cognito, &access_token(), &request());
    assert_eq!(response.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}
