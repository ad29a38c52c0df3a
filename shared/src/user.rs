//! Who a user is.

use serde::{Deserialize, Serialize};

use crate::username::Username;

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

/// What an ID token says of a person.
///
/// See <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html>.
#[derive(Debug, Deserialize)]
pub struct IdTokenClaims {
    /// The user's unique id in the pool.
    pub sub: String,
    /// The e-mail address, where the app client may read it.
    pub email: Option<String>,
    /// The full name, where the user has one.
    pub name: Option<String>,
    /// The groups the user is in.
    #[serde(rename = "cognito:groups", default)]
    pub groups: Vec<String>,
}

/// The deployment's rules on people: who is an administrator, and what a person without a name is called.
#[derive(Debug, Clone)]
pub struct UserPolicy {
    /// Administrators by e-mail address (`ADMIN_EMAILS`), in lower case.
    pub admin_emails: Vec<String>,
    /// The group whose members are administrators (`ADMIN_GROUP`).
    pub admin_group: String,
    /// The display name of a person who has none (`DEFAULT_USER_NAME`).
    pub default_user_name: String,
}

impl UserPolicy {
    /// The person whom an ID token names, who signed in as `username`.
    pub fn user(&self, claims: IdTokenClaims, username: &Username) -> User {
        let email = non_empty(claims.email).unwrap_or_else(|| username.as_str().to_owned());
        let is_admin = self.is_admin(&email, &claims.groups);
        User {
            user_id: claims.sub,
            role: if is_admin { Role::Admin } else { Role::User },
            name: non_empty(claims.name).unwrap_or_else(|| self.default_user_name.clone()),
            email,
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

    fn is_admin(&self, email: &str, groups: &[String]) -> bool {
        groups.contains(&self.admin_group) || self.admin_emails.contains(&email.to_lowercase())
    }
}

fn non_empty(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
