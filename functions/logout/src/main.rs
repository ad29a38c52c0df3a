//! `POST /api/auth/logout`: ends this session, or all sessions of a person.

use std::{process::ExitCode, sync::Arc};

use shared::{Done, Error, LogoutRequest, Request, Route, SecretString, Service};

const LOGOUT: Route =
    Route { name: "logout", refused: "Logout error", failed: "Logout failed", refusals: &[] };

fn main() -> ExitCode {
    shared::serve(&LOGOUT, logout)
}

/// Never fails for the person who asks: whatever became of their tokens, they are signed out here.
/// What could not be done stands in the log.
async fn logout(service: Arc<Service>, request: Request<LogoutRequest>) -> Result<Done, Error> {
    if let Some(refresh_token) = &request.body.refresh_token {
        service.cognito.revoke(refresh_token).await.unwrap_or_else(|error| shared::note(&error));
    }
    if let (true, Some(access_token)) = (request.body.everywhere, request.bearer_token) {
        sign_out_everywhere(&service, access_token).await.unwrap_or_else(|error| shared::note(&error));
    }
    Ok(Done::new("Logged out successfully"))
}

async fn sign_out_everywhere(service: &Service, access_token: SecretString) -> Result<(), Error> {
    let caller = service.verifier.verify(access_token).await?;
    service.cognito.sign_out_everywhere(&caller).await
}

#[cfg(test)]
mod tests;
