//! Any status, header and body as Cognito's reply to each operation, through the real SDK.
//!
//! The first byte chooses the operation, the next two the status. Then follow the header in which
//! AWS names an exception, up to a line feed, and the body. No more of a reply may reach the client
//! of a request that failed than an exception's name, and none of its tokens the log. Each reply is given as it is, and
//! with a canary in each secret.
use std::sync::Arc;

use serde_json::Value;
use shared::{
    Caller, ChallengeAnswer, CodeSent, Done, Error, Factor, Factors, LogoutRequest, MfaPreference,
    PasskeyOptions, Passkeys, Profile, Request, SecretString, Service, SignIn, Tokens, Totp, TotpSecret,
    Username,
    testing::{Authentication, ClientContext, ResponseBody},
};
use test_support::{ReplayedCognito, Reply, canary::plant_in_response, event_with};

/// The longest name of an exception or a challenge that a client is told.
const LONGEST_NAME: usize = 64;

/// An exception as Cognito raises it.
struct Exception {
    name: String,
    message: String,
}

/// What an exception can be about besides the request.
#[derive(Clone, Copy, PartialEq)]
enum Operation {
    /// Nothing.
    Public,
    /// A user whom the pool's migration trigger does not know.
    SignIn,
    /// The access token.
    Bearer,
    /// The access token or the current password.
    BearerAndPassword,
}

/// Checks `bytes`. False if they are not worth keeping in the corpus.
pub fn run(bytes: &[u8]) -> bool {
    let [operation, high, low, rest @ ..] = bytes else { return false };
    // Nobody but a final status gets past the HTTP client.
    let status = 200 + u16::from_be_bytes([*high, *low]) % 400;
    let end_of_header = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (header, body) = rest.split_at(end_of_header);
    let body = body.get(1..).unwrap_or_default();
    let error_type = std::str::from_utf8(header).ok().filter(|name| is_header_value(name));
    let exception = if error_type.is_none() && status >= 400 { exception_in(body) } else { None };
    let planted = std::str::from_utf8(body).ok().and_then(plant_in_response);
    for body in [Some(body.to_vec()), planted.map(String::into_bytes)].into_iter().flatten() {
        let reply = Reply::bytes(status, body).with_error_type(error_type.map(str::to_owned));
        OPERATIONS[usize::from(*operation) % OPERATIONS.len()](reply, exception.as_ref());
    }
    true
}

/// All methods of the adapter, and of `answer_challenge` each way through it. What is new goes to the end: the corpus
/// chooses by the place.
const OPERATIONS: [fn(Reply, Option<&Exception>); 25] = [
    |reply, raised| check(reply, raised, Operation::SignIn, sign_in),
    |reply, raised| check(reply, raised, Operation::Public, complete_password_change),
    |reply, raised| check(reply, raised, Operation::Public, refresh),
    |reply, raised| check(reply, raised, Operation::Public, revoke),
    |reply, raised| check(reply, raised, Operation::Bearer, sign_out_everywhere),
    |reply, raised| check(reply, raised, Operation::Public, send_reset_code),
    |reply, raised| check(reply, raised, Operation::Public, reset_password),
    |reply, raised| check(reply, raised, Operation::BearerAndPassword, change_password),
    |reply, raised| check(reply, raised, Operation::Bearer, user),
    |reply, raised| check(reply, raised, Operation::Public, set_up_totp_within_a_sign_in),
    |reply, raised| check(reply, raised, Operation::Public, first_totp_code_within_a_sign_in),
    |reply, raised| check(reply, raised, Operation::Bearer, factors),
    |reply, raised| check(reply, raised, Operation::Bearer, totp_secret),
    |reply, raised| check(reply, raised, Operation::Bearer, verify_totp),
    |reply, raised| check(reply, raised, Operation::Bearer, set_mfa_preference),
    |reply, raised| check(reply, raised, Operation::Public, sign_up),
    |reply, raised| check(reply, raised, Operation::Public, confirm_sign_up),
    |reply, raised| check(reply, raised, Operation::Public, resend_code),
    |reply, raised| check(reply, raised, Operation::SignIn, start_sign_in),
    |reply, raised| check(reply, raised, Operation::Bearer, preferred_second_factor),
    |reply, raised| check(reply, raised, Operation::Bearer, start_passkey),
    |reply, raised| check(reply, raised, Operation::Bearer, complete_passkey),
    |reply, raised| check(reply, raised, Operation::Bearer, passkeys),
    |reply, raised| check(reply, raised, Operation::Bearer, delete_passkey),
    |reply, raised| check(reply, raised, Operation::Public, end_all_sessions),
];

