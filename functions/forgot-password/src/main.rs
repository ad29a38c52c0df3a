//! `POST /api/auth/forgot-password`: sends a person a code with which they can set a new password.

use std::{process::ExitCode, sync::Arc};

use shared::{CodeSent, Error, ForgotPasswordRequest, Refusal, Request, Route, Service, StatusCode};

const FORGOT_PASSWORD: Route = Route {
    name: "forgot-password",
    refused: "Reset password error",
    failed: "Failed to send reset code",
    refusals: &[
        // Cognito raises this only where the app client reveals which users there are.
        Refusal {
            codes: &["UserNotFoundException"],
            status: StatusCode::NOT_FOUND,
            detail: "User not found",
        },
        Refusal {
            codes: &["InvalidParameterException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Invalid username format",
        },
        Refusal {
            codes: &["LimitExceededException", "TooManyRequestsException"],
            status: StatusCode::TOO_MANY_REQUESTS,
            detail: "Too many requests. Please try again later",
        },
    ],
};

fn main() -> ExitCode {
    shared::serve(&FORGOT_PASSWORD, forgot_password)
}

const SENT: &str = "Reset instructions sent to email. Please check your inbox for the verification code.";

async fn forgot_password(
    service: Arc<Service>,
    request: Request<ForgotPasswordRequest>,
) -> Result<CodeSent, Error> {
    let ForgotPasswordRequest { username } = request.body;
    match service.cognito.send_reset_code(&username, &request.origin).await {
        Ok(delivery) => Ok(CodeSent::new(SENT, delivery)),
        // Only somebody who has an account can hear that.
        Err(error @ Error::CannotBeReset(_)) => Ok(CodeSent::pretended(SENT, &username, error)),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
