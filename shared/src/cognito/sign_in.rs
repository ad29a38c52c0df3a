//! Signing in, step by step.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, AuthenticationResultType, ChallengeNameType};
use secrecy::{ExposeSecret, SecretString};

use super::{
    client::Cognito,
    replies::{incomplete, issued_tokens},
};
use crate::model::{
    authentication::{Authentication, Challenge},
    error::{CognitoName, Error},
    origin::Origin,
    user::STANDARD_ATTRIBUTES,
    username::Username,
};

/// What stands before an attribute's name in a challenge and in the answer to it.
const ATTRIBUTE: &str = "userAttributes.";

impl Cognito {
    /// Signs `username` in with a password: one `AdminInitiateAuth`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with the exception that Cognito raised, [`Error::Unavailable`] where it
    /// gave no usable answer, [`Error::Internal`] where its answer lacks what it must hold.
    pub async fn sign_in(
        &self,
        username: &Username,
        password: &SecretString,
        origin: &Origin,
    ) -> Result<Authentication, Error> {
        let reply = self
            .client
            .admin_initiate_auth()
            .user_pool_id(&self.user_pool.id)
            .client_id(&self.user_pool.client_id)
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .set_auth_parameters(Some(self.parameters(username, [("PASSWORD", password.expose_secret())])))
            .set_context_data(origin.context_data()?)
            .send()
            .await?;
        authentication(
            "AdminInitiateAuth",
            reply.authentication_result,
            reply.challenge_name,
            reply.session,
            reply.challenge_parameters,
        )
    }

    /// Answers the `NEW_PASSWORD_REQUIRED` challenge, with the `attributes` that it asked for: one
    /// `AdminRespondToAuthChallenge`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::sign_in`].
    pub async fn answer_new_password_required(
        &self,
        username: &Username,
        session: &SecretString,
        new_password: &SecretString,
        attributes: &[(&'static str, SecretString)],
        origin: &Origin,
    ) -> Result<Authentication, Error> {
        let mut responses = self.parameters(username, [("NEW_PASSWORD", new_password.expose_secret())]);
        responses.extend(
            attributes
                .iter()
                .map(|(name, value)| (format!("{ATTRIBUTE}{name}"), value.expose_secret().to_owned())),
        );
        let reply = self
            .client
            .admin_respond_to_auth_challenge()
            .user_pool_id(&self.user_pool.id)
            .client_id(&self.user_pool.client_id)
            .challenge_name(ChallengeNameType::NewPasswordRequired)
            .session(session.expose_secret())
            .set_challenge_responses(Some(responses))
            .set_context_data(origin.context_data()?)
            .send()
            .await?;
        authentication(
            "AdminRespondToAuthChallenge",
            reply.authentication_result,
            reply.challenge_name,
            reply.session,
            reply.challenge_parameters,
        )
    }
}

fn authentication(
    operation: &'static str,
    result: Option<AuthenticationResultType>,
    challenge: Option<ChallengeNameType>,
    session: Option<String>,
    parameters: Option<HashMap<String, String>>,
) -> Result<Authentication, Error> {
    match (result, challenge) {
        (_, Some(ChallengeNameType::NewPasswordRequired)) => {
            let mut parameters = parameters.unwrap_or_default();
            Ok(Authentication::Challenge(Challenge::NewPasswordRequired {
                session: session.map(SecretString::from).ok_or_else(|| incomplete(operation, "Session"))?,
                username_for_answer: parameters.remove("USER_ID_FOR_SRP"),
                required_attributes: required_attributes(parameters.get("requiredAttributes")),
            }))
        }
        (_, Some(other)) => {
            let name = CognitoName::parse(other.as_str())
                .ok_or_else(|| incomplete(operation, "readable ChallengeName"))?;
            Ok(Authentication::Challenge(Challenge::Other(name)))
        }
        (result, None) => issued_tokens(operation, result).map(Authentication::Tokens),
    }
}

/// The names in the JSON list that comes as one string: `["userAttributes.name"]`.
fn required_attributes(list: Option<&String>) -> Vec<String> {
    let names: Vec<String> = list.and_then(|list| serde_json::from_str(list).ok()).unwrap_or_default();
    names
        .iter()
        .filter_map(|name| name.strip_prefix(ATTRIBUTE))
        .filter(|name| STANDARD_ATTRIBUTES.contains(name))
        .map(str::to_owned)
        .collect()
}
