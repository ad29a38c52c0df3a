//! `POST /api/auth/start-login`: begins a sign-in without a password, which `answer-challenge` goes on with.

use std::{process::ExitCode, sync::Arc};

use shared::{Error, Refusal, Request, Route, Service, SignIn, StartLoginRequest, StatusCode};

const START_LOGIN: Route = Route {
    name: "start-login",
    refused: "Authentication error",
    failed: "Login failed",
    refusals: &[
        Refusal {
            codes: &["NotAuthorizedException"],
            status: StatusCode::UNAUTHORIZED,
            detail: "Invalid credentials",
        },
        // Cognito raises this only where the app client reveals which users there are.
        Refusal {
            codes: &["UserNotFoundException"],
            status: StatusCode::UNAUTHORIZED,
            detail: "User not found",
        },
    ],
};

fn main() -> ExitCode {
    shared::serve(&START_LOGIN, start_login)
}

async fn start_login(service: Arc<Service>, request: Request<StartLoginRequest>) -> Result<SignIn, Error> {
    let StartLoginRequest { username, preferred } = request.body;
    let authentication = service.cognito.start_sign_in(&username, preferred, &request.origin).await?;
    Ok(SignIn::new(authentication, &username, &service.user_policy))
}

#[cfg(test)]
mod tests;
