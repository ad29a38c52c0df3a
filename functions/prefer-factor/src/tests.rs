use serde_json::{Value, json};
use shared::testing::{
    Answer, Asked, Recorded, ReplayedCognito, SigningKey, access_token_claims, call_without_cognito,
    event_with, laws, now,
};

use super::{PREFER_FACTOR as ROUTE, prefer_factor};

fn access_token() -> String {
    SigningKey::of_the_pool().sign(&access_token_claims())
}

fn key_set() -> Recorded {
    Recorded::success(&SigningKey::of_the_pool().key_set())
}

fn signed_in(token: &str, body: &Value) -> String {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    event_with(&ROUTE, &headers, &body.to_string())
}

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> Answer {
    cognito.call(&ROUTE, prefer_factor, signed_in(token, body))
}

#[test]
fn a_second_factor_is_preferred_or_switched_off() {
    let on = json!({ "Enabled": true, "PreferredMfa": true });
    let off = json!({ "Enabled": false, "PreferredMfa": false });
    let rows = [
        (json!({ "preferred": "SOFTWARE_TOKEN_MFA" }), "SoftwareTokenMfaSettings", &on),
        (json!({ "preferred": "EMAIL_OTP" }), "EmailMfaSettings", &on),
        (json!({ "preferred": "SMS_MFA" }), "SMSMfaSettings", &on),
        (json!({ "disable": "SOFTWARE_TOKEN_MFA" }), "SoftwareTokenMfaSettings", &off),
        (json!({ "disable": "EMAIL_OTP" }), "EmailMfaSettings", &off),
        (json!({ "disable": "SMS_MFA" }), "SMSMfaSettings", &off),
    ];
    for (body, member, settings) in rows {
        let cognito = ReplayedCognito::answering([key_set(), Recorded::success(&json!({}))]);
        let token = access_token();
        let answer = call(&cognito, &token, &body);
        assert_eq!((answer.status(), answer.body()), (200, json!({ "message": "Sign-in preference saved" })));
        let mut expected = json!({ "AccessToken": token });
        expected[member] = settings.clone();
        assert_eq!(
            cognito.asked()[1..],
            [Asked { operation: "SetUserMFAPreference".to_owned(), body: expected, signed: false }]
        );
    }
}

#[test]
fn one_of_the_two_is_wanted_and_it_must_be_a_second_factor() {
    let rows = [
        (json!({}), "preferred: field required"),
        (json!({ "preferred": "PASSWORD" }), "preferred: must be one of the choices"),
        (json!({ "disable": "WEB_AUTHN" }), "disable: must be one of the choices"),
        (json!({ "preferred": 1 }), "preferred: must be a string"),
        (
            json!({ "preferred": "EMAIL_OTP", "disable": "SMS_MFA" }),
            "disable: does not answer this challenge",
        ),
    ];
    for (body, detail) in rows {
        let answer = call(&ReplayedCognito::answering([key_set()]), &access_token(), &body);
        assert_eq!(answer.error(), (422, detail.to_owned(), "ValidationException"));
    }
}

#[test]
fn every_exception_of_cognito_gets_its_row_of_the_contract() {
    let rows = [
        ("InvalidParameterException", 400, "Set this method up first"),
        ("SoftwareTokenMFANotFoundException", 409, "Authenticator apps are not enabled"),
        ("NotAuthorizedException", 401, "Invalid token"),
        ("UserNotFoundException", 401, "Invalid token"),
        ("PasswordResetRequiredException", 403, "Factor error: PasswordResetRequiredException"),
        ("UserNotConfirmedException", 403, "Factor error: UserNotConfirmedException"),
        ("ForbiddenException", 500, "Factor error: ForbiddenException"),
        ("ResourceNotFoundException", 500, "Factor error: ResourceNotFoundException"),
    ];
    for (exception, status, detail) in rows {
        let cognito = ReplayedCognito::answering([key_set(), Recorded::exception(exception, "as recorded")]);
        let answer = call(&cognito, &access_token(), &json!({ "preferred": "EMAIL_OTP" }));
        assert_eq!((answer.status(), &answer.body()["detail"]), (status, &json!(detail)));
    }
}

#[test]
fn a_cognito_that_refuses_connections_is_unavailable() {
    let body = json!({ "preferred": "EMAIL_OTP" });
    let answer = call_without_cognito(&ROUTE, prefer_factor, signed_in(&access_token(), &body));
    let unavailable = "Preference failed: identity provider unavailable".to_owned();
    assert_eq!(answer.error(), (503, unavailable, "ServiceUnavailableException"));
}

#[test]
fn a_token_that_lay_around_changes_nothing() {
    let mut claims = access_token_claims();
    claims["auth_time"] = (now() - 16 * 60).into();
    let lay_around = SigningKey::of_the_pool().sign(&claims);
    claims.as_object_mut().unwrap().remove("auth_time");
    let without = SigningKey::of_the_pool().sign(&claims);
    for token in [lay_around, without] {
        let cognito = ReplayedCognito::answering([key_set()]);
        let answer = call(&cognito, &token, &json!({ "preferred": "EMAIL_OTP" }));
        let again = "Please sign in again to do this".to_owned();
        assert_eq!(answer.error(), (403, again, "ReauthenticationRequired"));
        assert_eq!(cognito.asked().len(), 1, "the keys alone");
    }
}

#[test]
fn nobody_passes_without_a_token_that_verifies() {
    let cognito = ReplayedCognito::answering([key_set()]);
    let answer = call(&cognito, "no-token", &json!({ "preferred": "EMAIL_OTP" }));
    assert_eq!(answer.error(), (401, "Invalid token".to_owned(), "NotAuthorizedException"));
}

#[test]
fn the_laws_hold_for_any_event_and_any_reply() {
    let body = json!({ "preferred": "SOFTWARE_TOKEN_MFA" });
    laws::hold(&ROUTE, prefer_factor, &[key_set()], &body, &access_token());
}
