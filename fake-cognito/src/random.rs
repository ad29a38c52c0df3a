//! Random values.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};

/// Random bytes.
pub(crate) fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let filled = SystemRandom::new().fill(&mut bytes);
    assert!(filled.is_ok(), "a source of randomness");
    bytes
}

/// Random token.
pub(crate) fn token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random(48))
}

/// Random UUID.
pub(crate) fn uuid() -> String {
    let digits: String = random(16).iter().map(|byte| format!("{byte:02x}")).collect();
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
