//! `POST /api/auth/change-email`: sends a code to a user's new email address after a recent sign-in.

use std::{process::ExitCode, sync::Arc};

use shared::{
    ChangeEmailRequest, CodeSent, Delivery, Error, ErrorMapping, ExposeSecret, Route, Service,
    SignedInRecently, StatusCode, Subject,
};

const CHANGE_EMAIL: Route = Route {
    name: "change-email",
    error_prefix: "Email change error",
    failure_prefix: "Email change failed",
    error_mappings: &[
        ErrorMapping::new(&["InvalidParameterException"], StatusCode::BAD_REQUEST, "Invalid email address"),
        // `WriteAttributes` of an existing app client lack `email`.
        ErrorMapping::new(&["NotAuthorizedException"], StatusCode::FORBIDDEN, "Email change is not enabled")
            .about(Subject::UnwritableAttribute)
            .logging_cause(),
    ],
};

fn main() -> ExitCode {
    shared::serve(&CHANGE_EMAIL, change_email)
}

/// Starts the change. The response does not reveal whether another user has the address: no code will match then.
async fn change_email(
    service: Arc<Service>,
    request: SignedInRecently<ChangeEmailRequest>,
) -> Result<CodeSent, Error> {
    if !service.settings.email_change {
        return Err(Error::EmailChangeNotEnabled);
    }
    let email = request.body.email;
    let hidden = match service.cognito.change_email(&request.caller, &email).await {
        Ok(()) => None,
        Err(error) if error.is("AliasExistsException") || error.is("CodeDeliveryFailureException") => {
            Some(error)
        }
        Err(error) => return Err(error),
    };
    let message = "Verification code sent. The address changes when you enter it.";
    Ok(CodeSent::to_signed_in(message, Some(Delivery::masked(email.expose_secret())), hidden))
}

#[cfg(test)]
mod tests;
