use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors, signed_in,
};

use super::{SEND_EMAIL_CODE as ROUTE, send_email_code};

test_support::route_contract!(bearer(&ROUTE, send_email_code, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, send_email_code, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({})
}

#[test]
fn code_is_sent_to_the_address() {
    let sent = CognitoResponse::documented(
        "GetUserAttributeVerificationCode",
        &json!({ "CodeDeliveryDetails": {
            "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u***@i***"
        } }),
    );
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), sent]);
    let token = access_token();

    let response = call(&cognito, &token, &request());

    let expected = json!({
        "message": "Verification code sent",
        "delivery": { "Destination": "u***@i***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }
    });
    assert_eq!((response.status(), response.body()), (200, expected));
    assert_eq!(
        cognito.requests()[1..],
        [RecordedRequest {
            operation: "GetUserAttributeVerificationCode".to_owned(),
            body: json!({ "AccessToken": token, "AttributeName": "email" }),
            signed: false,
        }]
    );
}

#[test]
fn exceptions_match_contract_without_retry() {
    let mappings =
        [("NotAuthorizedException", 401, "Invalid token"), ("UserNotFoundException", 401, "Invalid token")];
    let prefixes = ["Email verification error", "Email verification failed"];
    for expected in contract_errors("GetUserAttributeVerificationCode", prefixes, &mappings) {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), expected.cognito_response.clone()]);
        expected.assert_response(&call(&cognito, &access_token(), &request()));
        assert_eq!(cognito.requests().len(), 2, "{} is not retried", expected.exception);
    }
}
