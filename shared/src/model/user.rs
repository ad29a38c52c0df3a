//! Users as clients and Cognito see them, and the settings that decide their role.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use serde_json::Value;

use super::{
    delivery::Delivery, federation::FederationSettings, password_policy::PasswordPolicy,
    refresh_cookie::RefreshCookieSettings, username::Username,
};

/// User in the response to a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// `sub` of the ID token, empty while a challenge is pending.
    pub user_id: String,
    /// Email address.
    pub email: String,
    /// Role.
    pub role: Role,
    /// Display name.
    pub name: String,
    /// Whether `role` is [`Role::Admin`].
    pub is_admin: bool,
}

/// Role of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Administrator.
    Admin,
    /// Any other user.
    User,
}

/// Response to `GET /api/auth/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// The user.
    #[serde(flatten)]
    pub user: User,
    /// Username in the pool.
    pub username: String,
    /// Whether Cognito has verified the email address.
    pub email_verified: bool,
    /// Attributes that the user may edit and that have a value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// Attributes that a pool can require:
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

/// Standard attributes that a user may not edit: addresses, the username, and `updated_at`, which the application sets.
const NOT_EDITABLE: [&str; 4] = ["email", "phone_number", "preferred_username", "updated_at"];

/// Attributes of a user from `GetUser`.
#[derive(Debug)]
pub struct UserAttributes {
    /// Username in the pool.
    pub username: String,
    /// User's unique ID in the pool.
    pub sub: String,
    /// Email address, if the app client may read it.
    pub email: Option<String>,
    /// Whether the address is verified.
    pub email_verified: bool,
    /// All other attributes that have a value.
    pub others: BTreeMap<String, String>,
    /// Whether the user has an identity of another provider, which may set any address.
    pub is_federated: bool,
}

/// Claims of an ID token.
///
/// See <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html>.
#[derive(Debug, Deserialize)]
pub struct IdTokenClaims {
    /// User's unique ID in the pool.
    pub sub: String,
    /// Email address, if the app client may read it.
    pub email: Option<String>,
    /// Whether the address is verified. Any user can enter any address.
    #[serde(default, deserialize_with = "is_true")]
    pub email_verified: bool,
    /// Full name.
    pub name: Option<String>,
    /// Username in the pool, which may be the email address or an ID.
    #[serde(rename = "cognito:username", default)]
    pub username: String,
    /// Groups of the user.
    #[serde(rename = "cognito:groups", default)]
    pub groups: Vec<String>,
    /// Identities of other providers. A native user has none.
    pub identities: Option<IgnoredAny>,
}

/// Settings of the deployment that routes use.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Email addresses of administrators (`ADMIN_EMAILS`), compared without case.
    pub admin_emails: Vec<String>,
    /// Group of administrators (`ADMIN_GROUP`).
    pub admin_group: String,
    /// Display name for users without a `name` attribute (`DEFAULT_USER_NAME`).
    pub default_user_name: String,
    /// Name of this service in authenticator apps (`TOTP_ISSUER`).
    pub totp_issuer: String,
    /// Time after a sign-in in which a user may change factors and passkeys (`REAUTHENTICATION_MINUTES`).
    pub reauthentication: Duration,
    /// Whether responses reveal which users exist (`PREVENT_USER_EXISTENCE_ERRORS`).
    pub reveals_users: bool,
    /// Whether self-service sign-up is enabled (`SELF_SIGN_UP`).
    pub self_sign_up: bool,
    /// Attributes that users may edit in addition to the standard ones (`EDITABLE_ATTRIBUTES`).
    pub editable_attributes: Vec<String>,
    /// Rules for new passwords (`PASSWORD_POLICY`), if they are known.
    pub password_policy: PasswordPolicy,
    /// Refresh tokens in a cookie, if the deployment allows that.
    pub refresh_cookie: Option<RefreshCookieSettings>,
    /// Whether users may change their email address (`EMAIL_CHANGE`).
    pub email_change: bool,
    /// Sign-in with other identity providers.
    pub federation: FederationSettings,
    /// Settings of the pool that front ends show, as far as they are known.
    pub pool: PoolSettings,
}

