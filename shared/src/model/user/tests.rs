use super::{IdTokenClaims, Role, UserPolicy};
use crate::model::username::Username;

fn policy() -> UserPolicy {
    UserPolicy {
        admin_emails: vec!["head@igad.int".to_owned()],
        admin_group: "chiefs".to_owned(),
        default_user_name: "IGAD User".to_owned(),
    }
}

fn claims(email: Option<&str>, name: Option<&str>, groups: &[&str]) -> IdTokenClaims {
    IdTokenClaims {
        sub: "1".to_owned(),
        email: email.map(str::to_owned),
        name: name.map(str::to_owned),
        username: "cognito-name".to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

#[test]
fn only_the_list_and_the_configured_group_make_an_administrator() {
    let sent = Username::parse("sent@igad.int").unwrap();
    let rows = [
        (claims(Some("HEAD@igad.int"), None, &[]), Role::Admin),
        (claims(Some("user@igad.int"), None, &["readers", "chiefs"]), Role::Admin),
        (claims(Some("user@igad.int"), None, &["admin", "Chiefs"]), Role::User),
        (claims(Some("ahead@igad.int"), None, &[]), Role::User),
    ];
    for (claims, role) in rows {
        let user = policy().user(claims, Some(&sent));
        assert_eq!((user.role, user.is_admin), (role, role == Role::Admin));
    }
}

#[test]
fn an_empty_claim_counts_as_a_missing_one() {
    let sent = Username::parse("sent@igad.int").unwrap();
    let user = policy().user(claims(Some(""), Some(""), &[]), Some(&sent));
    assert_eq!((user.email.as_str(), user.name.as_str()), ("sent@igad.int", "IGAD User"));
}

#[test]
fn somebody_who_has_not_signed_in_is_no_administrator_yet() {
    let user = policy().unknown_user(&Username::parse("head@igad.int").unwrap());
    assert_eq!((user.role, user.is_admin, user.user_id.as_str()), (Role::User, false, ""));
}
