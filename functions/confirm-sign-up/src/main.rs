//! `POST /api/auth/confirm-sign-up`: confirms an account with a confirmation code.

use std::{process::ExitCode, sync::Arc};

use shared::{ConfirmSignUpRequest, Done, Error, ErrorMapping, Request, Route, Service, StatusCode};

const CONFIRM_SIGN_UP: Route = Route {
    name: "confirm-sign-up",
    error_prefix: "Sign-up error",
    failure_prefix: "Sign-up failed",
    error_mappings: &[
        // One response for these exceptions, which reveal whether the account exists and is confirmed.
        ErrorMapping::new(
            &[
                "CodeMismatchException",
                "ExpiredCodeException",
                "NotAuthorizedException",
                "AliasExistsException",
                "UserNotFoundException",
            ],
            StatusCode::BAD_REQUEST,
            "Invalid or expired verification code",
        )
        .hidden_as("CodeMismatchException"),
        ErrorMapping::new(&["CodeMismatchException"], StatusCode::BAD_REQUEST, "Invalid verification code")
            .if_users_are_revealed(),
        ErrorMapping::new(
            &["ExpiredCodeException"],
            StatusCode::BAD_REQUEST,
            "Verification code has expired",
        )
        .if_users_are_revealed(),
        ErrorMapping::new(
            &["NotAuthorizedException", "AliasExistsException"],
            StatusCode::BAD_REQUEST,
            "Account cannot be confirmed",
        )
        .if_users_are_revealed(),
        ErrorMapping::new(&["UserNotFoundException"], StatusCode::NOT_FOUND, "User not found")
            .if_users_are_revealed(),
        ErrorMapping::TOO_MANY_REQUESTS,
    ],
};

fn main() -> ExitCode {
    shared::serve(&CONFIRM_SIGN_UP, confirm_sign_up)
}

async fn confirm_sign_up(
    service: Arc<Service>,
    request: Request<ConfirmSignUpRequest>,
) -> Result<Done, Error> {
    let ConfirmSignUpRequest { username, code } = request.body;
    if !service.settings.self_sign_up {
        return Err(Error::SignUpNotEnabled);
    }
    service.cognito.confirm_sign_up(&username, &code, &request.client_context).await?;
    Ok(Done::with_success("Account confirmed successfully"))
}

#[cfg(test)]
mod tests;
