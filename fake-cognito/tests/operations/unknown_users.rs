//! Users who do not exist, where the pool hides which users do.

use fake_cognito::{Pool, Settings};
use serde_json::{Value, json};

use crate::pool::{PASSWORD, UNKNOWN, assert_raises, initiate, pool, respond, sign_in};

const NOWHERE_TO_SEND: &str =
    "Cannot reset password for the user as there is no registered/verified email or phone_number";

fn email() -> Value {
    json!({ "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u***@y***" })
}

fn phone_number() -> Value {
    json!({ "AttributeName": "phone_number", "DeliveryMedium": "SMS", "Destination": "+*******8187" })
}

#[test]
fn reset_of_unknown_user_alternates() {
    let mut pool = pool();
    for delivery in [email(), phone_number(), email()] {
        // The invented destination does not depend on the name.
        let invented = pool.call("ForgotPassword", &json!({ "Username": UNKNOWN })).unwrap();
        assert_eq!(invented, json!({ "CodeDeliveryDetails": delivery }));
        let rejected = pool.call("ForgotPassword", &json!({ "Username": "amy@site.example" }));
        assert_raises(rejected, "InvalidParameterException", NOWHERE_TO_SEND);
    }
    assert!(pool.sent.is_empty());
}

#[test]
fn resend_to_unknown_user_invents_delivery() {
    let mut pool = pool();
    for delivery in [email(), phone_number(), email()] {
        let invented = pool.call("ResendConfirmationCode", &json!({ "Username": UNKNOWN })).unwrap();
        assert_eq!(invented, json!({ "CodeDeliveryDetails": delivery }));
    }
    assert!(pool.sent.is_empty());
}

#[test]
fn email_code_for_unknown_user_is_simulated() {
    let mut pool = pool();
    let parameters = json!({ "USERNAME": UNKNOWN, "PREFERRED_CHALLENGE": "EMAIL_OTP" });
    let challenge = initiate(&mut pool, "USER_AUTH", parameters).unwrap();
    assert_eq!(challenge["ChallengeName"], "EMAIL_OTP");
    assert_eq!(
        challenge["ChallengeParameters"],
        json!({ "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "u***@y***" })
    );
    assert!(pool.sent.is_empty());
    let rejected =
        respond(&mut pool, &challenge, json!({ "USERNAME": UNKNOWN, "EMAIL_OTP_CODE": "12345678" }));
    assert_raises(rejected, "CodeMismatchException", "Invalid code or auth state for the user.");
}

#[test]
fn codes_of_unknown_users_are_rejected() {
    let mut pool = pool();
    let input = json!({ "Username": UNKNOWN, "ConfirmationCode": "123456", "Password": PASSWORD });
    let mismatch = "Invalid verification code provided, please try again.";
    assert_raises(pool.call("ConfirmForgotPassword", &input), "CodeMismatchException", mismatch);
    let expired = "Invalid code provided, please request a code again.";
    assert_raises(pool.call("ConfirmSignUp", &input), "ExpiredCodeException", expired);
}

#[test]
fn legacy_pool_reveals_unknown_users() {
    let mut pool = Pool::new(Settings { prevent_user_existence_errors: false, ..Settings::default() });
    let input = json!({ "Username": UNKNOWN, "ConfirmationCode": "123456", "Password": PASSWORD });
    let operations = ["ForgotPassword", "ResendConfirmationCode", "ConfirmForgotPassword", "ConfirmSignUp"];
    for operation in operations {
        for _ in 0..2 {
            let message = "Username/client id combination not found.";
            assert_raises(pool.call(operation, &input), "UserNotFoundException", message);
        }
    }
    assert_raises(sign_in(&mut pool, UNKNOWN, PASSWORD), "UserNotFoundException", "User does not exist.");
}
