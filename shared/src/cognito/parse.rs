//! Parsing of Cognito's responses.

use aws_sdk_cognitoidentityprovider::types::{AuthenticationResultType, CodeDeliveryDetailsType};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::SecretString;

use crate::model::{
    authentication::IssuedTokens,
    delivery::Delivery,
    error::{Cause, Error, SafeMessage},
    user::IdTokenClaims,
};

/// Error for a response to `operation` without a required member.
pub(super) fn incomplete(operation: &'static str, missing: &'static str) -> Error {
    Error::internal(SafeMessage::from(format!("Cognito's response to {operation} has no {missing}")))
}

/// Parses the tokens in the response to `operation`.
///
/// # Errors
///
/// [`Error::Internal`] if a required token is missing, or the ID token is malformed.
pub(super) fn issued_tokens(
    operation: &'static str,
    result: Option<AuthenticationResultType>,
) -> Result<IssuedTokens, Error> {
    let missing = |member| move || incomplete(operation, member);
    let result = result.ok_or_else(missing("AuthenticationResult"))?;
    let access_token = result.access_token.map(SecretString::from).ok_or_else(missing("AccessToken"))?;
    let id_token = result.id_token.ok_or_else(missing("IdToken"))?;
    Ok(IssuedTokens {
        access_token,
        refresh_token: result.refresh_token.map(SecretString::from),
        claims: id_token_claims(&id_token).map_err(Error::internal)?,
        expires_in: result.expires_in,
    })
}

/// Claims of an ID token whose signature is not verified. TLS authenticates the issuer of a token that comes directly from
/// Cognito: OpenID Connect Core 1.0, section 3.1.3.7, point 6.
fn id_token_claims(id_token: &str) -> Result<IdTokenClaims, Cause> {
    let payload = id_token.split('.').nth(1).ok_or("the claims are missing")?;
    Ok(serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload)?)?)
}

/// Converts the delivery of a code.
pub(super) fn delivery(details: CodeDeliveryDetailsType) -> Delivery {
    Delivery {
        destination: details.destination,
        delivery_medium: details.delivery_medium.map(|medium| medium.as_str().to_owned()),
        attribute_name: details.attribute_name,
    }
}
