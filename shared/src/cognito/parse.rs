//! What a reply of Cognito must hold.

use aws_sdk_cognitoidentityprovider::types::{AuthenticationResultType, CodeDeliveryDetailsType};
use jsonwebtoken::dangerous::insecure_decode_claims;
use secrecy::SecretString;

use crate::model::{
    authentication::IssuedTokens,
    delivery::Delivery,
    error::{Error, SafeMessage},
};

/// That the reply to `operation` holds neither what was asked for nor an error.
pub(super) fn incomplete(operation: &'static str, missing: &'static str) -> Error {
    Error::internal(SafeMessage::from(format!("Cognito's reply to {operation} has no {missing}")))
}

/// The tokens in the reply to `operation`.
///
/// # Errors
///
/// [`Error::Internal`] where one is missing that must be there, or where the ID token cannot be read.
pub(super) fn issued_tokens(
    operation: &'static str,
    result: Option<AuthenticationResultType>,
) -> Result<IssuedTokens, Error> {
    let without = |missing| move || incomplete(operation, missing);
    let result = result.ok_or_else(without("AuthenticationResult"))?;
    let access_token = result.access_token.map(SecretString::from).ok_or_else(without("AccessToken"))?;
    let id_token = result.id_token.ok_or_else(without("IdToken"))?;
    Ok(IssuedTokens {
        access_token,
        refresh_token: result.refresh_token.map(SecretString::from),
        // The ID token comes straight from Cognito over TLS, so who signed it is known:
        // OpenID Connect Core 1.0, section 3.1.3.7, point 6.
        claims: insecure_decode_claims(&id_token).map_err(Error::internal)?,
        expires_in: result.expires_in,
    })
}

/// Where Cognito says that a code went.
pub(super) fn delivery(details: CodeDeliveryDetailsType) -> Delivery {
    Delivery {
        destination: details.destination,
        delivery_medium: details.delivery_medium.map(|medium| medium.as_str().to_owned()),
        attribute_name: details.attribute_name,
    }
}
