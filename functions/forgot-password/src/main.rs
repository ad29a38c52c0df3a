//! `POST /api/auth/forgot-password`: sends a code for a password reset.

use std::{process::ExitCode, sync::Arc};

use shared::{
    CodeSent, Error, ErrorMapping, ForgotPasswordRequest, Request, Route, Service, StatusCode, Subject,
};

const FORGOT_PASSWORD: Route = Route {
    name: "forgot-password",
    error_prefix: "Reset password error",
    failure_prefix: "Failed to send reset code",
    error_mappings: &[
        ErrorMapping::new(&["UserNotFoundException"], StatusCode::NOT_FOUND, "User not found")
            .if_users_are_revealed(),
        ErrorMapping::new(&["InvalidParameterException"], StatusCode::BAD_REQUEST, "Invalid username format")
            .about(Subject::Username),
        ErrorMapping::new(
            &["LimitExceededException", "TooManyRequestsException"],
            StatusCode::TOO_MANY_REQUESTS,
            "Too many requests. Please try again later",
        ),
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
    match service.cognito.send_reset_code(&username, &request.client_context).await {
        Ok(delivery) => Ok(CodeSent::new(SENT, service.settings.delivery(delivery, &username))),
        // For example, the user was invited and has not signed in yet, or has no verified address.
        Err(error) if error.reveals_account(service.settings.reveals_users) => {
            Ok(CodeSent::hiding(error, SENT, &username))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
