//! `POST /api/auth/send-email-code`: sends a code to a signed-in user's email address, to verify it.

use std::{process::ExitCode, sync::Arc};

use shared::{CodeSent, Error, Route, SendEmailCodeRequest, Service, SignedIn};

const SEND_EMAIL_CODE: Route = Route {
    name: "send-email-code",
    error_prefix: "Email verification error",
    failure_prefix: "Email verification failed",
    error_mappings: &[],
};

fn main() -> ExitCode {
    shared::serve(&SEND_EMAIL_CODE, send_email_code)
}

async fn send_email_code(
    service: Arc<Service>,
    request: SignedIn<SendEmailCodeRequest>,
) -> Result<CodeSent, Error> {
    let delivery = service.cognito.send_email_code(&request.caller).await?;
    Ok(CodeSent::to_signed_in("Verification code sent", delivery, None))
}

#[cfg(test)]
mod tests;
