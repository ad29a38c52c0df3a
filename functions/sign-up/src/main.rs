//! `POST /api/auth/sign-up`: makes a person an account, and sends a code to its address.

use std::{process::ExitCode, sync::Arc};

use shared::{CodeSent, Error, Refusal, Request, Route, Service, SignUpRequest, StatusCode};

const SIGN_UP: Route = Route {
    name: "sign-up",
    refused: "Sign-up error",
    failed: "Sign-up failed",
    refusals: &[
        Refusal {
            codes: &["InvalidPasswordException", "PasswordHistoryPolicyViolationException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Password does not meet requirements",
        },
        Refusal {
            codes: &["NotAuthorizedException"],
            status: StatusCode::FORBIDDEN,
            detail: "Sign-up is not enabled",
        },
        Refusal {
            codes: &["UsernameExistsException"],
            status: StatusCode::CONFLICT,
            detail: "Account already exists",
        },
        Refusal {
            codes: &["InvalidParameterException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Invalid username format",
        },
    ],
};

fn main() -> ExitCode {
    shared::serve(&SIGN_UP, sign_up)
}

const SENT: &str = "Confirmation code sent. Please check your inbox.";

async fn sign_up(service: Arc<Service>, request: Request<SignUpRequest>) -> Result<CodeSent, Error> {
    let SignUpRequest { username, password, name } = request.body;
    if !service.user_policy.self_sign_up {
        return Err(Error::SignUpNotEnabled);
    }
    match service.cognito.sign_up(&username, &password, name, &request.origin).await {
        // What Cognito says of the delivery it says of a new account alone.
        Ok(()) => Ok(CodeSent::supposed(SENT, &username)),
        Err(error) if error.is("UsernameExistsException") && !service.user_policy.reveals_users => {
            Ok(CodeSent::pretended(SENT, &username, error))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
