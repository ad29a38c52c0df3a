//! Challenges between the start of a sign-in and its tokens.
//!
//! See
//! <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRespondToAuthChallenge.html>.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::{
    operation::{
        admin_initiate_auth::AdminInitiateAuthOutput,
        admin_respond_to_auth_challenge::AdminRespondToAuthChallengeOutput,
    },
    types::{AuthenticationResultType, ChallengeNameType},
};
use secrecy::SecretString;
use serde_json::value::RawValue;

use super::parse::{incomplete, issued_tokens};
use crate::model::{
    authentication::Authentication,
    challenge::{Challenge, ChallengeKind, ChallengeName, CodeSource, Factor},
    delivery::Delivery,
    error::{CognitoName, Error},
    user::STANDARD_ATTRIBUTES,
};

/// Prefix of an attribute's name in a challenge and its answer.
pub(super) const ATTRIBUTE_PREFIX: &str = "userAttributes.";

/// Common members of the responses during a sign-in.
pub(super) struct AuthResponse {
    result: Option<AuthenticationResultType>,
    challenge: Option<ChallengeNameType>,
    session: Option<String>,
    parameters: HashMap<String, String>,
    available: Vec<ChallengeNameType>,
}

impl From<AdminInitiateAuthOutput> for AuthResponse {
    fn from(response: AdminInitiateAuthOutput) -> Self {
        Self {
            result: response.authentication_result,
            challenge: response.challenge_name,
            session: response.session,
            parameters: response.challenge_parameters.unwrap_or_default(),
            available: response.available_challenges.unwrap_or_default(),
        }
    }
}

impl From<AdminRespondToAuthChallengeOutput> for AuthResponse {
    fn from(response: AdminRespondToAuthChallengeOutput) -> Self {
        Self {
            result: response.authentication_result,
            challenge: response.challenge_name,
            session: response.session,
            parameters: response.challenge_parameters.unwrap_or_default(),
            available: response.available_challenges.unwrap_or_default(),
        }
    }
}

/// Parses the next challenge, or the tokens.
///
/// # Errors
///
/// [`Error::UnsupportedChallenge`] if this service does not support the challenge, or none of the factors to choose
/// from; [`Error::Internal`] if the response is incomplete.
pub(super) fn next_step(operation: &'static str, response: AuthResponse) -> Result<Authentication, Error> {
    let AuthResponse { result, challenge, session, mut parameters, available } = response;
    let Some(challenge) = challenge else {
        return issued_tokens(operation, result).map(Authentication::Tokens);
    };
    let unsupported = || match CognitoName::parse(challenge.as_str()) {
        Some(name) => Error::UnsupportedChallenge(name),
        None => incomplete(operation, "readable ChallengeName"),
    };
    let name = ChallengeName::parse(challenge.as_str()).ok_or_else(unsupported)?;
    let session = session.map(SecretString::from).ok_or_else(|| incomplete(operation, "Session"))?;
    let kind = match name {
        ChallengeName::NewPasswordRequired => ChallengeKind::NewPasswordRequired {
            required_attributes: required_attributes(parameters.get("requiredAttributes")),
        },
        ChallengeName::SoftwareTokenMfa => code(CodeSource::SoftwareToken, &mut parameters),
        ChallengeName::SmsMfa => code(CodeSource::SmsMfa, &mut parameters),
        ChallengeName::EmailOtp => code(CodeSource::EmailOtp, &mut parameters),
        ChallengeName::SmsOtp => code(CodeSource::SmsOtp, &mut parameters),
        ChallengeName::SelectMfaType => ChallengeKind::SelectMfaType(
            choices(&Factor::SECOND, list(parameters.get("MFAS_CAN_CHOOSE"))).ok_or_else(unsupported)?,
        ),
        ChallengeName::MfaSetup => ChallengeKind::MfaSetup(
            choices(&Factor::SET_UP, list(parameters.get("MFAS_CAN_SETUP"))).ok_or_else(unsupported)?,
        ),
        ChallengeName::SelectChallenge => {
            let names = available.iter().map(ChallengeNameType::as_str);
            ChallengeKind::SelectChallenge(choices(&Factor::FIRST, names).ok_or_else(unsupported)?)
        }
        ChallengeName::Password => ChallengeKind::Password,
        ChallengeName::WebAuthn => {
            let options = parameters.remove("CREDENTIAL_REQUEST_OPTIONS");
            let options = options.and_then(|options| RawValue::from_string(options).ok());
            ChallengeKind::WebAuthn(
                options.ok_or_else(|| incomplete(operation, "readable CREDENTIAL_REQUEST_OPTIONS"))?,
            )
        }
    };
    let username = parameters.remove("USERNAME").or_else(|| parameters.remove("USER_ID_FOR_SRP"));
    Ok(Authentication::Challenge(Challenge { kind, session, username }))
}

fn code(source: CodeSource, parameters: &mut HashMap<String, String>) -> ChallengeKind {
    let destination = parameters.remove("CODE_DELIVERY_DESTINATION");
    let delivery_medium = parameters.remove("CODE_DELIVERY_DELIVERY_MEDIUM");
    let was_sent = destination.is_some() || delivery_medium.is_some();
    let delivery = was_sent.then_some(Delivery { destination, delivery_medium, attribute_name: None });
    ChallengeKind::Code { source, delivery }
}

/// Elements of `factors` that Cognito offers, or `None` if there are none.
fn choices(factors: &[Factor], names: impl IntoIterator<Item = impl AsRef<str>>) -> Option<Vec<Factor>> {
    Some(Factor::among(factors, names)).filter(|choices| !choices.is_empty())
}

/// Parses a JSON list of strings.
fn list(list: Option<&String>) -> Vec<String> {
    list.and_then(|list| serde_json::from_str(list).ok()).unwrap_or_default()
}

/// Names of standard attributes in a list such as `["userAttributes.name"]`.
fn required_attributes(names: Option<&String>) -> Vec<String> {
    list(names)
        .iter()
        .filter_map(|name| name.strip_prefix(ATTRIBUTE_PREFIX))
        .filter(|name| STANDARD_ATTRIBUTES.contains(name))
        .map(str::to_owned)
        .collect()
}
