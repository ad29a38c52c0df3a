//! `POST /api/auth/change-password`: changes the password of a person who is signed in and knows the one they have.

use std::{process::ExitCode, sync::Arc};

use shared::{ChangePasswordRequest, Done, Error, Refusal, Route, Service, SignedIn, StatusCode};

const CHANGE_PASSWORD: Route = Route {
    name: "change-password",
    refused: "Password change error",
    failed: "Password change failed",
    refusals: &[
        Refusal {
            codes: &["NotAuthorizedException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Current password is incorrect",
        },
        Refusal {
            codes: &["InvalidPasswordException", "PasswordHistoryPolicyViolationException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Password does not meet requirements",
        },
    ],
};

fn main() -> ExitCode {
    shared::serve(&CHANGE_PASSWORD, change_password)
}

async fn change_password(
    service: Arc<Service>,
    request: SignedIn<ChangePasswordRequest>,
) -> Result<Done, Error> {
    let ChangePasswordRequest { current_password, new_password } = request.body;
    service.cognito.change_password(&request.caller, &current_password, &new_password).await?;
    Ok(Done::new("Password changed successfully"))
}

#[cfg(test)]
mod tests;
