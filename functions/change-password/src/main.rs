//! `POST /api/auth/change-password`: changes the password of a signed-in user.

use std::{process::ExitCode, sync::Arc};

use shared::{
    ChangePasswordRequest, Done, Error, ErrorMapping, Route, Service, SignedIn, StatusCode, Subject,
};

const CHANGE_PASSWORD: Route = Route {
    name: "change-password",
    error_prefix: "Password change error",
    failure_prefix: "Password change failed",
    error_mappings: &[
        ErrorMapping::new(
            &["NotAuthorizedException"],
            StatusCode::BAD_REQUEST,
            "Current password is incorrect",
        ),
        ErrorMapping::new(
            &["InvalidParameterException"],
            StatusCode::BAD_REQUEST,
            "Current password is incorrect",
        )
        .about(Subject::PreviousPassword),
        ErrorMapping::INVALID_PASSWORD,
        ErrorMapping::MALFORMED_PASSWORD,
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
