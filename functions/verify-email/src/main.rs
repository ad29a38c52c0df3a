//! `POST /api/auth/verify-email`: verifies a user's email address, or the new one of `change-email`, with a code.

use std::{process::ExitCode, sync::Arc};

use shared::{Done, Error, ErrorMapping, Route, Service, SignedIn, StatusCode, VerifyEmailRequest};

const VERIFY_EMAIL: Route = Route {
    name: "verify-email",
    error_prefix: "Email verification error",
    failure_prefix: "Email verification failed",
    error_mappings: &[
        // If another user has the address, the response is that of a wrong code, so that it does not reveal the user.
        ErrorMapping::new(
            &["CodeMismatchException", "AliasExistsException"],
            StatusCode::BAD_REQUEST,
            "Invalid verification code",
        )
        .with_error_type("CodeMismatchException"),
        ErrorMapping::new(
            &["ExpiredCodeException"],
            StatusCode::BAD_REQUEST,
            "Verification code has expired",
        ),
    ],
};

fn main() -> ExitCode {
    shared::serve(&VERIFY_EMAIL, verify_email)
}

async fn verify_email(service: Arc<Service>, request: SignedIn<VerifyEmailRequest>) -> Result<Done, Error> {
    service.cognito.verify_email(&request.caller, &request.body.code).await?;
    Ok(Done::new("Email address verified"))
}

#[cfg(test)]
mod tests;
