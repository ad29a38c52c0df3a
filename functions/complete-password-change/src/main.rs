//! `POST /api/auth/complete-password-change`: sets the new password that a sign-in requires, and completes the sign-in.

use std::{process::ExitCode, sync::Arc};

use shared::{
    CompletePasswordChangeRequest, Error, ErrorMapping, Request, Route, Service, SignIn, StatusCode,
};

const COMPLETE_PASSWORD_CHANGE: Route = Route {
    name: "complete-password-change",
    error_prefix: "Password change error",
    failure_prefix: "Password change failed",
    error_mappings: &[
        ErrorMapping::INVALID_PASSWORD,
        ErrorMapping::MALFORMED_PASSWORD,
        ErrorMapping::new(
            &["NotAuthorizedException", "CodeMismatchException", "ExpiredCodeException"],
            StatusCode::UNAUTHORIZED,
            "Invalid session or credentials",
        ),
    ],
};

fn main() -> ExitCode {
    shared::serve(&COMPLETE_PASSWORD_CHANGE, complete_password_change)
}

async fn complete_password_change(
    service: Arc<Service>,
    request: Request<CompletePasswordChangeRequest>,
) -> Result<SignIn, Error> {
    let CompletePasswordChangeRequest { username, session, new_password, attributes, cookie } = request.body;
    let authentication = service
        .cognito
        .answer_new_password(&username, &session, new_password, attributes, &request.client_context)
        .await?;
    let sign_in = SignIn::new(authentication, &username, &service.settings);
    Ok(sign_in.with_message("Password changed successfully").with_cookie(cookie))
}

#[cfg(test)]
mod tests;
