//! `POST /api/auth/delete-account`: deletes a user's account after a recent sign-in and a confirmation.

use std::{process::ExitCode, sync::Arc};

use shared::{AccountDeleted, DeleteAccountRequest, Error, ExposeSecret, Route, Service, SignedInRecently};

const DELETE_ACCOUNT: Route = Route {
    name: "delete-account",
    error_prefix: "Account error",
    failure_prefix: "Account deletion failed",
    error_mappings: &[],
};

fn main() -> ExitCode {
    shared::serve(&DELETE_ACCOUNT, delete_account)
}

/// Deletes the account, if the confirmation is its email address or username.
async fn delete_account(
    service: Arc<Service>,
    request: SignedInRecently<DeleteAccountRequest>,
) -> Result<AccountDeleted, Error> {
    let user = service.cognito.user(&request.caller).await?;
    let confirmation = request.body.confirm.expose_secret();
    let names = user.email.iter().chain([&user.username]);
    if !names.into_iter().any(|name| name.eq_ignore_ascii_case(confirmation)) {
        return Err(Error::ConfirmationMismatch);
    }
    service.cognito.delete_user(&request.caller).await?;
    Ok(AccountDeleted::new(request.caller.sub))
}

#[cfg(test)]
mod tests;
