use serde_json::{Value, json};
use test_support::{ReplayedCognito, Reply, access_token, contract_errors, event_with};

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
    let cognito =
        ReplayedCognito::answering([Reply::key_set(), Reply::documented("ChangePassword", &json!({}))]);
    let token = access_token();

    let answer = cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&token, &request()));

    assert_eq!(
        (answer.status(), answer.body()),
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
    let observed = |page, message| Reply::observed(page, "NotAuthorizedException", message);
    let rows = [
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
        (Reply::synthetic_error("NotAuthorizedException", "Invalid Access Token"), &invalid_token),
    ];
    for (refusal, expected) in rows {
        let label = format!("{refusal:?}");
        let cognito = ReplayedCognito::answering([Reply::key_set(), refusal]);
        let answer = cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&access_token(), &request()));
        assert_eq!(&answer.error(), expected, "{label}");
        assert_eq!(answer.header("www-authenticate").is_some(), expected.0 == 401);
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let rows = [
        ("InvalidPasswordException", 400, "Password does not meet requirements"),
        ("PasswordHistoryPolicyViolationException", 400, "Password does not meet requirements"),
        // What it says decides, as above; whatever is not known means a wrong password.
        ("NotAuthorizedException", 400, "Current password is incorrect"),
        ("UserNotFoundException", 401, "Invalid token"),
    ];
    for expected in
        contract_errors("ChangePassword", ["Password change error", "Password change failed"], &rows)
    {
        let cognito = ReplayedCognito::answering([Reply::key_set(), expected.reply.clone()]);
        let answer = cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&access_token(), &request()));
        expected.assert_answered(&answer);
        assert_eq!(cognito.requests().len(), 2, "{} must not be tried again", expected.exception);
    }
}

#[test]
fn deleted_user_returns_401() {
    let gone = Reply::refusal("ChangePassword", "UserNotFoundException");
    let cognito = ReplayedCognito::answering([Reply::key_set(), gone]);
    let answer = cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&access_token(), &request()));
    assert_eq!(answer.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}

#[test]
fn token_is_checked_before_the_body() {
    let event = event_with(&CHANGE_PASSWORD, &[], "not JSON, and not declared as such");
    let answer = ReplayedCognito::answering([]).call(&CHANGE_PASSWORD, change_password, event);
    assert_eq!(answer.error(), (401, "Not authenticated".to_owned(), "NotAuthorizedException"));
}

#[test]
fn missing_field_returns_422() {
    for field in ["current_password", "new_password"] {
        let mut body = request();
        body[field] = Value::Null;
        let cognito = ReplayedCognito::answering([Reply::key_set()]);
        let answer = cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&access_token(), &body));
        assert_eq!(answer.error(), (422, format!("{field}: field required"), "ValidationException"));
    }
}

#[test]
fn constraint_violation_names_the_password() {
    let rows = [
        ("previousPassword", "Current password is incorrect"),
        ("proposedPassword", "Password does not meet requirements"),
    ];
    for (member, detail) in rows {
        let cognito = ReplayedCognito::answering([Reply::key_set(), Reply::constraint_violation(member)]);
        let answer = cognito.call(&CHANGE_PASSWORD, change_password, signed_in(&access_token(), &request()));
        assert_eq!(answer.error(), (400, detail.to_owned(), "InvalidParameterException"));
    }
}
