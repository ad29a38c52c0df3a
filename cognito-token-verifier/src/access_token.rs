//! Claims of an access token.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Verified access token.
///
/// An access token has no email address and no name: ask `GET /api/auth/me` of the sign-in service, or the `GetUser`
/// operation of Cognito. The claims:
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html>.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AccessToken {
    /// User's unique ID in the pool (`sub`). It never changes and is never reused: use it as a key in databases. Tokens of
    /// machines (client credentials) have the ID of their app client here, and no username.
    pub sub: String,
    /// Username in the pool, which may be the `sub`.
    pub username: Option<String>,
    /// App client that the token was issued to.
    pub client_id: String,
    /// User's groups when the token was issued (`cognito:groups`).
    pub groups: Vec<String>,
    /// Scopes (`scope`). Tokens of a sign-in with a password have `aws.cognito.signin.user.admin` alone.
    pub scopes: Vec<String>,
    /// Time of the sign-in in seconds since 1970. A refresh does not change it.
    pub auth_time: Option<u64>,
    /// Time of issue in seconds since 1970 (`iat`).
    pub issued_at: Option<u64>,
    /// Time of expiry in seconds since 1970 (`exp`).
    pub expires_at: u64,
    /// ID of the token (`jti`).
    pub jti: Option<String>,
    /// ID of the sign-in (`origin_jti`). All tokens of one sign-in have the same one, and are revoked together.
    pub origin_jti: Option<String>,
    /// All other claims, such as those that a pre token generation trigger adds.
    pub other: Map<String, Value>,
}

impl AccessToken {
    /// Whether the user was in the group `name` when the token was issued.
    #[must_use]
    pub fn has_group(&self, name: &str) -> bool {
        self.groups.iter().any(|group| group == name)
    }

    /// Whether the token has the scope `name`.
    #[must_use]
    pub fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope == name)
    }
}

/// Claims before they are checked. A claim of the wrong type, or one that appears twice, is an error. Times may have a
/// fraction: RFC 7519, section 2.
#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) token_use: String,
    pub(crate) client_id: String,
    pub(crate) exp: f64,
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) nbf: Option<f64>,
    sub: String,
    username: Option<String>,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
    #[serde(default)]
    scope: String,
    auth_time: Option<f64>,
    iat: Option<f64>,
    jti: Option<String>,
    origin_jti: Option<String>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

impl From<Claims> for AccessToken {
    fn from(claims: Claims) -> Self {
        Self {
            sub: claims.sub,
            username: claims.username,
            client_id: claims.client_id,
            groups: claims.groups,
            scopes: claims.scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            auth_time: claims.auth_time.map(whole_seconds),
            issued_at: claims.iat.map(whole_seconds),
            expires_at: whole_seconds(claims.exp),
            jti: claims.jti,
            origin_jti: claims.origin_jti,
            other: claims.other,
        }
    }
}

fn not_null<'de, D: Deserializer<'de>>(value: D) -> Result<Option<f64>, D::Error> {
    f64::deserialize(value).map(Some)
}

fn whole_seconds(time: f64) -> u64 {
    // A cast of a number outside the range gives the nearest end.
    time as u64
}
