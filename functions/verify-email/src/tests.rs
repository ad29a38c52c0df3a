use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, access_token, contract_errors, signed_in,
};

use super::{VERIFY_EMAIL as ROUTE, verify_email};

test_support::route_contract!(bearer(&ROUTE, verify_email, [request()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, verify_email, signed_in(&ROUTE, token, body))
}

fn request() -> Value {
    json!({ "code": " 730914-62 " })
}

#[test]
fn code_is_normalized_and_sent() {
    let verified = CognitoResponse::documented("VerifyUserAttribute", &json!({}));
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), verified]);
    let token = access_token();

    let response = call(&cognito, &token, &request());

    assert_eq!((response.status(), response.body()), (200, json!({ "message": "Email address verified" })));
    assert_eq!(
        cognito.requests()[1..],
        [RecordedRequest {
            operation: "VerifyUserAttribute".to_owned(),
            body: json!({ "AccessToken": token, "AttributeName": "email", "Code": "73091462" }),
            signed: false,
        }]
    );
}

#[test]
fn taken_address_looks_like_a_wrong_code() {
    let errors = ["AliasExistsException", "CodeMismatchException"].map(|exception| {
        let error = CognitoResponse::documented_error("VerifyUserAttribute", exception);
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), error]);
        let response = call(&cognito, &access_token(), &request());
        let (status, detail, error_type) = response.error();
        (status, detail, error_type.to_owned())
    });
    let wrong = (400, "Invalid verification code".to_owned(), "CodeMismatchException".to_owned());
    assert_eq!(errors, [wrong.clone(), wrong]);
}

#[test]
fn exceptions_match_contract_without_retry() {
    let mappings = [
        ("CodeMismatchException", 400, "Invalid verification code"),
        ("ExpiredCodeException", 400, "Verification code has expired"),
        ("NotAuthorizedException", 401, "Invalid token"),
        ("UserNotFoundException", 401, "Invalid token"),
    ];
    let prefixes = ["Email verification error", "Email verification failed"];
    for expected in contract_errors("VerifyUserAttribute", prefixes, &mappings) {
        // Hidden, as above.
        if expected.exception == "AliasExistsException" {
            continue;
        }
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), expected.cognito_response.clone()]);
        expected.assert_response(&call(&cognito, &access_token(), &request()));
        assert_eq!(cognito.requests().len(), 2, "{} is not retried", expected.exception);
    }
}
