//! `POST /api/auth/sign-up`: makes a person an account, and sends a code to its address.

use std::{process::ExitCode, sync::Arc};

use shared::{
    CodeSent, Error, ErrorMapping, Request, Route, SecretString, Service, SignUpRequest, StatusCode, Subject,
    Username,
};

const SIGN_UP: Route = Route {
    name: "sign-up",
    error_prefix: "Sign-up error",
    failure_prefix: "Sign-up failed",
    error_mappings: &[
        ErrorMapping::INVALID_PASSWORD,
        ErrorMapping::MALFORMED_PASSWORD,
        ErrorMapping::new(&["NotAuthorizedException"], StatusCode::FORBIDDEN, "Sign-up is not enabled")
            .about(Subject::SignUpNotPermitted),
        ErrorMapping::new(&["UsernameExistsException"], StatusCode::CONFLICT, "Account already exists"),
        ErrorMapping::new(&["InvalidParameterException"], StatusCode::BAD_REQUEST, "Invalid username format")
            .about(Subject::Username),
        ErrorMapping::new(&["InvalidParameterException"], StatusCode::BAD_REQUEST, "Invalid username format")
            .about(Subject::EmailFormat),
        // The pool's configuration: its schema, its domain, its sender of text messages.
        ErrorMapping::prefixed(&["InvalidParameterException"], StatusCode::BAD_REQUEST).logging_the_cause(),
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
    if service.user_policy.is_admin_email(&username) {
        return refuse_administrator(&service, &username, &password);
    }
    let reveals_users = service.user_policy.reveals_users;
    match service.cognito.sign_up(&username, &password, name, &request.origin).await {
        Ok(delivery) => Ok(CodeSent::new(SENT, service.user_policy.delivery(delivery, &username))),
        Err(error) if error.is("UsernameExistsException") && !reveals_users => {
            Ok(CodeSent::hiding(error, SENT, &username))
        }
        // The account exists now. `resend-code` sends another code.
        Err(error) if error.is("CodeDeliveryFailureException") => {
            Ok(CodeSent::hiding(error, SENT, &username))
        }
        Err(error) => Err(error),
    }
}

/// The response to a sign-up with the address of an administrator, for which only the operator creates an account.
///
/// Cognito confirms an address whatever password the account has. An attacker who signs up first would have the
/// administrator confirm the attacker's password. The response is the one of any other address.
fn refuse_administrator(
    service: &Service,
    username: &Username,
    password: &SecretString,
) -> Result<CodeSent, Error> {
    if service.user_policy.password_policy.accepts(password) {
        Ok(CodeSent::hiding(Error::AdministratorAddress, SENT, username))
    } else {
        Err(Error::invalid_password())
    }
}

#[cfg(test)]
mod tests;
