//! The Cognito adapter: one method per operation, over the official client.

use std::{collections::HashMap, time::Duration};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_sdk_cognitoidentityprovider::{
    Client,
    config::SharedCredentialsProvider,
    error::{BuildError, ProvideErrorMetadata},
    types::{AuthFlowType, AuthenticationResultType, ChallengeNameType},
};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use base64::{Engine, prelude::BASE64_STANDARD};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    configuration::{Configuration, UserPool},
    error::{Error, ErrorCode},
    origin::Origin,
    responses::Delivery,
    user::UserAttributes,
    username::Username,
    verifier::Caller,
};

/// Long enough for a handshake with a far region, short enough to tell a dead Cognito from a slow one.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest that a call may take, below the functions' own 15 seconds (`template.yaml`), so
/// that a slow Cognito gets the client an answer and not a killed function.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// One user pool, seen through one app client.
#[derive(Debug)]
pub struct Cognito {
    client: Client,
    user_pool: UserPool,
}

/// What Cognito answers to somebody who wants to sign in.
#[derive(Debug)]
pub enum Authentication {
    /// The person is who they say.
    Tokens(IssuedTokens),
    /// Cognito wants another step.
    Challenge(Challenge),
}

/// The tokens that Cognito issued.
#[derive(Debug)]
pub struct IssuedTokens {
    /// Opens the bearer routes.
    pub access_token: SecretString,
    /// Gets new tokens; there is none after a refresh that did not rotate it.
    pub refresh_token: Option<SecretString>,
    /// Says who the person is.
    pub id_token: SecretString,
    /// How long the access token lives, in seconds.
    pub expires_in: i32,
}

/// A step that Cognito wants before it issues tokens.
#[derive(Debug)]
pub enum Challenge {
    /// The person must choose a new password: a first sign-in, or an administrator's reset.
    NewPasswordRequired {
        /// Goes back to Cognito with the answer.
        session: SecretString,
        /// The name to answer with (`USER_ID_FOR_SRP`), where Cognito said so: a person who
        /// signs in by an alias, such as an e-mail address, must answer by their real name.
        username_for_answer: Option<String>,
    },
    /// A step that no route here can take.
    Other(ErrorCode),
}

/// A reply that holds neither what was asked for nor an error.
#[derive(Debug, thiserror::Error)]
#[error("Cognito's reply to {operation} has no {missing}")]
struct IncompleteReply {
    operation: &'static str,
    missing: &'static str,
}

