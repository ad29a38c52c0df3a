//! Parsing of events into requests.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, header};
use secrecy::SecretString;

use super::{event::Event, service::Service};
use crate::model::{
    caller::Caller,
    client_context::ClientContext,
    error::{Error, Problem},
    fields::{Fields, is_absent},
    refresh_cookie::RefreshCookieSettings,
    requests::RequestBody,
    user::ServiceSettings,
    username::Username,
};

/// Larger than any valid request: tokens are the largest fields, and Cognito's tokens are below 8 KiB.
const MAX_BODY_SIZE: usize = 16 * 1024;

/// U+FEFF in UTF-8, which some clients send before the JSON.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Request to a public route.
#[derive(Debug)]
pub struct Request<B> {
    /// Body.
    pub body: B,
    /// Bearer token, not verified.
    pub bearer_token: Option<SecretString>,
    /// Cookie with a refresh token.
    pub refresh_cookie: RefreshCookie,
    /// Client and address.
    pub client_context: ClientContext,
}

/// Refresh token in a cookie, if the deployment allows that.
#[derive(Debug, Default)]
pub struct RefreshCookie {
    is_enabled: bool,
    token: Option<SecretString>,
    is_origin_allowed: bool,
}

impl RefreshCookie {
    fn of(event: &Event, settings: &RefreshCookieSettings) -> Self {
        let is_origin_allowed = event
            .origin()
            .is_some_and(|origin| settings.allowed_origins.iter().any(|allowed| allowed == origin));
        Self { is_enabled: true, token: event.refresh_cookie(), is_origin_allowed }
    }

    /// The token, if there is one. The cookie is `SameSite=Strict`, but another origin of the same site sends it too.
    ///
    /// # Errors
    ///
    /// [`Error::OriginNotAllowed`] if the request is not from a page of the deployment.
    pub fn token(self) -> Result<Option<SecretString>, Error> {
        match self.token {
            Some(_) if !self.is_origin_allowed => Err(Error::OriginNotAllowed),
            token => Ok(token),
        }
    }

    /// The token, for a body without the field `refresh_token`.
    ///
    /// # Errors
    ///
    /// As [`RefreshCookie::token`]; [`Error::Unauthenticated`] without a cookie; [`Error::InvalidField`] if the
    /// deployment has no cookies, so that the field is required.
    pub fn required_token(self) -> Result<SecretString, Error> {
        let missing = if self.is_enabled {
            Error::Unauthenticated(None)
        } else {
            Error::InvalidField { field: "refresh_token", problem: Problem::Required }
        };
        self.token()?.ok_or(missing)
    }
}

/// Request to a public route without a body.
#[derive(Debug)]
pub struct Anonymous;

/// Request to a bearer route without a body.
#[derive(Debug)]
pub struct Identified {
    /// Caller.
    pub caller: Caller,
}

/// Request to a bearer route.
#[derive(Debug)]
pub struct SignedIn<B> {
    /// Caller.
    pub caller: Caller,
    /// Body.
    pub body: B,
}

/// Request to a bearer route that requires a recent sign-in.
#[derive(Debug)]
pub struct SignedInRecently<B> {
    /// Caller.
    pub caller: Caller,
    /// Body.
    pub body: B,
}

/// Request that is parsed from an event.
pub trait FromEvent: Sized + Send {
    /// Parses `event`, and authenticates the caller if the route requires it.
    fn from_event(event: &Event, service: &Service) -> impl Future<Output = Result<Self, Error>> + Send;

    /// Username in the request, for the audit line.
    fn username(&self) -> Option<&Username> {
        None
    }

    /// Name of the challenge that the request answers, for the audit line.
    fn challenge_name(&self) -> Option<&'static str> {
        None
    }

    /// Authenticated caller, for the audit line.
    fn caller(&self) -> Option<&Caller> {
        None
    }
}

impl FromEvent for Anonymous {
    async fn from_event(_: &Event, _: &Service) -> Result<Self, Error> {
        Ok(Self)
    }
}

/// For public routes.
impl<B: RequestBody + Send> FromEvent for Request<B> {
    /// # Errors
    ///
    /// In this order: [`Error::BodyTooLarge`], [`Error::UnsupportedMediaType`], [`Error::InvalidField`],
    /// [`Error::OriginNotAllowed`].
    async fn from_event(event: &Event, service: &Service) -> Result<Self, Error> {
        let body: B = read_body(event, &service.settings)?;
        let settings = service.settings.refresh_cookie.as_ref();
        let refresh_cookie = settings.map(|settings| RefreshCookie::of(event, settings));
        if body.wants_cookie() {
            match &refresh_cookie {
                None => return Err(Error::InvalidField { field: "cookie", problem: Problem::NotEnabled }),
                Some(cookie) if !cookie.is_origin_allowed => return Err(Error::OriginNotAllowed),
                Some(_) => {}
            }
        }
        Ok(Self {
            body,
            bearer_token: bearer_token(&event.headers),
            refresh_cookie: refresh_cookie.unwrap_or_default(),
            client_context: client_context(event),
        })
    }

