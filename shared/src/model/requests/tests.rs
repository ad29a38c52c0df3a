use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{CompletePasswordChangeRequest, LoginRequest, RequestBody};
use crate::model::{error::Error, fields::Fields};

proptest! {
    #[test]
    fn error_for_an_invalid_body_names_a_field(body: Vec<u8>) {
        let result = Fields::parse(&body).and_then(|fields| LoginRequest::from_fields(&fields));
        if let Err(error) = result {
            let is_named = matches!(error, Error::InvalidField { field: "body" | "username" | "password", .. });
            prop_assert!(is_named);
        }
    }

    #[test]
    fn password_is_parsed_byte_for_byte(password in "(?s).{1,40}") {
        let body = json!({ "username": "u", "password": password }).to_string();
        let request = LoginRequest::from_fields(&Fields::parse(body.as_bytes()).unwrap()).unwrap();
        prop_assert_eq!(request.password.expose_secret(), &password);
    }
}

#[test]
fn debug_output_of_requests_has_no_secrets() {
    let body = br#"{"username": "user@igad.int", "session": "AYABeE", "new_password": "hunter2", "password": "hunter2"}"#;
    let fields = Fields::parse(body).unwrap();
    let printed = format!(
        "{:?} {:?}",
        LoginRequest::from_fields(&fields).unwrap(),
        CompletePasswordChangeRequest::from_fields(&fields).unwrap()
    );
    for secret in ["user@igad.int", "AYABeE", "hunter2"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
