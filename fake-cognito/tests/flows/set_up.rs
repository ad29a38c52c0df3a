//! What becomes of an app's set-up within a sign-in where Cognito fails half-way.

use fake_cognito::{Fault, Mfa, Settings, User};
use serde_json::json;

use crate::api::{Answer, Api, PASSWORD, USER};

/// Signs in as far as it goes: to tokens, or to a refusal.
fn sign_in(api: &Api) -> Answer {
    let mut answer = api.log_in(USER);
    let mut secret = String::new();
    loop {
        let challenge = answer.body["challenge"].as_str().unwrap_or_default().to_owned();
        let now = api.cognito.pool().now();
        let reply = match (challenge.as_str(), answer.body["totp"]["secret"].as_str()) {
            ("MFA_SETUP", None) => json!({ "choice": "SOFTWARE_TOKEN_MFA" }),
            ("MFA_SETUP", Some(given)) => {
                given.clone_into(&mut secret);
                json!({ "code": fake_cognito::code(&secret, now) })
            }
            ("SOFTWARE_TOKEN_MFA", _) => json!({ "code": api.app_shows(USER) }),
            _ => return answer,
        };
        answer = api.answer(&answer, &reply);
    }
}

#[test]
fn failed_totp_setup_does_not_lock_out() {
    let operations = ["AssociateSoftwareToken", "VerifySoftwareToken", "AdminRespondToAuthChallenge"];
    for operation in operations {
        // A connection that dies without a word is taken for one that died before: what was asked is asked again
        // (docs/fault-tolerance.md), and finds its session spent. Either way the user begins again.
        for (fault, status) in [(Fault::Fails, 500), (Fault::DiesAfterwards, 401)] {
            let settings = Settings { mfa: Mfa::On, ..Settings::default() };
            let api = Api::with(settings, [User::new(USER, PASSWORD)]);
            api.cognito.fail_next(operation, fault);

            assert_eq!(sign_in(&api).status, status, "{operation} {fault:?}");

            // The code that was used is not good again.
            api.pass(60);
            let asked_before = api.cognito.asked().len();
            sign_in(&api).token();
            let asked = api.cognito.asked().split_off(asked_before);
            let was_enrolled = match (operation, fault) {
                ("AssociateSoftwareToken", _) | ("VerifySoftwareToken", Fault::Fails) => false,
                // Once the app has proved itself, whatever comes of the last step.
                _ => true,
            };
            let sets_up = asked.iter().any(|call| call == "AssociateSoftwareToken");
            assert_eq!(sets_up, !was_enrolled, "{operation} {fault:?} {asked:?}");
        }
    }
}
