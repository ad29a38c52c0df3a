//! Faults of Cognito while an authenticator app is set up during sign-in.

use fake_cognito::{Fault, Mfa, Settings, User};
use serde_json::json;

use crate::api::{Api, ApiResponse, PASSWORD, USER};

/// Signs in until the response has tokens or is an error.
fn sign_in(api: &Api) -> ApiResponse {
    let mut response = api.log_in(USER);
    let mut secret = String::new();
    loop {
        let challenge = response.body["challenge"].as_str().unwrap_or_default().to_owned();
        let now = api.cognito.pool().now();
        let answer = match (challenge.as_str(), response.body["totp"]["secret"].as_str()) {
            ("MFA_SETUP", None) => json!({ "choice": "SOFTWARE_TOKEN_MFA" }),
            ("MFA_SETUP", Some(given)) => {
                given.clone_into(&mut secret);
                json!({ "code": fake_cognito::code(&secret, now) })
            }
            ("SOFTWARE_TOKEN_MFA", _) => json!({ "code": api.totp_code(USER) }),
            _ => return response,
        };
        response = api.answer_challenge(&response, &answer);
    }
}

#[test]
fn failed_totp_setup_does_not_lock_out() {
    let operations = ["AssociateSoftwareToken", "VerifySoftwareToken", "AdminRespondToAuthChallenge"];
    for operation in operations {
        // A request on a lost connection is resent (docs/fault-tolerance.md), and its session was used by then. The user
        // restarts the sign-in in both cases.
        for (fault, status) in [(Fault::InternalError, 500), (Fault::ConnectionLost, 401)] {
            let settings = Settings { mfa: Mfa::On, ..Settings::default() };
            let api = Api::with(settings, [User::new(USER, PASSWORD)]);
            api.cognito.fail_next(operation, fault);

            assert_eq!(sign_in(&api).status, status, "{operation} {fault:?}");

            // A used code is not accepted again.
            api.advance_clock(60);
            let operations_before = api.cognito.operations().len();
            sign_in(&api).token();
            let operations = api.cognito.operations().split_off(operations_before);
            let was_enrolled = match (operation, fault) {
                ("AssociateSoftwareToken", _) | ("VerifySoftwareToken", Fault::InternalError) => false,
                // The app is verified, even if the last step fails.
                _ => true,
            };
            let sets_up = operations.iter().any(|call| call == "AssociateSoftwareToken");
            assert_eq!(sets_up, !was_enrolled, "{operation} {fault:?} {operations:?}");
        }
    }
}
