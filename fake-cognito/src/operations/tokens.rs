//! Tokens: issue, refresh and revocation.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    rsa::{KeyPair, PublicKeyComponents},
    signature::RSA_PKCS1_SHA256,
};
use serde_json::{Value, json};

use crate::{
    exception::{Exception, OperationResult, text},
    pool::{Pool, RefreshToken, User},
    random::{token, uuid},
};

/// Signing key of every fake pool. It exists for tests only.
const KEY: &[u8] = include_bytes!("../signing-key.der");
const KEY_ID: &str = "fake-cognito";

/// Lifetime of an access token, in seconds.
const LIFETIME: u64 = 3600;

/// Scope that operations with an access token require. Tokens of an API sign-in have it alone.
pub(crate) const ADMIN_SCOPE: &str = "aws.cognito.signin.user.admin";

/// User and sign-in of an access token.
pub(crate) struct Bearer {
    pub(crate) sub: String,
    sign_in: String,
}

impl Pool {
    /// The pool's public keys, as it publishes them.
    pub fn key_set() -> Value {
        let Some(key) = key() else { return Value::Null };
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(key.public());
        let [n, e] = [n, e].map(|number| BASE64_URL_SAFE_NO_PAD.encode(number));
        json!({ "keys": [{ "alg": "RS256", "e": e, "kid": KEY_ID, "kty": "RSA", "n": n, "use": "sig" }] })
    }

    /// Tokens of a user who completed a sign-in.
    pub(crate) fn tokens(&mut self, sub: &str) -> OperationResult {
        let result = self.tokens_of(sub, self.now(), ADMIN_SCOPE)?;
        Ok(json!({ "AuthenticationResult": result, "ChallengeParameters": {} }))
    }

    /// Tokens of a user who proved who they are at `auth_time`.
    pub(crate) fn tokens_of(&mut self, sub: &str, auth_time: u64, scope: &str) -> OperationResult {
        let sign_in =
            RefreshToken { sub: sub.to_owned(), sign_in: uuid(), auth_time, scope: scope.to_owned() };
        self.owner(sub)?.never_signed_in = false;
        let mut result = self.issue(&sign_in)?;
        let refresh_token = token();
        result["RefreshToken"] = refresh_token.clone().into();
        self.refresh_tokens.insert(refresh_token, sign_in);
        Ok(result)
    }

    fn issue(&mut self, sign_in: &RefreshToken) -> OperationResult {
        let now = self.now();
        let settings = self.settings.clone();
        let user = self.owner(&sign_in.sub)?.clone();
        let region = settings.user_pool_id.split('_').next().unwrap_or_default();
        let common = json!({
            "sub": sign_in.sub,
            "iss": format!("https://cognito-idp.{region}.amazonaws.com/{}", settings.user_pool_id),
            "origin_jti": sign_in.sign_in,
            "auth_time": sign_in.auth_time,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": uuid()
        });
        let with = |more: Value| {
            let mut claims = common.clone();
            for (name, claim) in more.as_object().into_iter().flatten() {
                claims[name] = claim.clone();
            }
            if !user.groups.is_empty() {
                claims["cognito:groups"] = json!(user.groups);
            }
            claims
        };
        let access = with(json!({
            "token_use": "access",
            "client_id": settings.client_id,
            "scope": sign_in.scope,
            "username": user.username()
        }));
        let mut id = with(json!({
            "token_use": "id",
            "aud": settings.client_id,
            "cognito:username": user.username()
        }));
        if let Some(identity) = &user.identity {
            id["identities"] = json!([identity.claim()]);
        }
        // The scopes of an OAuth sign-in select the claims.
        let has = |scope| sign_in.scope == ADMIN_SCOPE || sign_in.scope.split(' ').any(|of| of == scope);
        if has("email") {
            id["email"] = user.email.as_str().into();
            id["email_verified"] = user.email_verified.into();
        }
        for (name, value) in user.attributes.iter().filter(|_| has("profile")) {
            id[name] = value.as_str().into();
        }
        Ok(json!({
            "AccessToken": sign(&access)?,
            "IdToken": sign(&id)?,
            "ExpiresIn": LIFETIME,
            "TokenType": "Bearer"
        }))
    }

