use proptest::prelude::*;

use super::Subject;
use crate::model::error::{CognitoName, Error};

fn exception(name: &str, message: &str) -> Error {
    Error::from_exception(CognitoName::parse(name).unwrap(), message, message.to_owned().into())
}

fn subject(name: &str, message: &str) -> Subject {
    match exception(name, message) {
        Error::Cognito { subject, .. } => subject,
        other => panic!("{other:?}"),
    }
}

#[test]
fn client_secret_messages_are_misconfiguration() {
    // Messages of aws-sdk-js#4642, boto3#2736, laravel-aws-cognito-auth#26 and net-extensions#94.
    for message in [
        "Unable to verify secret hash for client 1example23456789",
        "Client 1example23456789 is configured with secret but SECRET_HASH was not received",
        "SecretHash does not match for the client: 1example23456789",
        "Client 1example23456789 is configured for secret but secret was not received, invalid client secret",
    ] {
        for name in ["NotAuthorizedException", "InvalidParameterException"] {
            let error = exception(name, message);
            assert!(matches!(error, Error::ClientSecretRejected(_)), "{error:?}");
        }
    }
}

#[test]
fn trigger_rejection_has_one_name() {
    for (name, message) in [
        ("UserLambdaValidationException", "PreSignUp failed with error Not on the list."),
        ("NotAuthorizedException", "PreAuthentication failed with error client secret, says the trigger."),
        ("NotAuthorizedException", "PreAuthentication Failed with Error No."),
    ] {
        let error = exception(name, message);
        assert!(error.is("UserLambdaValidationException"), "{error:?}");
        assert_eq!(error.reason(), "UserLambdaValidationException");
    }
    let migration = subject("UserLambdaValidationException", "UserMigration failed with error Bad password.");
    assert_eq!(migration, Subject::UserMigration);
}

#[test]
fn constraint_names_the_violated_member() {
    let invalid = |message: &str| subject("InvalidParameterException", message);
    let constraint = |member: &str| {
        invalid(&format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: ^[\\S]+.*[\\S]+$"
        ))
    };
    assert_eq!(constraint("password"), Subject::Password);
    assert_eq!(constraint("proposedPassword"), Subject::Password);
    assert_eq!(constraint("previousPassword"), Subject::PreviousPassword);
    assert_eq!(constraint("username"), Subject::Username);
    assert_eq!(constraint("confirmationCode"), Subject::OtherMember);
    assert_eq!(
        invalid(
            "1 validation error detected: Value 'at 'username' failed' at 'password' failed to satisfy constraint: x"
        ),
        Subject::Password,
        "older messages quote the value"
    );
}

#[test]
fn other_messages_have_their_subjects() {
    let rows = [
        ("InvalidParameterException", "Invalid email address format.", Subject::EmailFormat),
        ("InvalidParameterException", "Username should be an email.", Subject::EmailFormat),
        (
            "InvalidParameterException",
            "USER_PASSWORD_AUTH flow not enabled for this client",
            Subject::AuthFlow,
        ),
        (
            "InvalidParameterException",
            "Attributes did not conform to the schema: name: The attribute is required",
            Subject::Other,
        ),
        ("NotAuthorizedException", "Incorrect username or password.", Subject::Other),
        ("NotAuthorizedException", "SignUp is not permitted for this user pool", Subject::SignUpNotPermitted),
        ("NotAuthorizedException", "Access Token has been revoked", Subject::AccessToken),
        ("NotAuthorizedException", "User is disabled", Subject::AccessToken),
        ("NotAuthorizedException", "Refresh Token has been revoked", Subject::RefreshToken),
        (
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
            Subject::UnwritableAttribute,
        ),
        (
            "NotAuthorizedException",
            "User password cannot be reset in the current state.",
            Subject::AccountState,
        ),
        ("InvalidParameterException", "User is already confirmed.", Subject::AccountState),
        (
            "InvalidParameterException",
            "Cannot reset password for the user as there is no registered/verified email or phone_number",
            Subject::AccountState,
        ),
        ("CodeMismatchException", "Password attempts exceeded", Subject::Other),
    ];
    for (name, message, expected) in rows {
        assert_eq!(subject(name, message), expected, "{message}");
    }
}

#[test]
fn hash_of_another_username_is_a_client_error() {
    let name = "NotAuthorizedException";
    let of_challenge = |message: &str| exception(name, message).or_wrong_username();
    assert!(of_challenge("SecretHash does not match for the client: 1example23456789").is(name));
    for message in [
        "Unable to verify secret hash for client 1example23456789",
        "Client 1example23456789 is configured with secret but SECRET_HASH was not received",
    ] {
        assert!(matches!(of_challenge(message), Error::ClientSecretRejected(_)), "{message}");
    }
}

#[test]
fn reasons_tell_more_than_the_exception() {
    let reason = |message: &str| exception("NotAuthorizedException", message).reason().to_owned();
    assert_eq!(reason("Password attempts exceeded"), "PasswordAttemptsExceeded");
    assert_eq!(
        reason("Temporary password has expired and must be reset by an administrator."),
        "TemporaryPasswordExpired"
    );
    assert_eq!(reason("Incorrect username or password."), "NotAuthorizedException");
}

proptest! {
    /// A client cannot cause a failure of this service with a value that Cognito quotes.
    #[test]
    fn quoted_value_is_no_misconfiguration(value in r"\PC{0,20}(secret hash|SECRET_HASH|client secret)\PC{0,20}") {
        let message = format!("1 validation error detected: Value '{value}' at 'username' failed to satisfy constraint: x");
        for name in ["NotAuthorizedException", "InvalidParameterException"] {
            let error = exception(name, &message);
            prop_assert!(matches!(error, Error::Cognito { .. }), "{error:?}");
        }
    }
}
