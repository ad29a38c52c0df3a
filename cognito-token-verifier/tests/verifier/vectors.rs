//! The verdict on each token of `test-vectors/tokens.json`, and its reason.

use crate::support::{Vector, vectors, verifier};
use cognito_token_verifier::VerifyError;

/// Whether `error` says that a token has the fault `reason`. A claim that is missing or of the wrong type is one error,
/// and so is a header that is not as expected.
fn matches_reason(error: &VerifyError, reason: &str) -> bool {
    match error {
        VerifyError::TooLong => reason == "too_long",
        VerifyError::Malformed(_) => matches!(reason, "malformed" | "algorithm" | "key" | "signature"),
        VerifyError::WrongAlgorithm => reason == "algorithm",
        VerifyError::CriticalExtension => reason == "critical",
        VerifyError::UnknownKey => reason == "key",
        VerifyError::WrongSignature => reason == "signature",
        VerifyError::WrongClaims(_) => {
            matches!(reason, "malformed" | "claims" | "issuer" | "client" | "token_use")
        }
        VerifyError::Expired => reason == "expired",
        VerifyError::NotYetValid => reason == "not_yet_valid",
        VerifyError::OtherIssuer => reason == "issuer",
        VerifyError::NotAnAccessToken => reason == "token_use",
        VerifyError::OtherClient => reason == "client",
        _ => false,
    }
}

#[tokio::test]
async fn vectors_get_their_verdicts_and_reasons() {
    let verifier = verifier();
    for Vector { name, verdict, reason, token } in vectors().tokens {
        match (verifier.verify(&token).await, reason) {
            (Ok(_), None) => assert_eq!(verdict, "valid", "{name}"),
            (Err(error), Some(reason)) => {
                assert_eq!(verdict, "invalid", "{name}");
                assert!(matches_reason(&error, &reason), "{name}: {error:?} instead of {reason}");
            }
            (result, reason) => panic!("{name}: {result:?} instead of {reason:?}"),
        }
    }
}