    /// User and sign-in of the access token in `input`.
    ///
    /// # Errors
    ///
    /// `NotAuthorizedException` for a token that is expired, revoked or forged, or whose user is disabled.
    pub(crate) fn bearer(&self, input: &Value) -> Result<Bearer, Exception> {
        let invalid = || Exception::not_authorized("Invalid Access Token");
        let token = text(input, "AccessToken")?;
        let (content, _) = token.rsplit_once('.').ok_or_else(invalid)?;
        let claims = content.split('.').nth(1).and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
        let claims: Value =
            claims.and_then(|claims| serde_json::from_slice(&claims).ok()).ok_or_else(invalid)?;
        // Signing is deterministic, so a token that differs was not signed here.
        if sign(&claims)? != token || claims["token_use"] != "access" {
            return Err(invalid());
        }
        let claim = |name: &str| claims[name].as_str().map(str::to_owned).ok_or_else(invalid);
        let bearer = Bearer { sub: claim("sub")?, sign_in: claim("origin_jti")? };
        if claims["exp"].as_u64().is_none_or(|end| end <= self.now()) {
            return Err(Exception::not_authorized("Access Token has expired"));
        }
        if self.revoked.contains(&bearer.sign_in) {
            return Err(Exception::not_authorized("Access Token has been revoked"));
        }
        if !claim("scope")?.split(' ').any(|scope| scope == ADMIN_SCOPE) {
            return Err(Exception::not_authorized("Access Token does not have required scopes"));
        }
        self.user(&bearer.sub).map_or(Ok(()), User::check_enabled)?;
        Ok(bearer)
    }

    /// `GetTokensFromRefreshToken`.
    pub(crate) fn get_tokens_from_refresh_token(&mut self, input: &Value) -> OperationResult {
        self.check_client_secret(&input["ClientSecret"])?;
        let token_sent = text(input, "RefreshToken")?;
        let invalid = || Exception::not_authorized("Invalid Refresh Token");
        let sign_in = self.refresh_tokens.get(token_sent).cloned().ok_or_else(invalid)?;
        if self.revoked.contains(&sign_in.sign_in) {
            return Err(Exception::not_authorized("Refresh Token has been revoked"));
        }
        self.owner(&sign_in.sub)?.check_enabled()?;
        let mut result = self.issue(&sign_in)?;
        if self.settings.rotates_refresh_tokens {
            self.refresh_tokens.remove(token_sent);
            let rotated = token();
            result["RefreshToken"] = rotated.clone().into();
            self.refresh_tokens.insert(rotated, sign_in);
        }
        Ok(json!({ "AuthenticationResult": result }))
    }

    /// `RevokeToken`: revokes the refresh token and the access tokens of its sign-in.
    pub(crate) fn revoke_token(&mut self, input: &Value) -> OperationResult {
        self.check_client_secret(&input["ClientSecret"])?;
        let sign_in = self.refresh_tokens.get(text(input, "Token")?);
        self.revoked.extend(sign_in.map(|sign_in| sign_in.sign_in.clone()));
        Ok(json!({}))
    }

    /// `GlobalSignOut`.
    pub(crate) fn global_sign_out(&mut self, input: &Value) -> OperationResult {
        let sub = self.bearer(input)?.sub;
        self.end_sessions(&sub);
        Ok(json!({}))
    }

    /// `AdminUserGlobalSignOut`: the user is named by id or email address.
    pub(crate) fn admin_user_global_sign_out(&mut self, input: &Value) -> OperationResult {
        let user_pool_id = text(input, "UserPoolId")?;
        if user_pool_id != self.settings.user_pool_id {
            let message = format!("User pool {user_pool_id} does not exist.");
            return Err(Exception::new("ResourceNotFoundException", message));
        }
        let user = self.user(text(input, "Username")?).ok_or_else(Exception::user_not_found)?;
        let sub = user.sub.clone();
        self.end_sessions(&sub);
        Ok(json!({}))
    }

    fn end_sessions(&mut self, sub: &str) {
        let ended = self.refresh_tokens.values().filter(|sign_in| sign_in.sub == sub);
        self.revoked.extend(ended.map(|sign_in| sign_in.sign_in.clone()));
    }
}

fn key() -> Option<KeyPair> {
    KeyPair::from_pkcs8(KEY).ok()
}

/// Signs a token.
///
/// # Errors
///
/// `InternalErrorException`.
pub(crate) fn sign(claims: &Value) -> Result<String, Exception> {
    let failed = || Exception::new("InternalErrorException", "The token cannot be signed");
    let key = key().ok_or_else(failed)?;
    let header = json!({ "alg": "RS256", "kid": KEY_ID });
    let content = [&header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), content.as_bytes(), &mut signature)
        .map_err(|_| failed())?;
    Ok(format!("{content}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}
