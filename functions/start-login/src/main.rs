//! `POST /api/auth/start-login`: starts a sign-in without a password, which `answer-challenge` continues.

use std::{process::ExitCode, sync::Arc};

use shared::{Error, ErrorMapping, Request, Route, Service, SignIn, StartLoginRequest, StatusCode};

const START_LOGIN: Route = Route {
    name: "start-login",
    error_prefix: "Authentication error",
    failure_prefix: "Login failed",
    error_mappings: &[
        ErrorMapping::new(&["NotAuthorizedException"], StatusCode::UNAUTHORIZED, "Invalid credentials"),
        ErrorMapping::new(&["UserNotFoundException"], StatusCode::UNAUTHORIZED, "User not found")
            .if_users_are_revealed(),
    ],
};

fn main() -> ExitCode {
    shared::serve(&START_LOGIN, start_login)
}

async fn start_login(service: Arc<Service>, request: Request<StartLoginRequest>) -> Result<SignIn, Error> {
    let StartLoginRequest { username, preferred } = request.body;
    let authentication = service.cognito.start_sign_in(&username, preferred, &request.client_context).await?;
    Ok(SignIn::before_first_factor(authentication, &username, &service.settings))
}

#[cfg(test)]
mod tests;