fn is_header_value(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// The exception in the body of a reply that holds a name and a message alone.
fn exception_in(body: &[u8]) -> Option<Exception> {
    let Value::Object(members) = serde_json::from_slice(body).ok()? else { return None };
    let text = |member: &str| members.get(member).and_then(Value::as_str).map(str::to_owned);
    let exception = Exception { name: text("__type")?, message: text("message")? };
    (members.len() == 2 && is_name(&exception.name)).then_some(exception)
}

/// The status and the sentence for an exception, by the contract's section 3: of a route without mappings of its own.
/// `None` if the message is about two things, or quotes what it is about.
fn expected(Exception { name, message }: &Exception, operation: Operation) -> Option<(u16, String)> {
    let refused = |status, name: &str| Some((status, format!("Refused: {name}")));
    let is_word = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let trigger = message.split_once(" failed with error").map(|(trigger, _)| trigger.trim()).filter(is_word);
    let message = message.to_ascii_lowercase();
    let is_about = |subjects: &[&str]| subjects.iter().any(|words| message.contains(words));
    let is_about_secret = is_about(&["secret hash", "secret_hash", "secrethash", "client secret"]);
    let is_about_token = is_about(&["access token", "user is disabled"]);
    let is_about_another = is_about(&["attempts exceeded", "has expired", "not permitted"]);
    let is_bearer = matches!(operation, Operation::Bearer | Operation::BearerAndPassword);
    match name.as_str() {
        "ServiceUnavailableException" | "ServiceUnavailable" => {
            Some((503, "Failed: identity provider unavailable".to_owned()))
        }
        "NotAuthorizedException" | "UserLambdaValidationException"
            if operation == Operation::SignIn
                && trigger.is_some_and(|trigger| trigger.eq_ignore_ascii_case("UserMigration")) =>
        {
            refused(401, "NotAuthorizedException")
        }
        "NotAuthorizedException" if trigger.is_some() => refused(403, "UserLambdaValidationException"),
        "NotAuthorizedException" | "InvalidParameterException" | "UnauthorizedException"
            if is_about_secret =>
        {
            let is_quoted = message.contains(['\'', '"', '`']);
            (!is_quoted).then(|| (500, "Failed: internal error".to_owned()))
        }
        "UserNotFoundException" if is_bearer => Some((401, "Invalid token".to_owned())),
        "NotAuthorizedException" if operation == Operation::Bearer => Some((401, "Invalid token".to_owned())),
        "NotAuthorizedException" if is_bearer && is_about_token => {
            (!is_about_another).then(|| (401, "Invalid token".to_owned()))
        }
        "NotAuthorizedException" | "UserNotFoundException" => refused(401, "NotAuthorizedException"),
        "ForbiddenException"
        | "PasswordResetRequiredException"
        | "UserLambdaValidationException"
        | "UserNotConfirmedException" => refused(403, name),
        "AliasExistsException" | "InvalidParameterException" => refused(400, name),
        "ConcurrentModificationException"
        | "LimitExceededException"
        | "ThrottlingException"
        | "TooManyFailedAttemptsException"
        | "TooManyRequestsException" => refused(429, name),
        "CodeDeliveryFailureException" => Some((503, "Verification code could not be sent".to_owned())),
        _ => refused(500, name),
    }
}

fn check<T, F, A>(reply: Reply, raised: Option<&Exception>, operation: Operation, function: F)
where
    T: ResponseBody + 'static,
    F: Fn(Arc<Service>, EmptyRequest) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<T, Error>> + Send,
{
    // Twice, for a call that is repeated.
    let cognito = ReplayedCognito::answering([reply.clone(), reply]).with_arbitrary_input();
    let answer = cognito.call(&crate::ROUTE, function, event_with(&crate::ROUTE, &[], ""));
    // The corpus has messages of exceptions with addresses, which must be redacted.
    assert!(!answer.log().contains("@igad.int"), "an address is in the log: {}", answer.log());
    if answer.status() != 200 {
        let (_, detail, error_type) = answer.error();
        assert!(is_name(error_type), "{error_type:?}");
        assert!(is_sentence_of_ours(&detail), "{detail:?}");
    }
    if let Some((status, sentence)) = raised.and_then(|exception| expected(exception, operation)) {
        let (answered, detail, _) = answer.error();
        assert_eq!((answered, detail), (status, sentence));
    }
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_sentence_of_ours(detail: &str) -> bool {
    let challenge = || detail.strip_prefix("Refused: challenge ")?.strip_suffix(" is not supported");
    let sentences = [
        "Invalid token",
        "Failed: internal error",
        "Failed: identity provider unavailable",
        "Verification code could not be sent",
    ];
    sentences.contains(&detail)
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

async fn answered(
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

async fn set_up_totp_within_a_sign_in(service: Arc<Service>, request: EmptyRequest) -> Result<SignIn, Error> {
    answered(service, request, ChallengeAnswer::SetUpTotp { account: None }).await
}

async fn first_totp_code_within_a_sign_in(
    service: Arc<Service>,
    request: EmptyRequest,
) -> Result<SignIn, Error> {
    answered(service, request, ChallengeAnswer::FirstTotpCode { code: secret(), device_name: None }).await
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
