//! Arbitrary status, header and body as Cognito's response to each operation, through the real SDK.
//!
//! The first byte selects the operation, the next two the status. Then follow the header `x-amzn-errortype`, up to a line
//! feed, and the body. An error response may contain the name of Cognito's exception and nothing else of its response.
//! The log may not contain its tokens. Each response is sent as it is, and with a canary in each secret.

use std::sync::Arc;

use serde_json::Value;
use shared::{
    Caller, ChallengeAnswer, CodeSent, Done, Error, Factor, Factors, LogoutRequest, MfaPreference,
    PasskeyOptions, Passkeys, Profile, Request, SecretString, Service, SignIn, Tokens, Totp, TotpSecret,
    Username,
    testing::{Authentication, ClientContext, ResponseBody},
};
use test_support::{CognitoResponse, ReplayedCognito, canary::plant_in_response, event_with};

/// Maximum length of a name of an exception or a challenge in a response.
const MAX_NAME_LENGTH: usize = 64;

/// Exception of Cognito.
struct Exception {
    name: String,
    message: String,
}

/// Subject of an exception in addition to the request.
#[derive(Clone, Copy, PartialEq)]
enum Operation {
    /// Nothing.
    Public,
    /// A user who is unknown to the migration trigger of the pool.
    SignIn,
    /// The access token.
    Bearer,
    /// The access token or the current password.
    BearerAndPassword,
    /// The access token, or an attribute that the app client does not let users write.
    BearerAndAttributes,
}

/// Checks `bytes`. Returns false for input that the corpus does not need.
pub fn run(bytes: &[u8]) -> bool {
    let [operation, high, low, rest @ ..] = bytes else { return false };
    // The HTTP client passes final statuses only.
    let status = 200 + u16::from_be_bytes([*high, *low]) % 400;
    let end_of_header = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (header, body) = rest.split_at(end_of_header);
    let body = body.get(1..).unwrap_or_default();
    let error_type = std::str::from_utf8(header).ok().filter(|name| is_header_value(name));
    let exception = if error_type.is_none() && status >= 400 { exception_in(body) } else { None };
    let planted = std::str::from_utf8(body).ok().and_then(plant_in_response);
    for body in [Some(body.to_vec()), planted.map(String::into_bytes)].into_iter().flatten() {
        let response = CognitoResponse::bytes(status, body).with_error_type(error_type.map(str::to_owned));
        OPERATIONS[usize::from(*operation) % OPERATIONS.len()](response, exception.as_ref());
    }
    true
}

/// All methods of the adapter, and each path through `answer_challenge`. New entries go to the end, because the corpus
/// contains their positions.
const OPERATIONS: [fn(CognitoResponse, Option<&Exception>); 30] = [
    |response, raised| check(response, raised, Operation::SignIn, sign_in),
    |response, raised| check(response, raised, Operation::Public, complete_password_change),
    |response, raised| check(response, raised, Operation::Public, refresh),
    |response, raised| check(response, raised, Operation::Public, revoke),
    |response, raised| check(response, raised, Operation::Bearer, sign_out_everywhere),
    |response, raised| check(response, raised, Operation::Public, send_reset_code),
    |response, raised| check(response, raised, Operation::Public, reset_password),
    |response, raised| check(response, raised, Operation::BearerAndPassword, change_password),
    |response, raised| check(response, raised, Operation::Bearer, user),
    |response, raised| check(response, raised, Operation::Public, set_up_totp_during_sign_in),
    |response, raised| check(response, raised, Operation::Public, first_totp_code_during_sign_in),
    |response, raised| check(response, raised, Operation::Bearer, factors),
    |response, raised| check(response, raised, Operation::Bearer, totp_secret),
    |response, raised| check(response, raised, Operation::Bearer, verify_totp),
    |response, raised| check(response, raised, Operation::Bearer, set_mfa_preference),
    |response, raised| check(response, raised, Operation::Public, sign_up),
    |response, raised| check(response, raised, Operation::Public, confirm_sign_up),
    |response, raised| check(response, raised, Operation::Public, resend_code),
    |response, raised| check(response, raised, Operation::SignIn, start_sign_in),
    |response, raised| check(response, raised, Operation::Bearer, preferred_second_factor),
    |response, raised| check(response, raised, Operation::Bearer, start_passkey),
    |response, raised| check(response, raised, Operation::Bearer, complete_passkey),
    |response, raised| check(response, raised, Operation::Bearer, passkeys),
    |response, raised| check(response, raised, Operation::Bearer, delete_passkey),
    |response, raised| check(response, raised, Operation::Public, end_all_sessions),
    |response, raised| check(response, raised, Operation::BearerAndAttributes, change_email),
    |response, raised| check(response, raised, Operation::Bearer, send_email_code),
    |response, raised| check(response, raised, Operation::Bearer, verify_email),
    |response, raised| check(response, raised, Operation::Bearer, delete_user),
    // Not part of Cognito's API, and without exceptions.
    |response, _| check(response, None, Operation::Public, exchange_code),
];

