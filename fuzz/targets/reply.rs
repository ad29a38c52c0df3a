//! The fuzz target of `fuzz_checks::reply`.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if fuzz_checks::reply::run(bytes) { Corpus::Keep } else { Corpus::Reject }
});