impl Cognito {
    /// The user pool of `configuration`, reached through `http_client`.
    pub fn new(
        configuration: &Configuration,
        credentials: SharedCredentialsProvider,
        connector: SharedHttpConnector,
    ) -> Self {
        // Written out, since `aws_config::defaults` links the credential chain of a developer's
        // machine and the client of a second service (1.4 MB), and looks for profile files.
        let settings = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(configuration.region.clone()))
            .credentials_provider(credentials)
            .http_client(http_client_fn(move |_, _| connector.clone()))
            // A repeated sign-in counts twice against the user's lock-out, and a session or a
            // code is good for one use: nothing is sent again behind the client's back.
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_timeout(CALL_TIMEOUT)
                    .build(),
            )
            // The call's time-out ends a reply that stalls, too, and sooner than this would.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let settings = match &configuration.endpoint_url {
            Some(endpoint_url) => settings.endpoint_url(endpoint_url),
            None => settings,
        };
        Self { client: Client::new(&settings.build()), user_pool: configuration.user_pool.clone() }
    }

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
            .set_context_data(origin.context_data().map_err(internal)?)
            .send()
            .await?;
        Authentication::new(
            "AdminInitiateAuth",
            reply.authentication_result,
            reply.challenge_name,
            reply.session,
            reply.challenge_parameters,
        )
    }

    /// Answers the `NEW_PASSWORD_REQUIRED` challenge: one `AdminRespondToAuthChallenge`.
    ///
    /// # Errors
    ///
    /// As [`Cognito::sign_in`].
    pub async fn answer_new_password_required(
        &self,
        username: &Username,
        session: &SecretString,
        new_password: &SecretString,
        origin: &Origin,
    ) -> Result<Authentication, Error> {
        let reply = self
            .client
            .admin_respond_to_auth_challenge()
            .user_pool_id(&self.user_pool.id)
            .client_id(&self.user_pool.client_id)
            .challenge_name(ChallengeNameType::NewPasswordRequired)
            .session(session.expose_secret())
            .set_challenge_responses(Some(
                self.parameters(username, [("NEW_PASSWORD", new_password.expose_secret())]),
            ))
            .set_context_data(origin.context_data().map_err(internal)?)
            .send()
            .await?;
        Authentication::new(
            "AdminRespondToAuthChallenge",
            reply.authentication_result,
            reply.challenge_name,
            reply.session,
            reply.challenge_parameters,
        )
    }

    /// New tokens for a refresh token: one `GetTokensFromRefreshToken`.
    ///
    /// It takes the client's secret itself, and no hash over a username that the client does not
    /// send; and it is the only way once the app client rotates refresh tokens:
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html>.
    ///
    /// # Errors
    ///
    /// As [`Cognito::sign_in`].
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<IssuedTokens, Error> {
        let reply = self
            .client
            .get_tokens_from_refresh_token()
            .client_id(&self.user_pool.client_id)
            .set_client_secret(self.client_secret())
            .refresh_token(refresh_token.expose_secret())
            .send()
            .await?;
        IssuedTokens::new("GetTokensFromRefreshToken", reply.authentication_result)
    }

    /// Revokes a refresh token, and the access tokens that came of it: one `RevokeToken`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] or [`Error::Unavailable`].
    pub async fn revoke(&self, refresh_token: &SecretString) -> Result<(), Error> {
        self.client
            .revoke_token()
            .client_id(&self.user_pool.client_id)
            .set_client_secret(self.client_secret())
            .token(refresh_token.expose_secret())
            .customize()
            .config_override(safe_to_repeat())
            .send()
            .await?;
        Ok(())
    }

    /// Revokes all tokens of the caller: one `GlobalSignOut`.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] where Cognito does not accept the token, [`Error::Refused`] or
    /// [`Error::Unavailable`].
    pub async fn sign_out_everywhere(&self, caller: &Caller) -> Result<(), Error> {
        let reply = self
            .client
            .global_sign_out()
            .access_token(caller.access_token.expose_secret())
            .customize()
            .config_override(safe_to_repeat())
            .send()
            .await;
        reply.map(drop).map_err(|error| Error::from(error).of_token())
    }

    /// Sends `username` a code with which they can set a new password: one `ForgotPassword`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] or [`Error::Unavailable`].
    pub async fn send_reset_code(
        &self,
        username: &Username,
        origin: &Origin,
    ) -> Result<Option<Delivery>, Error> {
        let reply = self
            .client
            .forgot_password()
            .client_id(&self.user_pool.client_id)
            .set_secret_hash(self.secret_hash(username.as_str()))
            .username(username.as_str())
            .set_user_context_data(origin.user_context_data())
            .send()
            .await?;
        Ok(reply.code_delivery_details.map(|details| Delivery {
            destination: details.destination,
            delivery_medium: details.delivery_medium.map(|medium| medium.as_str().to_owned()),
            attribute_name: details.attribute_name,
        }))
    }

    /// Sets a new password with the code that Cognito sent: one `ConfirmForgotPassword`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] or [`Error::Unavailable`].
    pub async fn reset_password(
        &self,
        username: &Username,
        code: &SecretString,
        new_password: &SecretString,
        origin: &Origin,
    ) -> Result<(), Error> {
        self.client
            .confirm_forgot_password()
            .client_id(&self.user_pool.client_id)
            .set_secret_hash(self.secret_hash(username.as_str()))
            .username(username.as_str())
            .confirmation_code(code.expose_secret())
            .password(new_password.expose_secret())
            .set_user_context_data(origin.user_context_data())
            .send()
            .await?;
        Ok(())
    }

    /// Changes the caller's password: one `ChangePassword`.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] where Cognito does not accept the token, [`Error::Refused`] with
    /// `NotAuthorizedException` where the current password is wrong or with any other exception,
    /// [`Error::Unavailable`].
    pub async fn change_password(
        &self,
        caller: &Caller,
        current_password: &SecretString,
        new_password: &SecretString,
    ) -> Result<(), Error> {
        let reply = self
            .client
            .change_password()
            .access_token(caller.access_token.expose_secret())
            .previous_password(current_password.expose_secret())
            .proposed_password(new_password.expose_secret())
            .send()
            .await;
        reply.map(drop).map_err(|error| {
            // One exception for a wrong password and for a token that is not accepted any more:
            // only the sentence differs.
            let speaks_of_password = error.code() == Some("NotAuthorizedException")
                && !error.message().is_some_and(speaks_of_token);
            let error = Error::from(error);
            if speaks_of_password { error } else { error.of_token() }
        })
    }

    /// What Cognito knows of the caller: one `GetUser`, which also refuses a token that was revoked.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] where Cognito does not accept the token, [`Error::Refused`],
    /// [`Error::Unavailable`], or [`Error::Internal`] where the answer lacks the user's id.
    pub async fn user(&self, caller: &Caller) -> Result<UserAttributes, Error> {
        let reply = self
            .client
            .get_user()
            .access_token(caller.access_token.expose_secret())
            .customize()
            .config_override(safe_to_repeat())
            .send()
            .await
            .map_err(|error| Error::from(error).of_token())?;
        let mut attributes: HashMap<String, String> = reply
            .user_attributes
            .into_iter()
            .filter_map(|attribute| Some((attribute.name, attribute.value?)))
            .collect();
        let sub = attributes
            .remove("sub")
            .ok_or_else(|| Error::internal(IncompleteReply { operation: "GetUser", missing: "sub" }))?;
        Ok(UserAttributes {
            username: reply.username,
            sub,
            email: attributes.remove("email"),
            name: attributes.remove("name"),
        })
    }

    /// What every step of a sign-in carries, and `more`.
    fn parameters<const N: usize>(
        &self,
        username: &Username,
        more: [(&str, &str); N],
    ) -> HashMap<String, String> {
        let username = username.as_str();
        let secret_hash = self.secret_hash(username).map(|hash| ("SECRET_HASH", hash));
        more.into_iter()
            .chain([("USERNAME", username)])
            .map(|(name, value)| (name, value.to_owned()))
            .chain(secret_hash)
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn client_secret(&self) -> Option<String> {
        self.user_pool.client_secret.as_ref().map(|secret| secret.expose_secret().to_owned())
    }

    /// The proof that we know the app client's secret, where it has one:
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash>.
    fn secret_hash(&self, username: &str) -> Option<String> {
        let secret = self.user_pool.client_secret.as_ref()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        let message = [username, &self.user_pool.client_id].concat();
        Some(BASE64_STANDARD.encode(hmac::sign(&key, message.as_bytes())))
    }
}

