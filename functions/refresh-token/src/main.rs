//! `POST /api/auth/refresh-token`: returns new tokens for a refresh token.

use std::{process::ExitCode, sync::Arc};

use shared::{
    Error, ErrorMapping, Outcome, RefreshCookie, RefreshTokenRequest, Request, Route, Service, StatusCode,
    Subject, Tokens,
};

const REFRESH_TOKEN: Route = Route {
    name: "refresh-token",
    error_prefix: "Token refresh error",
    failure_prefix: "Token refresh failed",
    error_mappings: &[
        ErrorMapping::new(
            &["NotAuthorizedException", "RefreshTokenReuseException"],
            StatusCode::UNAUTHORIZED,
            "Invalid refresh token",
        ),
        // Every refresh uses this flow, so only the operator can have caused this.
        ErrorMapping::prefixed(&["InvalidParameterException"], StatusCode::BAD_REQUEST)
            .about(Subject::AuthFlow)
            .counts_as(Outcome::Failures),
    ],
};

fn main() -> ExitCode {
    shared::serve(&REFRESH_TOKEN, refresh_token)
}

async fn refresh_token(
    service: Arc<Service>,
    request: Request<RefreshTokenRequest>,
) -> Result<Tokens, Error> {
    let RefreshTokenRequest { refresh_token, cookie } = request.body;
    let Some(refresh_token) = refresh_token else {
        return refresh_cookie(&service, request.refresh_cookie).await;
    };
    let tokens = service.cognito.refresh(&refresh_token).await?;
    let tokens = Tokens::new(tokens, None, &service.settings);
    Ok(if cookie { tokens.in_cookie(Some(refresh_token)) } else { tokens })
}

/// Refreshes with the token of the cookie, which no body ever contains.
async fn refresh_cookie(service: &Service, cookie: RefreshCookie) -> Result<Tokens, Error> {
    let refresh_token = cookie.required_token()?;
    let result = service.cognito.refresh(&refresh_token).await;
    let tokens = result.map_err(|error| Error::CookieNotAccepted(Box::new(error)))?;
    Ok(Tokens::new(tokens, None, &service.settings).in_cookie(None))
}

#[cfg(test)]
mod tests;
