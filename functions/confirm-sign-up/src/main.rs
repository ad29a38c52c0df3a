//! `POST /api/auth/confirm-sign-up`: confirms an account with the code that `sign-up` had sent.

use std::{process::ExitCode, sync::Arc};

use shared::{ConfirmSignUpRequest, Done, Error, Refusal, Request, Route, Service, StatusCode};

const CONFIRM_SIGN_UP: Route = Route {
    name: "confirm-sign-up",
    refused: "Sign-up error",
    failed: "Sign-up failed",
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
            codes: &["NotAuthorizedException", "AliasExistsException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Account cannot be confirmed",
        },
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
    shared::serve(&CONFIRM_SIGN_UP, confirm_sign_up)
}

async fn confirm_sign_up(
    service: Arc<Service>,
    request: Request<ConfirmSignUpRequest>,
) -> Result<Done, Error> {
    let ConfirmSignUpRequest { username, code } = request.body;
    if !service.user_policy.self_sign_up {
        return Err(Error::SignUpNotEnabled);
    }
    service.cognito.confirm_sign_up(&username, &code, &request.origin).await?;
    Ok(Done::with_success("Account confirmed successfully"))
}

#[cfg(test)]
mod tests;
