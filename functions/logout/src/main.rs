//! `POST /api/auth/logout`: ends this session, or all sessions of a person.

use std::{process::ExitCode, sync::Arc};

use shared::{Caller, Error, LoggedOut, LogoutRequest, Request, Route, SecretString, Service};

const LOGOUT: Route =
    Route { name: "logout", refused: "Logout error", failed: "Logout failed", refusals: &[] };

fn main() -> ExitCode {
    shared::serve(&LOGOUT, logout)
}

/// Never fails for the person who asks: whatever became of their tokens, they are signed out here.
/// What could not be done stands in the log.
async fn logout(service: Arc<Service>, request: Request<LogoutRequest>) -> Result<LoggedOut, Error> {
    let LogoutRequest { refresh_token, everywhere } = request.body;
    let mut undone = Vec::new();
    let mut subject = None;
    // First, since with a refresh token Cognito also revokes the access token that came with it, and then takes
    // that for nothing any more:
    // https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html
    if everywhere {
        match sign_out_everywhere(&service, request.bearer_token).await {
            Ok(caller) => subject = Some(caller.sub),
            Err(error) => undone.push(error),
        }
    }
    if let Some(refresh_token) = refresh_token {
        undone.extend(service.cognito.revoke(&refresh_token).await.err());
    }
    Ok(LoggedOut::despite(undone, subject))
}

async fn sign_out_everywhere(service: &Service, token: Option<SecretString>) -> Result<Caller, Error> {
    let caller = service.verifier.verify(token.ok_or(Error::Unauthenticated(None))?).await?;
    service.cognito.sign_out_everywhere(&caller).await?;
    Ok(caller)
}

#[cfg(test)]
mod tests;
