//! `POST /api/auth/login`: signs a person in with their e-mail address and password.

use std::{process::ExitCode, sync::Arc};

use shared::{Error, LoginRequest, Refusal, Request, Route, Service, SignIn, StatusCode};

const LOGIN: Route = Route {
    name: "login",
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
    shared::serve(&LOGIN, login)
}

async fn login(service: Arc<Service>, request: Request<LoginRequest>) -> Result<SignIn, Error> {
    let LoginRequest { username, password } = request.body;
    let authentication = service.cognito.sign_in(&username, &password, &request.origin).await?;
    Ok(SignIn::new(authentication, &username, &service.user_policy))
}

#[cfg(test)]
mod tests;
