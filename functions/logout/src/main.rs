//! `POST /api/auth/logout`: ends this session, or all sessions of a user.

use std::{process::ExitCode, sync::Arc};

use shared::{
    Error, ErrorMapping, LoggedOut, LogoutRequest, Request, Route, SecretString, Service, StatusCode,
};

const LOGOUT: Route = Route {
    name: "logout",
    error_prefix: "Logout error",
    failure_prefix: "Logout failed",
    error_mappings: &[
        // Not a refresh token, or one of another app client. Clients do not see this response, but it must not count as
        // a failure of Cognito.
        ErrorMapping::prefixed(
            &["UnauthorizedException", "UnsupportedTokenTypeException"],
            StatusCode::BAD_REQUEST,
        ),
    ],
};

fn main() -> ExitCode {
    shared::serve(&LOGOUT, logout)
}

/// Signs the user out, and returns 200 whatever the state of their tokens. The log has the errors.
async fn logout(service: Arc<Service>, request: Request<LogoutRequest>) -> Result<LoggedOut, Error> {
    let LogoutRequest { refresh_token, everywhere, redirect_uri } = request.body;
    // A page of another origin leaves the cookie as it is.
    let cookie_token = request.refresh_cookie.token().ok().flatten();
    let has_cookie = cookie_token.is_some();
    let mut refresh_tokens: Vec<SecretString> = refresh_token.into_iter().chain(cookie_token).collect();
    let mut errors = Vec::new();
    let mut subject = None;
    // Before the refresh token is revoked, since Cognito then rejects the access token that came with it:
    // https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html
    if everywhere {
        let mut outcome = sign_out_everywhere(&service, request.bearer_token).await;
        if let (Err(Error::Unauthenticated(_)), Some(refresh_token)) = (&outcome, refresh_tokens.first()) {
            outcome = match service.cognito.refresh(refresh_token).await {
                Ok(tokens) => {
                    refresh_tokens.extend(tokens.refresh_token);
                    let signed_out = service.cognito.sign_out_everywhere(&tokens.access_token).await;
                    signed_out.map(|()| tokens.claims.sub)
                }
                Err(error) => Err(error),
            };
        }
        match outcome {
            Ok(sub) => subject = Some(sub),
            Err(error) => errors.push(error),
        }
    }
    for refresh_token in &refresh_tokens {
        errors.extend(service.cognito.revoke(refresh_token).await.err());
    }
    let logout_url = redirect_uri.and_then(|redirect_uri| {
        service.settings.federation.logout_url(service.cognito.client_id(), &redirect_uri)
    });
    let logged_out = LoggedOut::new(subject, errors).with_logout_url(logout_url);
    Ok(if has_cookie { logged_out.clearing_cookie() } else { logged_out })
}

/// Ends all sessions of the user whom the bearer token names, and returns the user's id.
async fn sign_out_everywhere(service: &Service, token: Option<SecretString>) -> Result<String, Error> {
    let caller = service.verifier.verify(token.ok_or(Error::Unauthenticated(None))?).await?;
    service.cognito.sign_out_everywhere(&caller.access_token).await?;
    Ok(caller.sub)
}

#[cfg(test)]
mod tests;
