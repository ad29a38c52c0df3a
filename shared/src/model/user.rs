//! Who a user is.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use serde_json::Value;

use super::{delivery::Delivery, password_policy::PasswordPolicy, username::Username};

/// A person, as every sign-in tells the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// The `sub` of the ID token; empty while a challenge stands open.
    pub user_id: String,
    /// The e-mail address.
    pub email: String,
    /// What the person may do.
    pub role: Role,
    /// The display name.
    pub name: String,
    /// True exactly when `role` is [`Role::Admin`].
    pub is_admin: bool,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// An administrator.
    Admin,
    /// Anybody else.
    User,
}

/// A person who asks who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Who they are.
    #[serde(flatten)]
    pub user: User,
    /// Their name in the pool.
    pub username: String,
    /// Whether Cognito has verified the email address.
    pub email_verified: bool,
    /// The attributes that the user may edit and that have a value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// The attributes that a pool can require of its users:
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>.
pub const STANDARD_ATTRIBUTES: [&str; 17] = [
    "address",
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// The standard attributes that a user may not edit: addresses, the identifier, and `updated_at`, which Cognito's API takes
/// from the application.
const NOT_EDITABLE: [&str; 4] = ["email", "phone_number", "preferred_username", "updated_at"];

/// What Cognito says of a person who asks.
#[derive(Debug)]
pub struct UserAttributes {
    /// The user's name in the pool.
    pub username: String,
    /// The user's unique id in the pool.
    pub sub: String,
    /// The e-mail address, where the app client may read it.
    pub email: Option<String>,
    /// Whether it is known that the address is theirs.
    pub email_verified: bool,
    /// All other attributes that have a value.
    pub others: BTreeMap<String, String>,
    /// Whether the user has an identity of another provider, which may set any address.
    pub is_federated: bool,
}

/// What an ID token says of a person.
///
/// See <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html>.
#[derive(Debug, Deserialize)]
pub struct IdTokenClaims {
    /// The user's unique id in the pool.
    pub sub: String,
    /// The e-mail address, where the app client may read it.
    pub email: Option<String>,
    /// Whether it is known that the address is theirs. Anybody may claim any address.
    #[serde(default, deserialize_with = "is_true")]
    pub email_verified: bool,
    /// The full name, where the user has one.
    pub name: Option<String>,
    /// The user's name in the pool, which may be the e-mail address or an id.
    #[serde(rename = "cognito:username", default)]
    pub username: String,
    /// The groups the user is in.
    #[serde(rename = "cognito:groups", default)]
    pub groups: Vec<String>,
    /// The user's identities of other providers. A native user has none.
    pub identities: Option<IgnoredAny>,
}

/// The deployment's rules on people: who is an administrator, and what a person without a name is called.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Administrators by e-mail address (`ADMIN_EMAILS`), in any case.
    pub admin_emails: Vec<String>,
    /// The group whose members are administrators (`ADMIN_GROUP`).
    pub admin_group: String,
    /// The display name of a person who has none (`DEFAULT_USER_NAME`).
    pub default_user_name: String,
    /// What authenticator apps call this service (`TOTP_ISSUER`).
    pub totp_issuer: String,
    /// For how long after a sign-in a person may change how they sign in (`REAUTHENTICATION_MINUTES`).
    pub reauthentication: Duration,
    /// Whether the app client tells who has an account (`PREVENT_USER_EXISTENCE_ERRORS`).
    pub reveals_users: bool,
    /// Whether people may make themselves an account (`SELF_SIGN_UP`).
    pub self_sign_up: bool,
    /// Attributes that users may edit beside the standard ones (`EDITABLE_ATTRIBUTES`).
    pub editable_attributes: Vec<String>,
    /// Rules for new passwords (`PASSWORD_POLICY`), if they are known.
    pub password_policy: PasswordPolicy,
}

impl ServiceSettings {
    /// The person whom an ID token names. `username` is what they signed in with, where that is known.
    pub fn user(&self, claims: IdTokenClaims, username: Option<&Username>) -> User {
        let email = Email {
            address: non_empty(claims.email),
            is_trusted: claims.email_verified && claims.identities.is_none(),
        };
        let shown_without_one = username.map_or(claims.username, |username| username.as_str().to_owned());
        self.person(claims.sub, email, shown_without_one, claims.name, &claims.groups)
    }

    /// The person of whom Cognito itself says this (`GetUser`), and who is in `groups`.
    pub fn profile(&self, attributes: UserAttributes, groups: &[String]) -> Profile {
        let UserAttributes { username, sub, email, email_verified, others, is_federated } = attributes;
        let email = Email { address: non_empty(email), is_trusted: email_verified && !is_federated };
        let name = others.get("name").cloned();
        let user = self.person(sub, email, username.clone(), name, groups);
        let is_editable = |name: &str| {
            (STANDARD_ATTRIBUTES.contains(&name) && !NOT_EDITABLE.contains(&name))
                || self.editable_attributes.iter().any(|editable| editable == name)
        };
        let attributes =
            others.into_iter().filter(|(name, value)| is_editable(name) && !value.is_empty()).collect();
        Profile { user, username, email_verified, attributes }
    }

    fn person(
        &self,
        user_id: String,
        email: Email,
        shown_without_one: String,
        name: Option<String>,
        groups: &[String],
    ) -> User {
        let is_admin = groups.contains(&self.admin_group) || self.lists(&email);
        User {
            user_id,
            email: email.address.unwrap_or(shown_without_one),
            role: if is_admin { Role::Admin } else { Role::User },
            name: non_empty(name).unwrap_or_else(|| self.default_user_name.clone()),
            is_admin,
        }
    }

    /// The person behind `username` before Cognito has vouched for them: nobody in particular.
    pub fn unknown_user(&self, username: &Username) -> User {
        User {
            user_id: String::new(),
            email: username.as_str().to_owned(),
            role: Role::User,
            name: self.default_user_name.clone(),
            is_admin: false,
        }
    }

    /// The delivery of a code to `username`: Cognito's own only where the deployment reveals which users exist.
    pub fn delivery(&self, of_cognito: Option<Delivery>, username: &Username) -> Option<Delivery> {
        if self.reveals_users { of_cognito } else { Some(Delivery::masked_email(username)) }
    }

    /// Whether a sign-up with `username` could give an administrator's address to an attacker. Case is compared as
    /// Unicode has it, so that no lookalike passes (U+212A, the Kelvin sign).
    pub fn is_admin_email(&self, username: &Username) -> bool {
        let username = username.as_str().to_lowercase();
        self.admin_emails.iter().any(|listed| listed.to_lowercase() == username)
    }

    /// Whether `email` is an administrator's: listed, and known to be theirs. Case is ASCII's alone, in which
    /// no letter of another alphabet (U+212A, the Kelvin sign) passes for one of an address.
    fn lists(&self, email: &Email) -> bool {
        email.is_trusted
            && email.address.as_ref().is_some_and(|address| {
                self.admin_emails.iter().any(|listed| listed.eq_ignore_ascii_case(address))
            })
    }
}

/// An e-mail address, as far as Cognito gives one.
struct Email {
    address: Option<String>,
    /// Verified by Cognito itself, and not only claimed by the user or by another provider.
    is_trusted: bool,
}

/// True for `true`, and for the text `"true"`: a pre-token trigger can only write text. Anything else proves nothing,
/// and is no reason to reject a sign-in.
fn is_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let claim = Value::deserialize(deserializer)?;
    Ok(claim == Value::Bool(true) || claim == "true")
}

fn non_empty(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
