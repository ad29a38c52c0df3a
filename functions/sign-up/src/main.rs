//! `POST /api/auth/sign-up`: creates an account, and sends a confirmation code.

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
        // Caused by the pool's configuration: its schema, its domain, or its sender of text messages.
        ErrorMapping::prefixed(&["InvalidParameterException"], StatusCode::BAD_REQUEST).logging_cause(),
    ],
};

fn main() -> ExitCode {
    shared::serve(&SIGN_UP, sign_up)
}

const SENT: &str = "Confirmation code sent. Please check your inbox.";

async fn sign_up(service: Arc<Service>, request: Request<SignUpRequest>) -> Result<CodeSent, Error> {
    let SignUpRequest { username, password, name } = request.body;
    if !service.settings.self_sign_up {
        return Err(Error::SignUpNotEnabled);
    }
    if service.settings.is_admin_email(&username) {
        return hide_administrator_address(&service, &username, &password, name.as_deref());
    }
    let reveals_users = service.settings.reveals_users;
    match service.cognito.sign_up(&username, &password, name, &request.client_context).await {
        Ok(delivery) => Ok(CodeSent::new(SENT, service.settings.delivery(delivery, &username))),
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

/// Maximum length of an attribute's value in Cognito's API, in characters.
const MAX_ATTRIBUTE_LENGTH: usize = 2048;

/// Response to a sign-up with the address of an administrator, for which only the operator creates an account.
///
/// Cognito confirms an address whatever password the account has. An attacker who signs up first would have the
/// administrator confirm the attacker's password. The response equals the one for any other address.
fn hide_administrator_address(
    service: &Service,
    username: &Username,
    password: &SecretString,
    name: Option<&str>,
) -> Result<CodeSent, Error> {
    if name.is_some_and(|name| name.chars().count() > MAX_ATTRIBUTE_LENGTH) {
        return Err(Error::invalid_parameter(Subject::OtherMember));
    }
    service.settings.password_policy.check(password)?;
    Ok(CodeSent::hiding(Error::AdministratorAddress, SENT, username))
}

#[cfg(test)]
mod tests;
