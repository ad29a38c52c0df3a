//! Answers to the challenges of a sign-in.

use aws_sdk_cognitoidentityprovider::types::{ChallengeNameType, VerifySoftwareTokenResponseType};
use secrecy::{ExposeSecret, SecretString};

use super::{
    client::Cognito,
    errors::wrong_totp_code,
    parse::incomplete,
    steps::{ATTRIBUTE_PREFIX, next_step},
};
use crate::model::{
    authentication::Authentication,
    challenge::{Challenge, ChallengeAnswer, ChallengeKind, TotpSecret},
    client_context::ClientContext,
    error::Error,
    username::Username,
};

impl Cognito {
    /// Answers a challenge: one `AdminRespondToAuthChallenge`.
    ///
    /// During the setup of an authenticator app, the choice of the app is one `AssociateSoftwareToken`, and the first
    /// code is one `VerifySoftwareToken` before `AdminRespondToAuthChallenge`. Each operation returns a new session,
    /// which replaces the one before.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] with the exception that Cognito raised, [`Error::UnsupportedChallenge`] if Cognito requires a
    /// challenge that this service does not support, [`Error::Unavailable`] if it gave no usable response,
    /// [`Error::Internal`] if its response is incomplete.
    pub async fn answer_challenge(
        &self,
        username: &Username,
        session: &SecretString,
        answer: ChallengeAnswer,
        client_context: &ClientContext,
    ) -> Result<Authentication, Error> {
        let challenge = answer.challenge().as_str();
        let answers: Vec<(String, SecretString)> = match answer {
            ChallengeAnswer::SetUpTotp { account } => {
                return self.associate_software_token(session, account).await;
            }
            ChallengeAnswer::FirstTotpCode { code, device_name } => {
                let session = self.verify_software_token(session, &code, device_name).await?;
                return self.respond(username, &session, challenge, Vec::new(), client_context).await;
            }
            ChallengeAnswer::NewPassword { new_password, attributes } => {
                return self
                    .answer_new_password(username, session, new_password, attributes, client_context)
                    .await;
            }
            // The parameter for a code is the challenge's name and `_CODE`.
            ChallengeAnswer::Code { code, .. } => vec![(format!("{challenge}_CODE"), code)],
            ChallengeAnswer::SecondFactor(factor) | ChallengeAnswer::FirstFactor(factor) => {
                vec![("ANSWER".to_owned(), factor.as_str().into())]
            }
            ChallengeAnswer::FirstFactorPassword(password) => {
                vec![("ANSWER".to_owned(), "PASSWORD".into()), ("PASSWORD".to_owned(), password)]
            }
            ChallengeAnswer::Password(password) => vec![("PASSWORD".to_owned(), password)],
            ChallengeAnswer::WebAuthn(credential) => vec![("CREDENTIAL".to_owned(), credential)],
            ChallengeAnswer::SetUpEmail(email) => vec![("EMAIL".to_owned(), email)],
        };
        self.respond(username, session, challenge, answers, client_context).await
    }

    /// Answers `NEW_PASSWORD_REQUIRED` with a new password and the required attributes: one
    /// `AdminRespondToAuthChallenge`. A method of its own, so that the binary of a route for this challenge alone does
    /// not contain the other operations.
    ///
    /// # Errors
    ///
    /// As [`Cognito::answer_challenge`].
    pub async fn answer_new_password(
        &self,
        username: &Username,
        session: &SecretString,
        new_password: SecretString,
        attributes: Vec<(&'static str, SecretString)>,
        client_context: &ClientContext,
    ) -> Result<Authentication, Error> {
        let attributes =
            attributes.into_iter().map(|(name, value)| (format!("{ATTRIBUTE_PREFIX}{name}"), value));
        let answers = [("NEW_PASSWORD".to_owned(), new_password)].into_iter().chain(attributes).collect();
        let challenge = ChallengeNameType::NewPasswordRequired;
        self.respond(username, session, challenge.as_str(), answers, client_context).await
    }

    async fn respond(
        &self,
        username: &Username,
        session: &SecretString,
        challenge: &str,
        answers: Vec<(String, SecretString)>,
        client_context: &ClientContext,
    ) -> Result<Authentication, Error> {
        let mut responses = self.parameters(username, []);
        responses.extend(answers.into_iter().map(|(name, answer)| (name, answer.expose_secret().to_owned())));
        let response = self
            .client
            .admin_respond_to_auth_challenge()
            .user_pool_id(self.user_pool.id.as_str())
            .client_id(&self.user_pool.client_id)
            .challenge_name(ChallengeNameType::from(challenge))
            .session(session.expose_secret())
            .set_challenge_responses(Some(responses))
            .set_context_data(client_context.context_data()?)
            .send()
            .await
            .map_err(|error| Error::from(error).or_wrong_username())?;
        next_step("AdminRespondToAuthChallenge", response.into())
    }

    async fn associate_software_token(
        &self,
        session: &SecretString,
        account: Option<String>,
    ) -> Result<Authentication, Error> {
        let response = self.client.associate_software_token().session(session.expose_secret()).send().await?;
        let missing = |what| move || incomplete("AssociateSoftwareToken", what);
        let secret = response.secret_code.map(SecretString::from).ok_or_else(missing("SecretCode"))?;
        let session = response.session.map(SecretString::from).ok_or_else(missing("Session"))?;
        let kind = ChallengeKind::SoftwareTokenSetup(TotpSecret { secret, account });
        Ok(Authentication::Challenge(Challenge { kind, session, username: None }))
    }

    /// Verifies the first code of an authenticator app, and returns the next session.
    async fn verify_software_token(
        &self,
        session: &SecretString,
        code: &SecretString,
        device_name: Option<String>,
    ) -> Result<SecretString, Error> {
        let response = self
            .client
            .verify_software_token()
            .session(session.expose_secret())
            .user_code(code.expose_secret())
            .set_friendly_device_name(device_name)
            .send()
            .await?;
        if response.status != Some(VerifySoftwareTokenResponseType::Success) {
            return Err(wrong_totp_code());
        }
        response.session.map(SecretString::from).ok_or_else(|| incomplete("VerifySoftwareToken", "Session"))
    }
}
