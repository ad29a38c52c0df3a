use serde_json::{Value, json};
use shared::testing::{
    Answer, Asked, Recorded, ReplayedCognito, access_token, call_without_cognito, laws, signed_in,
};

use super::{FACTORS as ROUTE, factors};

fn call(cognito: &ReplayedCognito, token: &str, body: &Value) -> Answer {
    cognito.call(&ROUTE, factors, signed_in(&ROUTE, token, body))
}

fn reply() -> Value {
    json!({
        "Username": "b7d8f6e4-0001",
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
        "UserMFASettingList": ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "TELEPATHY"],
        "ConfiguredUserAuthFactors": ["PASSWORD", "WEB_AUTHN"]
    })
}

#[test]
fn a_person_is_told_what_they_can_sign_in_with() {
    let cognito = ReplayedCognito::answering([Recorded::key_set(), Recorded::success(&reply())]);
    let token = access_token();

    let answer = call(&cognito, &token, &json!({}));

    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.body(),
        json!({
            "factors": ["PASSWORD", "WEB_AUTHN"],
            "mfa": ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"],
            "preferred": "SOFTWARE_TOKEN_MFA"
        })
    );
    assert_eq!(
        cognito.asked()[1..],
        [Asked {
            operation: "GetUserAuthFactors".to_owned(),
            body: json!({ "AccessToken": token }),
            signed: false,
        }]
    );
}

#[test]
fn somebody_without_a_second_factor_has_none() {
    let cognito =
        ReplayedCognito::answering([Recorded::key_set(), Recorded::success(&json!({ "Username": "1" }))]);
    assert_eq!(call(&cognito, &access_token(), &json!({})).body(), json!({ "factors": [], "mfa": [] }));
}

#[test]
fn every_exception_of_cognito_gets_its_row_of_the_contract() {
    let rows = [
        ("NotAuthorizedException", 401, "Invalid token"),
        ("UserNotFoundException", 401, "Invalid token"),
        ("PasswordResetRequiredException", 403, "Factor error: PasswordResetRequiredException"),
        ("UserNotConfirmedException", 403, "Factor error: UserNotConfirmedException"),
        ("InvalidParameterException", 400, "Factor error: InvalidParameterException"),
        ("ForbiddenException", 500, "Factor error: ForbiddenException"),
        ("OperationNotEnabledException", 500, "Factor error: OperationNotEnabledException"),
        ("ResourceNotFoundException", 500, "Factor error: ResourceNotFoundException"),
    ];
    for (exception, status, detail) in rows {
        let cognito =
            ReplayedCognito::answering([Recorded::key_set(), Recorded::exception(exception, "as recorded")]);
        let answer = call(&cognito, &access_token(), &json!({}));
        assert_eq!((answer.status(), &answer.body()["detail"]), (status, &json!(detail)));
    }
}

#[test]
fn a_cognito_that_refuses_connections_is_unavailable() {
    let answer = call_without_cognito(&ROUTE, factors, signed_in(&ROUTE, &access_token(), &json!({})));
    let unavailable = "Factors failed: identity provider unavailable".to_owned();
    assert_eq!(answer.error(), (503, unavailable, "ServiceUnavailableException"));
}

#[test]
fn the_laws_hold_for_any_event_and_any_reply() {
    laws::hold(&ROUTE, factors, &[Recorded::key_set()], &json!({}), &access_token());
}

#[test]
fn it_answers_what_the_reference_says() {
    shared::testing::reference::hold(&ROUTE, factors);
}
