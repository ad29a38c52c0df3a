//! Verification of access tokens with the pool's public keys.
//!
//! This layer depends on `model` alone, and fetches the keys over a connector that it is given. It does not call
//! Cognito's API.

pub(crate) mod key_set;
pub(crate) mod verifier;
