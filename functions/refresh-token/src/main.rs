//! `POST /api/auth/refresh-token`: returns new tokens for a refresh token.

use std::{process::ExitCode, sync::Arc};

use shared::{
    Error, ErrorMapping, Outcome, RefreshTokenRequest, Request, Route, Service, StatusCode, Subject, Tokens,
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
    let tokens = service.cognito.refresh(&request.body.refresh_token).await?;
    Ok(Tokens::new(tokens, None, &service.settings))
}

#[cfg(test)]
mod tests;
