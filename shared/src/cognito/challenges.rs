//! The answers to what Cognito asks for in the middle of a sign-in.

use aws_sdk_cognitoidentityprovider::types::{ChallengeNameType, VerifySoftwareTokenResponseType};
use secrecy::{ExposeSecret, SecretString};

use super::{
    client::Cognito,
    errors::wrong_totp_code,
    parse::incomplete,
    steps::{ATTRIBUTE, next_step},
};
use crate::model::{
    authentication::Authentication,
    challenge::{Challenge, ChallengeAnswer, ChallengeKind, TotpSecret},
    client_context::ClientContext,
    error::Error,
    username::Username,
};

impl Cognito {
    /// Answers a challenge: one `AdminRespondToAuthChallenge`, but for an authenticator app that is set up within
    /// the sign-in. Its wish is one `AssociateSoftwareToken`; its first code one `VerifySoftwareToken`, whose
    /// session goes on. Each of them gives a new session, and the last one is dead.
    ///
    /// # Errors
    ///
    /// [`Error::Cognito`] with the exception that Cognito raised, [`Error::UnsupportedChallenge`] where it wants
    /// another step that no route here can take, [`Error::Unavailable`] where it gave no usable answer,
    /// [`Error::Internal`] where its answer lacks what it must hold.
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
            // The name of a code's answer is the challenge's own and `_CODE`.
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

    /// Answers the one challenge that wants a new password, and `attributes` where it asked for some: one
    /// `AdminRespondToAuthChallenge`. Apart, so that a route which answers no other has no other calls in it.
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
        let attributes = attributes.into_iter().map(|(name, value)| (format!("{ATTRIBUTE}{name}"), value));
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
        let reply = self
            .client
            .admin_respond_to_auth_challenge()
            .user_pool_id(&self.user_pool.id)
            .client_id(&self.user_pool.client_id)
            .challenge_name(ChallengeNameType::from(challenge))
            .session(session.expose_secret())
            .set_challenge_responses(Some(responses))
            .set_context_data(client_context.context_data()?)
            .send()
            .await
            .map_err(|error| Error::from(error).or_wrong_username())?;
        next_step("AdminRespondToAuthChallenge", reply.into())
    }

    async fn associate_software_token(
        &self,
        session: &SecretString,
        account: Option<String>,
    ) -> Result<Authentication, Error> {
        let reply = self.client.associate_software_token().session(session.expose_secret()).send().await?;
        let missing = |what| move || incomplete("AssociateSoftwareToken", what);
        let secret = reply.secret_code.map(SecretString::from).ok_or_else(missing("SecretCode"))?;
        let session = reply.session.map(SecretString::from).ok_or_else(missing("Session"))?;
        let kind = ChallengeKind::SoftwareTokenSetup(TotpSecret { secret, account });
        Ok(Authentication::Challenge(Challenge { kind, session, username: None }))
    }

    /// The session to go on with.
    async fn verify_software_token(
        &self,
        session: &SecretString,
        code: &SecretString,
        device_name: Option<String>,
    ) -> Result<SecretString, Error> {
        let reply = self
            .client
            .verify_software_token()
            .session(session.expose_secret())
            .user_code(code.expose_secret())
            .set_friendly_device_name(device_name)
            .send()
            .await?;
        if reply.status != Some(VerifySoftwareTokenResponseType::Success) {
            return Err(wrong_totp_code());
        }
        reply.session.map(SecretString::from).ok_or_else(|| incomplete("VerifySoftwareToken", "Session"))
    }
}
