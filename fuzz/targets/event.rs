//! The fuzz target of `fuzz_checks::event`.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if fuzz_checks::event::run(bytes) { Corpus::Keep } else { Corpus::Reject }
});