fn is_header_value(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// Exception in a body that has a name and a message and nothing else.
fn exception_in(body: &[u8]) -> Option<Exception> {
    let Value::Object(members) = serde_json::from_slice(body).ok()? else { return None };
    let text = |member: &str| members.get(member).and_then(Value::as_str).map(str::to_owned);
    let exception = Exception { name: text("__type")?, message: text("message")? };
    (members.len() == 2 && is_name(&exception.name)).then_some(exception)
}

/// Status and detail for an exception on a route without its own mappings, by section 3 of the contract. `None` if the
/// message has two subjects or quotes its subject.
fn expected(Exception { name, message }: &Exception, operation: Operation) -> Option<(u16, String)> {
    let error = |status, name: &str| Some((status, format!("Refused: {name}")));
    let is_word = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let trigger = message.split_once(" failed with error").map(|(trigger, _)| trigger.trim()).filter(is_word);
    let message = message.to_ascii_lowercase();
    let is_about = |subjects: &[&str]| subjects.iter().any(|words| message.contains(words));
    let is_about_secret = is_about(&["secret hash", "secret_hash", "secrethash", "client secret"]);
    let is_about_token = is_about(&["access token", "user is disabled"]);
    let is_about_another = is_about(&["attempts exceeded", "has expired", "not permitted"]);
    let is_about_attribute = is_about(&["write unauthorized attribute"]);
    let is_bearer = !matches!(operation, Operation::Public | Operation::SignIn);
    match name.as_str() {
        "ServiceUnavailableException" | "ServiceUnavailable" => {
            Some((503, "Failed: identity provider unavailable".to_owned()))
        }
        "NotAuthorizedException" | "UserLambdaValidationException"
            if operation == Operation::SignIn
                && trigger.is_some_and(|trigger| trigger.eq_ignore_ascii_case("UserMigration")) =>
        {
            error(401, "NotAuthorizedException")
        }
        "NotAuthorizedException" if trigger.is_some() => error(403, "UserLambdaValidationException"),
        "NotAuthorizedException" | "InvalidParameterException" | "UnauthorizedException"
            if is_about_secret =>
        {
            let is_quoted = message.contains(['\'', '"', '`']);
            (!is_quoted).then(|| (500, "Failed: internal error".to_owned()))
        }
        "UserNotFoundException" if is_bearer => Some((401, "Invalid token".to_owned())),
        "NotAuthorizedException" if operation == Operation::Bearer => Some((401, "Invalid token".to_owned())),
        "NotAuthorizedException" if operation == Operation::BearerAndAttributes => {
            (!is_about_attribute).then(|| (401, "Invalid token".to_owned()))
        }
        "NotAuthorizedException" if is_bearer && is_about_token => {
            (!is_about_another).then(|| (401, "Invalid token".to_owned()))
        }
        "NotAuthorizedException" | "UserNotFoundException" => error(401, "NotAuthorizedException"),
        "ForbiddenException"
        | "PasswordResetRequiredException"
        | "UserLambdaValidationException"
        | "UserNotConfirmedException" => error(403, name),
        "AliasExistsException" | "InvalidParameterException" => error(400, name),
        "ConcurrentModificationException"
        | "LimitExceededException"
        | "ThrottlingException"
        | "TooManyFailedAttemptsException"
        | "TooManyRequestsException" => error(429, name),
        "CodeDeliveryFailureException" => Some((503, "Verification code could not be sent".to_owned())),
        _ => error(500, name),
    }
}

fn check<T, F, A>(
    cognito_response: CognitoResponse,
    raised: Option<&Exception>,
    operation: Operation,
    function: F,
) where
    T: ResponseBody + 'static,
    F: Fn(Arc<Service>, EmptyRequest) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<T, Error>> + Send,
{
    // Twice, because some calls are retried.
    let cognito = ReplayedCognito::new([cognito_response.clone(), cognito_response]).with_arbitrary_input();
    let response = cognito.call(&crate::ROUTE, function, event_with(&crate::ROUTE, &[], ""));
    // The corpus has messages of exceptions with addresses, which must be redacted.
    assert!(!response.log().contains("@igad.int"), "an address is in the log: {}", response.log());
    if response.status() != 200 {
        let (_, detail, error_type) = response.error();
        assert!(is_name(error_type), "{error_type:?}");
        assert!(is_known_detail(&detail), "{detail:?}");
    }
    if let Some((status, expected_detail)) = raised.and_then(|exception| expected(exception, operation)) {
        let (actual_status, detail, _) = response.error();
        assert_eq!((actual_status, detail), (status, expected_detail));
    }
}

fn is_name(text: &str) -> bool {
    (1..=MAX_NAME_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_known_detail(detail: &str) -> bool {
    let challenge = || detail.strip_prefix("Refused: challenge ")?.strip_suffix(" is not supported");
    let details = [
        "Invalid token",
        "Failed: internal error",
        "Failed: identity provider unavailable",
        "Verification code could not be sent",
    ];
    details.contains(&detail)
        || challenge().is_some_and(is_name)
        || detail.strip_prefix("Refused: ").is_some_and(is_name)
}

/// A request with an empty body.
type EmptyRequest = Request<LogoutRequest>;

fn username() -> Result<Username, Error> {
    Username::parse("someone").ok_or_else(|| Error::internal("a name"))
}

fn secret() -> SecretString {
    SecretString::from("secret")
}

fn caller() -> Result<Caller, Error> {
    Ok(Caller {
        sub: "b7d8f6e4-0001".to_owned(),
        username: username()?,
        access_token: secret(),
        groups: Vec::new(),
        auth_time: 0,
    })
}

fn signed_in(service: &Service, authentication: Authentication) -> Result<SignIn, Error> {
    Ok(SignIn::new(authentication, &username()?, &service.settings))
}

async fn respond_to_challenge(
    service: Arc<Service>,
    request: EmptyRequest,
    answer: ChallengeAnswer,
) -> Result<SignIn, Error> {
    let authentication =
        service.cognito.answer_challenge(&username()?, &secret(), answer, &request.client_context).await?;
    signed_in(&service, authentication)
}

async fn sign_in(service: Arc<Service>, request: EmptyRequest) -> Result<SignIn, Error> {
    let authentication = service.cognito.sign_in(&username()?, &secret(), &request.client_context).await?;
    signed_in(&service, authentication)
}

async fn start_sign_in(service: Arc<Service>, request: EmptyRequest) -> Result<SignIn, Error> {
    let authentication =
        service.cognito.start_sign_in(&username()?, Some(Factor::WebAuthn), &request.client_context).await?;
    signed_in(&service, authentication)
}

async fn complete_password_change(service: Arc<Service>, request: EmptyRequest) -> Result<SignIn, Error> {
    let (username, session, client_context) = (username()?, secret(), &request.client_context);
    let authentication = service
        .cognito
        .answer_new_password(&username, &session, secret(), Vec::new(), client_context)
        .await?;
    signed_in(&service, authentication)
}

async fn set_up_totp_during_sign_in(service: Arc<Service>, request: EmptyRequest) -> Result<SignIn, Error> {
    respond_to_challenge(service, request, ChallengeAnswer::SetUpTotp { account: None }).await
}

async fn first_totp_code_during_sign_in(
    service: Arc<Service>,
    request: EmptyRequest,
) -> Result<SignIn, Error> {
    respond_to_challenge(
        service,
        request,
        ChallengeAnswer::FirstTotpCode { code: secret(), device_name: None },
    )
    .await
}

async fn factors(service: Arc<Service>, _: EmptyRequest) -> Result<Factors, Error> {
    service.cognito.factors(&caller()?).await
}

async fn preferred_second_factor(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.preferred_second_factor(&caller()?).await?;
    Ok(Done::new("Preferred"))
}

async fn totp_secret(service: Arc<Service>, _: EmptyRequest) -> Result<Totp, Error> {
    let secret = service.cognito.totp_secret(&caller()?).await?;
    Ok(Totp::new(TotpSecret { secret, account: None }, &username()?, "issuer"))
}

async fn verify_totp(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.verify_totp(&caller()?, &secret(), None).await?;
    Ok(Done::new("Verified"))
}

async fn set_mfa_preference(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.set_mfa_preference(&caller()?, Factor::EmailOtp, MfaPreference::Preferred).await?;
    Ok(Done::new("Switched"))
}

async fn sign_up(service: Arc<Service>, request: EmptyRequest) -> Result<Done, Error> {
    service.cognito.sign_up(&username()?, &secret(), None, &request.client_context).await?;
    Ok(Done::new("Signed up"))
}

async fn confirm_sign_up(service: Arc<Service>, request: EmptyRequest) -> Result<Done, Error> {
    service.cognito.confirm_sign_up(&username()?, &secret(), &request.client_context).await?;
    Ok(Done::new("Confirmed"))
}

async fn resend_code(service: Arc<Service>, request: EmptyRequest) -> Result<Done, Error> {
    service.cognito.resend_code(&username()?, &request.client_context).await?;
    Ok(Done::new("Sent again"))
}

async fn refresh(service: Arc<Service>, _: EmptyRequest) -> Result<Tokens, Error> {
    Ok(Tokens::new(service.cognito.refresh(&secret()).await?, None, &service.settings))
}

async fn exchange_code(service: Arc<Service>, _: EmptyRequest) -> Result<Tokens, Error> {
    let (domain, redirect_uri) = ("https://sign-in.example.org", "https://app.example.org/signed-in");
    let tokens = service.cognito.exchange_code(domain, &secret(), &secret(), redirect_uri).await?;
    Ok(Tokens::new(tokens, None, &service.settings))
}

async fn revoke(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.revoke(&secret()).await.map(|()| Done::new("Revoked"))
}

async fn sign_out_everywhere(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.sign_out_everywhere(&secret()).await.map(|()| Done::new("Signed out"))
}

async fn end_all_sessions(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.end_all_sessions(&username()?).await.map(|()| Done::new("Signed out"))
}

async fn send_reset_code(service: Arc<Service>, _: EmptyRequest) -> Result<CodeSent, Error> {
    let delivery = service.cognito.send_reset_code(&username()?, &ClientContext::default()).await?;
    Ok(CodeSent::new("Sent", delivery))
}

async fn reset_password(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.reset_password(&username()?, &secret(), &secret(), &ClientContext::default()).await?;
    Ok(Done::new("Reset"))
}

async fn change_password(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.change_password(&caller()?, &secret(), &secret()).await?;
    Ok(Done::new("Changed"))
}

async fn user(service: Arc<Service>, _: EmptyRequest) -> Result<Profile, Error> {
    let attributes = service.cognito.user(&caller()?).await?;
    Ok(service.settings.profile(attributes, &[]))
}

async fn start_passkey(service: Arc<Service>, _: EmptyRequest) -> Result<PasskeyOptions, Error> {
    let passkey = service.cognito.start_passkey(&caller()?).await?;
    Ok(PasskeyOptions { passkey })
}

async fn complete_passkey(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.complete_passkey(&caller()?, &SecretString::from("{}")).await?;
    Ok(Done::new("Added"))
}

async fn passkeys(service: Arc<Service>, _: EmptyRequest) -> Result<Passkeys, Error> {
    let passkeys = service.cognito.passkeys(&caller()?).await?;
    Ok(Passkeys { passkeys })
}

async fn delete_passkey(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.delete_passkey(&caller()?, "a credential").await?;
    Ok(Done::new("Removed"))
}

async fn change_email(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.change_email(&caller()?, &secret()).await?;
    Ok(Done::new("Sent"))
}

async fn send_email_code(service: Arc<Service>, _: EmptyRequest) -> Result<CodeSent, Error> {
    Ok(CodeSent::to_signed_in("Sent", service.cognito.send_email_code(&caller()?).await?, None))
}

async fn verify_email(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.verify_email(&caller()?, &secret()).await?;
    Ok(Done::new("Verified"))
}

async fn delete_user(service: Arc<Service>, _: EmptyRequest) -> Result<Done, Error> {
    service.cognito.delete_user(&caller()?).await?;
    Ok(Done::new("Deleted"))
}