impl Authentication {
    fn new(
        operation: &'static str,
        result: Option<AuthenticationResultType>,
        challenge: Option<ChallengeNameType>,
        session: Option<String>,
        parameters: Option<HashMap<String, String>>,
    ) -> Result<Self, Error> {
        let incomplete = |missing| Error::internal(IncompleteReply { operation, missing });
        match (result, challenge) {
            (_, Some(ChallengeNameType::NewPasswordRequired)) => {
                Ok(Self::Challenge(Challenge::NewPasswordRequired {
                    session: session.map(SecretString::from).ok_or(incomplete("Session"))?,
                    username_for_answer: parameters
                        .and_then(|mut parameters| parameters.remove("USER_ID_FOR_SRP")),
                }))
            }
            (_, Some(other)) => {
                let name = ErrorCode::parse(other.as_str()).ok_or(incomplete("readable ChallengeName"))?;
                Ok(Self::Challenge(Challenge::Other(name)))
            }
            (result, None) => IssuedTokens::new(operation, result).map(Self::Tokens),
        }
    }
}

impl IssuedTokens {
    fn new(operation: &'static str, result: Option<AuthenticationResultType>) -> Result<Self, Error> {
        let incomplete = |missing| Error::internal(IncompleteReply { operation, missing });
        let result = result.ok_or(incomplete("AuthenticationResult"))?;
        Ok(Self {
            access_token: result.access_token.map(SecretString::from).ok_or(incomplete("AccessToken"))?,
            refresh_token: result.refresh_token.map(SecretString::from),
            id_token: result.id_token.map(SecretString::from).ok_or(incomplete("IdToken"))?,
            expires_in: result.expires_in,
        })
    }
}

/// For calls that change nothing when they are made twice: one more attempt, soon, where Cognito
/// could not be reached, was busy or failed.
fn safe_to_repeat() -> aws_sdk_cognitoidentityprovider::config::Builder {
    aws_sdk_cognitoidentityprovider::Config::builder().retry_config(
        RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(50)),
    )
}

/// Whether a refusal's sentence is on the access token or its user ("Access Token has been
/// revoked", "User is disabled."), and not on a password.
fn speaks_of_token(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("access token") || message.contains("disabled")
}

fn internal(error: BuildError) -> Error {
    Error::internal(error)
}
