//! `POST /api/auth/resend-code`: sends another code to the address of an account that is not confirmed.

use std::{process::ExitCode, sync::Arc};

use shared::{CodeSent, Error, Refusal, Request, ResendCodeRequest, Route, Service, StatusCode};

const RESEND_CODE: Route = Route {
    name: "resend-code",
    refused: "Sign-up error",
    failed: "Sign-up failed",
    refusals: &[
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
    shared::serve(&RESEND_CODE, resend_code)
}

const SENT: &str = "Confirmation code sent. Please check your inbox.";

async fn resend_code(service: Arc<Service>, request: Request<ResendCodeRequest>) -> Result<CodeSent, Error> {
    let ResendCodeRequest { username } = request.body;
    if !service.user_policy.self_sign_up {
        return Err(Error::SignUpNotEnabled);
    }
    match service.cognito.resend_code(&username, &request.origin).await {
        Ok(()) => Ok(CodeSent::supposed(SENT, &username)),
        // The account is confirmed already: only somebody who has one can hear that.
        Err(error) if error.is("InvalidParameterException") => {
            Ok(CodeSent::pretended(SENT, &username, error))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
