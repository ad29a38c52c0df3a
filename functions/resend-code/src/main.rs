//! `POST /api/auth/resend-code`: sends another confirmation code for an unconfirmed account.

use std::{process::ExitCode, sync::Arc};

use shared::{CodeSent, Error, ErrorMapping, Request, ResendCodeRequest, Route, Service, StatusCode};

const RESEND_CODE: Route = Route {
    name: "resend-code",
    error_prefix: "Sign-up error",
    failure_prefix: "Sign-up failed",
    error_mappings: &[
        ErrorMapping::new(&["UserNotFoundException"], StatusCode::NOT_FOUND, "User not found")
            .if_users_are_revealed(),
        ErrorMapping::TOO_MANY_REQUESTS,
    ],
};

fn main() -> ExitCode {
    shared::serve(&RESEND_CODE, resend_code)
}

const SENT: &str = "Confirmation code sent. Please check your inbox.";

async fn resend_code(service: Arc<Service>, request: Request<ResendCodeRequest>) -> Result<CodeSent, Error> {
    let ResendCodeRequest { username } = request.body;
    if !service.settings.self_sign_up {
        return Err(Error::SignUpNotEnabled);
    }
    match service.cognito.resend_code(&username, &request.client_context).await {
        Ok(delivery) => Ok(CodeSent::new(SENT, service.settings.delivery(delivery, &username))),
        // For example, the account is confirmed already.
        Err(error) if error.reveals_account(service.settings.reveals_users) => {
            Ok(CodeSent::hiding(error, SENT, &username))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
