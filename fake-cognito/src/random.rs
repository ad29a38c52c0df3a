//! What nobody can guess.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};

/// As many bytes as nobody can guess.
pub(crate) fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    // It fails where the system has no source of randomness: nothing works there.
    let filled = SystemRandom::new().fill(&mut bytes);
    assert!(filled.is_ok(), "the system's random numbers");
    bytes
}

/// A text that nobody can guess.
pub(crate) fn token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random(48))
}

/// A random UUID.
pub(crate) fn uuid() -> String {
    let digits: String = random(16).iter().map(|byte| format!("{byte:02x}")).collect();
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
