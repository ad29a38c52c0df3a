//! `POST /api/auth/reset-password`: sets a new password with the code of `forgot-password`.

use std::{process::ExitCode, sync::Arc};

use shared::{Done, Error, ErrorMapping, Request, ResetPasswordRequest, Route, Service, StatusCode};

const RESET_PASSWORD: Route = Route {
    name: "reset-password",
    error_prefix: "Reset password error",
    failure_prefix: "Failed to reset password",
    error_mappings: &[
        ErrorMapping::new(&["CodeMismatchException"], StatusCode::BAD_REQUEST, "Invalid verification code"),
        ErrorMapping::new(&["UserNotFoundException"], StatusCode::BAD_REQUEST, "Invalid verification code")
            .hidden_as("CodeMismatchException"),
        ErrorMapping::new(
            &["ExpiredCodeException"],
            StatusCode::BAD_REQUEST,
            "Verification code has expired",
        ),
        ErrorMapping::INVALID_PASSWORD,
        ErrorMapping::MALFORMED_PASSWORD,
        ErrorMapping::new(&["UserNotFoundException"], StatusCode::NOT_FOUND, "User not found")
            .if_users_are_revealed(),
        ErrorMapping::TOO_MANY_REQUESTS,
    ],
};

fn main() -> ExitCode {
    shared::serve(&RESET_PASSWORD, reset_password)
}

async fn reset_password(
    service: Arc<Service>,
    request: Request<ResetPasswordRequest>,
) -> Result<Done, Error> {
    let ResetPasswordRequest { username, code, new_password } = request.body;
    service.cognito.reset_password(&username, &code, &new_password, &request.client_context).await?;
    // Cognito keeps all sessions after a reset, including an attacker's. The new password is set even if this call
    // fails.
    let error = service.cognito.end_all_sessions(&username).await.err();
    let error = error.map(|error| Error::SessionsNotEnded(error.into()));
    Ok(Done::with_success("Password reset successfully").with_suppressed(error))
}

#[cfg(test)]
mod tests;
