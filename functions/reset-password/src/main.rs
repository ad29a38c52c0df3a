//! `POST /api/auth/reset-password`: sets a new password with the code that `forgot-password` had sent.

use std::{process::ExitCode, sync::Arc};

use shared::{Done, Error, Refusal, Request, ResetPasswordRequest, Route, Service, StatusCode};

const RESET_PASSWORD: Route = Route {
    name: "reset-password",
    refused: "Reset password error",
    failed: "Failed to reset password",
    refusals: &[
        Refusal {
            codes: &["CodeMismatchException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Invalid verification code",
        },
        Refusal {
            codes: &["ExpiredCodeException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Verification code has expired",
        },
        Refusal {
            codes: &["InvalidPasswordException", "PasswordHistoryPolicyViolationException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Password does not meet requirements",
        },
        // Cognito raises this only where the app client reveals which users there are.
        Refusal {
            codes: &["UserNotFoundException"],
            status: StatusCode::NOT_FOUND,
            detail: "User not found",
        },
        Refusal {
            codes: &["LimitExceededException", "TooManyRequestsException", "TooManyFailedAttemptsException"],
            status: StatusCode::TOO_MANY_REQUESTS,
            detail: "Too many requests. Please try again later",
        },
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
    service.cognito.reset_password(&username, &code, &new_password, &request.origin).await?;
    Ok(Done::with_success("Password reset successfully"))
}

#[cfg(test)]
mod tests;