    fn username(&self) -> Option<&Username> {
        self.body.username()
    }

    fn challenge_name(&self) -> Option<&'static str> {
        self.body.challenge_name()
    }
}

/// For bearer routes without a body.
impl FromEvent for Identified {
    /// # Errors
    ///
    /// [`Error::Unauthenticated`], or [`Error::Unavailable`] if the key set cannot be fetched.
    async fn from_event(event: &Event, service: &Service) -> Result<Self, Error> {
        Ok(Self { caller: caller(event, service).await? })
    }

    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
}

/// For bearer routes. The caller is authenticated before the body is parsed.
impl<B: RequestBody + Send> FromEvent for SignedIn<B> {
    /// # Errors
    ///
    /// Those of [`Identified`], then those of [`Request`].
    async fn from_event(event: &Event, service: &Service) -> Result<Self, Error> {
        Ok(Self { caller: caller(event, service).await?, body: read_body(event, &service.settings)? })
    }

    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
}

/// For routes that change factors or passkeys. These require a recent sign-in, so that a stolen token does not suffice
/// (OWASP's cheat sheet on multi-factor authentication; amplify-js#804).
impl<B: RequestBody + Send> FromEvent for SignedInRecently<B> {
    /// # Errors
    ///
    /// Those of [`Identified`], [`Error::ReauthenticationRequired`], then those of [`Request`].
    async fn from_event(event: &Event, service: &Service) -> Result<Self, Error> {
        let caller = caller(event, service).await?;
        let signed_in_at = UNIX_EPOCH + Duration::from_secs(caller.auth_time);
        // If Cognito's clock is ahead, the sign-in is in the future.
        let ago = SystemTime::now().duration_since(signed_in_at).unwrap_or_default();
        if ago > service.settings.reauthentication {
            return Err(Error::ReauthenticationRequired);
        }
        Ok(Self { caller, body: read_body(event, &service.settings)? })
    }

    fn caller(&self) -> Option<&Caller> {
        Some(&self.caller)
    }
}

async fn caller(event: &Event, service: &Service) -> Result<Caller, Error> {
    let token = bearer_token(&event.headers).ok_or(Error::Unauthenticated(None))?;
    service.verifier.verify(token).await
}

fn client_context(event: &Event) -> ClientContext {
    ClientContext {
        source_ip: event.source_ip(),
        server_name: event.domain_name.clone().unwrap_or_default(),
        path: event.path.clone().unwrap_or_default(),
        headers: Arc::clone(&event.headers),
    }
}

fn read_body<B: RequestBody>(event: &Event, settings: &ServiceSettings) -> Result<B, Error> {
    let body = event.body()?;
    if body.len() > MAX_BODY_SIZE {
        return Err(Error::BodyTooLarge);
    }
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let is_null = !body.is_empty() && is_absent(body);
    let fields = if B::is_body_optional(settings) && is_absent(body) {
        Fields::default()
    } else if is_null || is_declared_as_json(&event.headers) {
        Fields::parse(body)?
    } else {
        return Err(Error::UnsupportedMediaType);
    };
    B::from_fields(&fields)
}

/// The token of an `Authorization` header with the scheme `Bearer`, whose name has no case: RFC 9110, section 11.1.
fn bearer_token(headers: &HeaderMap) -> Option<SecretString> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| SecretString::from(token))
}

/// True if every media type that the headers list is `application/json`, in any case and with any parameters: JSON has
/// but one encoding (RFC 8259, section 8.1). API Gateway joins headers of one name with commas.
fn is_declared_as_json(headers: &HeaderMap) -> bool {
    let mut is_declared = false;
    for value in headers.get_all(header::CONTENT_TYPE) {
        let Ok(value) = value.to_str() else { return false };
        for media_type in
            split_unquoted(value, ',').map(str::trim).filter(|media_type| !media_type.is_empty())
        {
            let essence = media_type.split(';').next().unwrap_or_default();
            if !essence.trim().eq_ignore_ascii_case("application/json") {
                return false;
            }
            is_declared = true;
        }
    }
    is_declared
}

/// The parts of a header's value between `separator`s that are not in a quoted string: RFC 9110, section 5.6.4.
fn split_unquoted(value: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    value.split(move |character| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match character {
            '"' if !was_escaped => is_quoted = !is_quoted,
            '\\' if is_quoted && !was_escaped => is_escaped = true,
            _ => {}
        }
        character == separator && !is_quoted
    })
}
