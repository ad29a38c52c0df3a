use serde_json::{Value, json};
use test_support::{
    Answer, RecordedRequest, ReplayedCognito, Reply, access_token, contract_errors, signed_in,
    stale_access_tokens,
};

use super::{VERIFY_TOTP as ROUTE, verify_totp};

test_support::route_contract!(bearer(&ROUTE, verify_totp, [code()]));

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> Answer {
    cognito.call(&ROUTE, verify_totp, signed_in(&ROUTE, token, body))
}

fn code() -> Value {
    json!({ "code": " 123456 ", "device_name": "My phone" })
}

fn verified() -> Reply {
    Reply::documented("VerifySoftwareToken", &json!({ "Status": "SUCCESS" }))
}

fn user(preferred: Option<&str>) -> Reply {
    let mut user = json!({ "Username": "b7d8f6e4-0001", "UserAttributes": [{ "Name": "sub", "Value": "b7d8f6e4-0001" }] });
    if let Some(preferred) = preferred {
        user["PreferredMfaSetting"] = preferred.into();
    }
    Reply::documented("GetUser", &user)
}

#[test]
fn verified_app_is_enabled_and_preferred() {
    for (preferred, goes_first) in
        [(None, true), (Some("SOFTWARE_TOKEN_MFA"), true), (Some("EMAIL_OTP"), false)]
    {
        let done = Reply::documented("SetUserMFAPreference", &json!({}));
        let cognito = ReplayedCognito::answering([Reply::key_set(), verified(), user(preferred), done]);
        let token = access_token();

        let answer = call(&cognito, &token, &code());

        assert_eq!((answer.status(), answer.body()), (200, json!({ "message": "Authenticator app added" })));
        assert_eq!(
            cognito.requests()[1..],
            [
                RecordedRequest {
                    operation: "VerifySoftwareToken".to_owned(),
                    body: json!({ "AccessToken": token, "UserCode": "123456", "FriendlyDeviceName": "My phone" }),
                    signed: false,
                },
                RecordedRequest {
                    operation: "GetUser".to_owned(),
                    body: json!({ "AccessToken": token }),
                    signed: false,
                },
                RecordedRequest {
                    operation: "SetUserMFAPreference".to_owned(),
                    body: json!({
                        "AccessToken": token,
                        "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": goes_first }
                    }),
                    signed: false,
                }
            ]
        );
    }
}

#[test]
fn wrong_code_does_not_enable_totp() {
    let replies = [
        Reply::documented("VerifySoftwareToken", &json!({ "Status": "ERROR" })),
        Reply::observed(
            "https://github.com/aws-samples/aws-amplify-auth-starters/issues/15",
            "EnableSoftwareTokenMFAException",
            "Code mismatch and fail enable Software Token MFA",
        ),
        Reply::refusal("VerifySoftwareToken", "CodeMismatchException"),
    ];
    for reply in replies {
        let cognito = ReplayedCognito::answering([Reply::key_set(), reply]);
        let answer = call(&cognito, &access_token(), &code());
        assert_eq!((answer.status(), &answer.body()["detail"]), (400, &json!("Invalid verification code")));
        assert_eq!(cognito.requests().len(), 2);
    }
}

#[test]
fn malformed_code_returns_422() {
    for body in [json!({ "code": "12345" }), json!({ "code": "abcdef" })] {
        let cognito = ReplayedCognito::answering([Reply::key_set()]);
        let answer = call(&cognito, &access_token(), &body);
        assert_eq!(answer.error(), (422, "code: must be 6 to 8 digits".to_owned(), "ValidationException"));
        assert_eq!(cognito.requests().len(), 1);
    }
}

#[test]
fn exceptions_match_the_contract() {
    let wrong_code = "Invalid verification code";
    let rows = [
        ("CodeMismatchException", 400, wrong_code),
        ("EnableSoftwareTokenMFAException", 400, wrong_code),
        ("ExpiredCodeException", 400, "Verification code has expired or was already used"),
        ("SoftwareTokenMFANotFoundException", 409, "Authenticator apps are not enabled"),
        ("NotAuthorizedException", 401, "Invalid token"),
        ("UserNotFoundException", 401, "Invalid token"),
    ];
    for expected in contract_errors("VerifySoftwareToken", ["Factor error", "Set-up failed"], &rows) {
        let cognito = ReplayedCognito::answering([Reply::key_set(), expected.reply.clone()]);
        let answer = call(&cognito, &access_token(), &code());
        expected.assert_answered(&answer);
    }
}

#[test]
fn later_exceptions_match_the_contract() {
    let gone =
        [("NotAuthorizedException", 401, "Invalid token"), ("UserNotFoundException", 401, "Invalid token")];
    let not_set_up = ("InvalidParameterException", 400, "Factor error: InvalidParameterException");
    // Each twice, since some are asked for once more.
    for expected in contract_errors("GetUser", ["Factor error", "Set-up failed"], &gone) {
        let cognito = ReplayedCognito::answering([
            Reply::key_set(),
            verified(),
            expected.reply.clone(),
            expected.reply.clone(),
        ]);
        let answer = call(&cognito, &access_token(), &code());
        expected.assert_answered(&answer);
    }
    let rows: Vec<_> = gone.into_iter().chain([not_set_up]).collect();
    for expected in contract_errors("SetUserMFAPreference", ["Factor error", "Set-up failed"], &rows) {
        let cognito = ReplayedCognito::answering([
            Reply::key_set(),
            verified(),
            user(None),
            expected.reply.clone(),
            expected.reply.clone(),
        ]);
        let answer = call(&cognito, &access_token(), &code());
        expected.assert_answered(&answer);
    }
}

#[test]
fn stale_auth_time_returns_403() {
    for token in stale_access_tokens() {
        let cognito = ReplayedCognito::answering([Reply::key_set()]);
        let answer = call(&cognito, &token, &code());
        let again = "Please sign in again to do this".to_owned();
        assert_eq!(answer.error(), (403, again, "ReauthenticationRequired"));
        assert_eq!(cognito.requests().len(), 1, "the keys alone");
    }
}

#[test]
fn invalid_token_returns_401() {
    let cognito = ReplayedCognito::answering([Reply::key_set()]);
    let answer = call(&cognito, "no-token", &code());
    assert_eq!(answer.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}
