//! Any text as the name that a person signs in with, beside a model of what becomes of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::Username;

fuzz_target!(|bytes: &[u8]| {
    let sent = String::from_utf8_lossy(bytes);
    let expected = fuzz::unquote(sent.trim()).trim().to_owned();
    let username = Username::parse(&sent);
    let name = username.as_ref().map(Username::as_str);
    assert_eq!(name, Some(expected.as_str()).filter(|name| !name.is_empty()), "{sent:?}");
    let Some(name) = name else { return };
    assert_eq!(name, name.trim(), "white space is left of {sent:?}");

    // A name that could be read as encoded may change once more; every other one stays.
    if !name.contains('%') {
        assert!(Username::parse(name) == username, "{name:?} is read differently the second time");
    }
    let encoded: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
    assert!(Username::parse(&encoded) == username, "{name:?} is read differently when it is encoded");
});
