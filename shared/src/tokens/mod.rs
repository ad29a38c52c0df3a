//! Who holds a bearer token: its signature and claims, checked against the pool's public keys.
//!
//! It may use `model` and whatever fetches the keys, and never learns of routes, or asks Cognito about a person.

pub(crate) mod key_set;
pub(crate) mod verifier;
