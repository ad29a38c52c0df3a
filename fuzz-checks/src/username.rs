//! Any text as a username, typed by a user or returned with a session, beside a model of how it is read.
use shared::Username;

/// Checks `bytes`. Returns false for input that the corpus does not need.
pub fn run(bytes: &[u8]) -> bool {
    let sent = String::from_utf8_lossy(bytes);
    let username = Username::parse(&sent);
    let name = username.as_ref().map(Username::as_str);
    assert_eq!(name, crate::username(&sent).as_deref(), "{sent:?}");
    if !sent.is_empty() {
        let returned = Username::parse_returned(&sent);
        let returned = returned.as_ref().map(Username::as_str);
        assert_eq!(returned, crate::returned_username(&sent).as_deref(), "{sent:?} with a session");
    }
    let Some(name) = name else { return true };
    assert_eq!(name, crate::trim(name), "white space is left of {sent:?}");

    // A name that could be read as encoded may change once more; every other one stays.
    if !name.contains('%') {
        assert!(Username::parse(name) == username, "{name:?} is read differently the second time");
    }
    let encoded: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
    assert!(Username::parse(&encoded) == username, "{name:?} is read differently when it is encoded");
    if name.contains('@') {
        assert!(Username::parse_returned(name) == username, "{name:?} is read differently with a session");
        let returned = Username::parse_returned(&encoded);
        assert!(returned == username, "{name:?} is read differently when it is encoded, with a session");
    }
    true
}
