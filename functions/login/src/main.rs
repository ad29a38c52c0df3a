//! `POST /api/auth/login`: signs a user in with an email address and a password.

use std::{process::ExitCode, sync::Arc};

use shared::{
    Error, ErrorMapping, LoginRequest, Outcome, Request, Route, Service, SignIn, StatusCode, Subject,
};

const LOGIN: Route = Route {
    name: "login",
    error_prefix: "Authentication error",
    failure_prefix: "Login failed",
    error_mappings: &[
        ErrorMapping::new(&["NotAuthorizedException"], StatusCode::UNAUTHORIZED, "Invalid credentials"),
        ErrorMapping::new(&["UserNotFoundException"], StatusCode::UNAUTHORIZED, "User not found")
            .if_users_are_revealed(),
        // Every sign-in uses this flow, so only the operator can have caused this.
        ErrorMapping::prefixed(&["InvalidParameterException"], StatusCode::BAD_REQUEST)
            .about(Subject::AuthFlow)
            .counts_as(Outcome::Failures),
    ],
};

fn main() -> ExitCode {
    shared::serve(&LOGIN, login)
}

async fn login(service: Arc<Service>, request: Request<LoginRequest>) -> Result<SignIn, Error> {
    let LoginRequest { username, password, cookie } = request.body;
    let authentication = service.cognito.sign_in(&username, &password, &request.client_context).await?;
    Ok(SignIn::new(authentication, &username, &service.settings).with_cookie(cookie))
}

#[cfg(test)]
mod tests;
