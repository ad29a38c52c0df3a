use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, configuration,
    contract_errors, signed_in, stale_access_tokens,
};

use super::{CHANGE_EMAIL as ROUTE, change_email};

test_support::route_contract!(bearer(&ROUTE, change_email, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    let configuration = configuration(&[("EMAIL_CHANGE", "true")]);
    cognito.call_with(configuration, &ROUTE, change_email, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({ "email": " jane.roe@igad.int " })
}

fn sent() -> Value {
    json!({
        "message": "Verification code sent. The address changes when you enter it.",
        "delivery": { "Destination": "j***@i***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }
    })
}

#[test]
fn code_is_sent_to_the_new_address() {
    let updated = CognitoResponse::documented(
        "UpdateUserAttributes",
        &json!({ "CodeDeliveryDetailsList": [
            { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "j***@i***" }
        ] }),
    );
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), updated]);
    let token = access_token();

    let response = call(&cognito, &token, &request());

    assert_eq!((response.status(), response.body()), (200, sent()));
    assert_eq!(
        cognito.requests()[1..],
        [RecordedRequest {
            operation: "UpdateUserAttributes".to_owned(),
            body: json!({
                "AccessToken": token,
                "UserAttributes": [{ "Name": "email", "Value": "jane.roe@igad.int" }]
            }),
            signed: false,
        }]
    );
}

#[test]
fn taken_address_is_not_revealed() {
    let taken = CognitoResponse::documented_error("UpdateUserAttributes", "AliasExistsException");
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), taken]);
    let response = call(&cognito, &access_token(), &request());
    assert_eq!((response.status(), response.body()), (200, sent()));
    assert_eq!(response.audit_line()["reason"], "AliasExistsException");
}

#[test]
fn undelivered_code_counts_as_upstream_failure() {
    let failure = CognitoResponse::documented_error("UpdateUserAttributes", "CodeDeliveryFailureException");
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), failure]);
    let response = call(&cognito, &access_token(), &request());
    assert_eq!((response.status(), response.body()), (200, sent()));
    assert_eq!(response.audit_line()["UpstreamFailures"], 1);
}

#[test]
fn disabled_change_returns_403() {
    let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
    let response = cognito.call(&ROUTE, change_email, signed_in(&ROUTE, &access_token(), &request()));
    let detail = "Email change is not enabled".to_owned();
    assert_eq!(response.error(), (403, detail, "NotAuthorizedException"));
    assert_eq!(response.audit_line()["reason"], "EmailChangeNotEnabled");
}

#[test]
fn unwritable_address_returns_403() {
    let unwritable = CognitoResponse::observed(
        "https://github.com/aws-amplify/amplify-js/issues/5345",
        "NotAuthorizedException",
        "A client attempted to write unauthorized attribute",
    );
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), unwritable]);
    let response = call(&cognito, &access_token(), &request());
    let detail = "Email change is not enabled".to_owned();
    assert_eq!(response.error(), (403, detail, "NotAuthorizedException"));
}

#[test]
fn stale_sign_in_returns_403() {
    for token in stale_access_tokens() {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = call(&cognito, &token, &request());
        let detail = "Please sign in again to do this".to_owned();
        assert_eq!(response.error(), (403, detail, "ReauthenticationRequired"));
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let mappings = [
        ("InvalidParameterException", 400, "Invalid email address"),
        ("NotAuthorizedException", 401, "Invalid token"),
        ("UserNotFoundException", 401, "Invalid token"),
    ];
    let prefixes = ["Email change error", "Email change failed"];
    for expected in contract_errors("UpdateUserAttributes", prefixes, &mappings) {
        // Hidden, as above.
        if ["AliasExistsException", "CodeDeliveryFailureException"].contains(&expected.exception.as_str()) {
            continue;
        }
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), expected.cognito_response.clone()]);
        expected.assert_response(&call(&cognito, &access_token(), &request()));
        assert_eq!(cognito.requests().len(), 2, "{} is not retried", expected.exception);
    }
}