/// Settings of a user pool that front ends show. `None` for an existing pool whose settings are not configured.
#[derive(Debug, Clone, Default)]
pub struct PoolSettings {
    /// Multi-factor authentication: `OFF`, `OPTIONAL` or `ON` (`MFA`).
    pub mfa: Option<String>,
    /// Whether passkeys are enabled (`PASSKEYS`).
    pub passkeys: Option<bool>,
    /// Whether users can sign in with a code by email (`EMAIL_CODE`).
    pub email_code: Option<bool>,
}

impl ServiceSettings {
    /// User of an ID token. `username` is the name used to sign in, if known.
    pub fn user(&self, claims: IdTokenClaims, username: Option<&Username>) -> User {
        let email = Email {
            address: non_empty(claims.email),
            is_trusted: claims.email_verified && claims.identities.is_none(),
        };
        let fallback_email = username.map_or(claims.username, |username| username.as_str().to_owned());
        self.build_user(claims.sub, email, fallback_email, claims.name, &claims.groups)
    }

    /// Profile of a user from the attributes of `GetUser` and the groups of the access token.
    pub fn profile(&self, attributes: UserAttributes, groups: &[String]) -> Profile {
        let UserAttributes { username, sub, email, email_verified, others, is_federated } = attributes;
        let email = Email { address: non_empty(email), is_trusted: email_verified && !is_federated };
        let name = others.get("name").cloned();
        let user = self.build_user(sub, email, username.clone(), name, groups);
        let attributes =
            others.into_iter().filter(|(name, value)| self.is_editable(name) && !value.is_empty()).collect();
        Profile { user, username, email_verified, attributes }
    }

    /// Whether users may edit an attribute. `email` changes only with `change-email`, after a recent sign-in.
    pub fn is_editable(&self, name: &str) -> bool {
        let is_listed = || self.editable_attributes.iter().any(|editable| editable == name);
        (STANDARD_ATTRIBUTES.contains(&name) && !NOT_EDITABLE.contains(&name))
            || (name != "email" && is_listed())
    }

    fn build_user(
        &self,
        user_id: String,
        email: Email,
        fallback_email: String,
        name: Option<String>,
        groups: &[String],
    ) -> User {
        let is_admin = groups.contains(&self.admin_group) || self.is_listed(&email);
        User {
            user_id,
            email: email.address.unwrap_or(fallback_email),
            role: if is_admin { Role::Admin } else { Role::User },
            name: non_empty(name).unwrap_or_else(|| self.default_user_name.clone()),
            is_admin,
        }
    }

    /// User before authentication: `username` alone, without an ID and without a role.
    pub fn unknown_user(&self, username: &Username) -> User {
        User {
            user_id: String::new(),
            email: username.as_str().to_owned(),
            role: Role::User,
            name: self.default_user_name.clone(),
            is_admin: false,
        }
    }

    /// Delivery of a code to `username`: Cognito's own only if the deployment reveals which users exist.
    pub fn delivery(&self, from_cognito: Option<Delivery>, username: &Username) -> Option<Delivery> {
        if self.reveals_users { from_cognito } else { Some(Delivery::masked_email(username)) }
    }

    /// Whether a sign-up with `username` could give an administrator's address to an attacker. Compares in Unicode
    /// lowercase, so that a lookalike is not accepted as another address (U+212A, the Kelvin sign).
    pub fn is_admin_email(&self, username: &Username) -> bool {
        let username = username.as_str().to_lowercase();
        self.admin_emails.iter().any(|listed| listed.to_lowercase() == username)
    }

    /// Whether `email` is listed as an administrator's and trusted. Ignores ASCII case alone, so that no letter of
    /// another alphabet (U+212A, the Kelvin sign) equals a letter of a listed address.
    fn is_listed(&self, email: &Email) -> bool {
        email.is_trusted
            && email.address.as_ref().is_some_and(|address| {
                self.admin_emails.iter().any(|listed| listed.eq_ignore_ascii_case(address))
            })
    }
}

/// Email address from Cognito.
struct Email {
    address: Option<String>,
    /// Verified by Cognito itself, and not only claimed by the user or by another provider.
    is_trusted: bool,
}

/// Accepts `true` and `"true"`: a pre-token-generation trigger can only write strings. Any other value is false, and no
/// reason to reject a sign-in.
fn is_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let claim = Value::deserialize(deserializer)?;
    Ok(claim == Value::Bool(true) || claim == "true")
}

fn non_empty(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
