use serde_json::{Value, json};
use test_support::{CognitoResponse, ReplayedCognito, access_token, contract_errors, event_with};

use super::{CHANGE_PASSWORD, change_password};

test_support::route_contract!(bearer(&CHANGE_PASSWORD, change_password, [request()]));

fn request() -> Value {
    json!({ "current_password": " 0ld-P%40ss ", "new_password": " N3w-P%40ss " })
}

fn signed_in(token: &str, body: &Value) -> String {
    let authorization = format!("bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    event_with(&CHANGE_PASSWORD, &headers, &body.to_string())
}

#[test]
fn passwords_are_sent_unchanged() {
    let cognito = ReplayedCognito::new([
        CognitoResponse::key_set(),
        CognitoResponse::documented("ChangePassword", &json!({})),
    ]);
    let token = access_token();

    let response = cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&token, &request()));

    assert_eq!(
        (response.status(), response.body()),
        (200, json!({ "message": "Password changed successfully" }))
    );
    let requests = cognito.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[1].operation.as_str(), requests[1].signed), ("ChangePassword", false));
    assert_eq!(
        requests[1].body,
        json!({ "AccessToken": token, "PreviousPassword": " 0ld-P%40ss ", "ProposedPassword": " N3w-P%40ss " })
    );
}

#[test]
fn wrong_password_differs_from_invalid_token() {
    let wrong_password = (400, "Current password is incorrect".to_owned(), "NotAuthorizedException");
    let invalid_token = (401, "Invalid token".to_owned(), "NotAuthorizedException");
    let observed = |page, message| CognitoResponse::observed(page, "NotAuthorizedException", message);
    let cases = [
        (
            observed(
                "https://github.com/amazon-archives/amazon-cognito-identity-js/issues/506",
                "Incorrect username or password.",
            ),
            &wrong_password,
        ),
        (
            observed(
                "https://github.com/amazon-archives/amazon-cognito-identity-js/issues/506",
                "Password attempts exceeded",
            ),
            &wrong_password,
        ),
        (
            observed(
                "https://github.com/aws-amplify/amplify-js/issues/3540",
                "Access Token has been revoked",
            ),
            &invalid_token,
        ),
        (
            observed("https://github.com/aws-amplify/amplify-js/issues/974", "Access Token has expired"),
            &invalid_token,
        ),
        (
            observed("https://github.com/localstack/localstack/issues/8454", "User is disabled."),
            &invalid_token,
        ),
        (CognitoResponse::synthetic_error("NotAuthorizedException", "Invalid Access Token"), &invalid_token),
    ];
    for (error, expected) in cases {
        let label = format!("{error:?}");
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), error]);
        let response =
            cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&access_token(), &request()));
        assert_eq!(&response.error(), expected, "{label}");
        assert_eq!(response.header("www-authenticate").is_some(), expected.0 == 401);
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let mappings = [
        ("InvalidPasswordException", 400, "Password does not meet requirements"),
        ("PasswordHistoryPolicyViolationException", 400, "Password does not meet requirements"),
        // The message decides, as above. An unknown message means a wrong password.
        ("NotAuthorizedException", 400, "Current password is incorrect"),
        ("UserNotFoundException", 401, "Invalid token"),
    ];
    for expected in
        contract_errors("ChangePassword", ["Password change error", "Password change failed"], &mappings)
    {
        let cognito = ReplayedCognito::new([CognitoResponse::key_set(), expected.cognito_response.clone()]);
        let response =
            cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&access_token(), &request()));
        expected.assert_response(&response);
        assert_eq!(cognito.requests().len(), 2, "{} is not retried", expected.exception);
    }
}

#[test]
fn deleted_user_returns_401() {
    let not_found = CognitoResponse::documented_error("ChangePassword", "UserNotFoundException");
    let cognito = ReplayedCognito::new([CognitoResponse::key_set(), not_found]);
    let response = cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&access_token(), &request()));
    assert_eq!(response.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}

#[test]
fn token_is_checked_before_the_body() {
    let event = event_with(&CHANGE_PASSWORD, &[], "not JSON, and not declared as such");
    let response = ReplayedCognito::new([]).call(&CHANGE_PASSWORD, change_password, event);
    assert_eq!(response.error(), (401, "Not authenticated".to_owned(), "NotAuthorizedException"));
}

#[test]
fn missing_field_returns_422() {
    for field in ["current_password", "new_password"] {
        let mut body = request();
        body[field] = Value::Null;
        let cognito = ReplayedCognito::new([CognitoResponse::key_set()]);
        let response = cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&access_token(), &body));
        assert_eq!(response.error(), (422, format!("{field}: field required"), "ValidationException"));
    }
}

#[test]
fn constraint_violation_names_the_password() {
    let cases = [
        ("previousPassword", "Current password is incorrect"),
        ("proposedPassword", "Password does not meet requirements"),
    ];
    for (member, detail) in cases {
        let cognito =
            ReplayedCognito::new([CognitoResponse::key_set(), CognitoResponse::constraint_violation(member)]);
        let response =
            cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&access_token(), &request()));
        assert_eq!(response.error(), (400, detail.to_owned(), "InvalidParameterException"));
    }
}
