use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use super::{IdTokenClaims, Role, ServiceSettings, UserAttributes};
use crate::model::{password_policy::PasswordPolicy, username::Username};

fn settings() -> ServiceSettings {
    ServiceSettings {
        admin_emails: vec!["head@igad.int".to_owned()],
        admin_group: "chiefs".to_owned(),
        default_user_name: "IGAD User".to_owned(),
        totp_issuer: "IGAD".to_owned(),
        reauthentication: Duration::from_secs(900),
        reveals_users: false,
        self_sign_up: false,
        editable_attributes: vec!["custom:department".to_owned()],
        password_policy: PasswordPolicy::default(),
        refresh_cookie: None,
        email_change: true,
        federation: super::FederationSettings::default(),
        pool: super::PoolSettings::default(),
    }
}

fn claims(email: Option<&str>, name: Option<&str>, groups: &[&str]) -> IdTokenClaims {
    IdTokenClaims {
        sub: "1".to_owned(),
        email: email.map(str::to_owned),
        email_verified: true,
        name: name.map(str::to_owned),
        username: "cognito-name".to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        identities: None,
    }
}

#[test]
fn listed_email_or_group_makes_an_administrator() {
    let sent = Username::parse("sent@igad.int").unwrap();
    let rows = [
        (claims(Some("HEAD@igad.int"), None, &[]), Role::Admin),
        (claims(Some("user@igad.int"), None, &["readers", "chiefs"]), Role::Admin),
        (claims(Some("user@igad.int"), None, &["admin", "Chiefs"]), Role::User),
        (claims(Some("ahead@igad.int"), None, &[]), Role::User),
    ];
    for (claims, role) in rows {
        let user = settings().user(claims, Some(&sent));
        assert_eq!((user.role, user.is_admin), (role, role == Role::Admin));
    }
}

#[test]
fn untrusted_address_makes_no_administrator() {
    let listed = || claims(Some("head@igad.int"), None, &[]);
    let unverified = IdTokenClaims { email_verified: false, ..listed() };
    let kelvin = IdTokenClaims { email: Some("k\u{212a}@igad.int".to_owned()), ..listed() };
    let by_name = IdTokenClaims { email: None, username: "head@igad.int".to_owned(), ..listed() };
    let settings = ServiceSettings {
        admin_emails: vec!["head@igad.int".to_owned(), "kk@igad.int".to_owned()],
        ..settings()
    };
    let sent = Username::parse("head@igad.int").unwrap();

    assert!(settings.user(listed(), Some(&sent)).is_admin);
    for claims in [unverified, kelvin, by_name] {
        assert!(!settings.user(claims, Some(&sent)).is_admin, "whatever the username");
    }
}

#[test]
fn only_true_counts_as_verified() {
    for (claim, is_verified) in [
        (json!(true), true),
        (json!("true"), true),
        (json!("True"), false),
        (json!("false"), false),
        (json!(1), false),
        (json!(null), false),
        (json!({}), false),
    ] {
        let claims: IdTokenClaims =
            serde_json::from_value(json!({ "sub": "1", "email_verified": claim })).unwrap();
        assert_eq!(claims.email_verified, is_verified);
    }
    let without: IdTokenClaims = serde_json::from_value(json!({ "sub": "1" })).unwrap();
    assert!(!without.email_verified);
}

#[test]
fn profile_requires_a_trusted_address_for_admin() {
    let attributes = |email_verified| UserAttributes {
        username: "head@igad.int".to_owned(),
        sub: "1".to_owned(),
        email: Some("Head@IGAD.int".to_owned()),
        email_verified,
        others: BTreeMap::new(),
        is_federated: false,
    };
    assert!(settings().profile(attributes(true), &[]).user.is_admin);
    assert!(!settings().profile(attributes(false), &[]).user.is_admin);
    let nameless = UserAttributes { email: None, ..attributes(true) };
    assert!(!settings().profile(nameless, &[]).user.is_admin, "a username is not an email address");
    let federated = UserAttributes { is_federated: true, ..attributes(true) };
    assert!(!settings().profile(federated, &[]).user.is_admin);
}

#[test]
fn federated_address_makes_no_administrator() {
    let identities = json!([{ "providerName": "Google", "userId": "1" }]);
    let claims = |identities: Value| -> IdTokenClaims {
        let claims = json!({
            "sub": "1", "email": "head@igad.int", "email_verified": true, "identities": identities
        });
        serde_json::from_value(claims).unwrap()
    };
    assert!(!settings().user(claims(identities), None).is_admin);
    assert!(settings().user(claims(Value::Null), None).is_admin, "a native user has no identities");
}

#[test]
fn admin_email_is_compared_without_case() {
    let settings = ServiceSettings { admin_emails: vec!["Kk@igad.int".to_owned()], ..settings() };
    for (username, is_listed) in
        [("kk@igad.int", true), ("KK@IGAD.INT", true), ("k\u{212a}@igad.int", true), ("k@igad.int", false)]
    {
        assert_eq!(settings.is_admin_email(&Username::parse(username).unwrap()), is_listed, "{username}");
    }
}

#[test]
fn empty_claim_counts_as_missing() {
    let sent = Username::parse("sent@igad.int").unwrap();
    let user = settings().user(claims(Some(""), Some(""), &[]), Some(&sent));
    assert_eq!((user.email.as_str(), user.name.as_str()), ("sent@igad.int", "IGAD User"));
}

#[test]
fn unauthenticated_user_is_no_administrator() {
    let user = settings().unknown_user(&Username::parse("head@igad.int").unwrap());
    assert_eq!((user.role, user.is_admin, user.user_id.as_str()), (Role::User, false, ""));
}
