//! `POST /api/auth/delete-passkey`: removes a passkey after a recent sign-in.

use std::{process::ExitCode, sync::Arc};

use shared::{DeletePasskeyRequest, Done, Error, ErrorMapping, Route, Service, SignedInRecently, StatusCode};

const DELETE_PASSKEY: Route = Route {
    name: "delete-passkey",
    error_prefix: "Passkey error",
    failure_prefix: "Passkey failed",
    error_mappings: &[
        ErrorMapping::new(&["ResourceNotFoundException"], StatusCode::NOT_FOUND, "Passkey not found"),
        ErrorMapping::PASSKEYS_NOT_ENABLED,
    ],
};

fn main() -> ExitCode {
    shared::serve(&DELETE_PASSKEY, delete_passkey)
}

async fn delete_passkey(
    service: Arc<Service>,
    request: SignedInRecently<DeletePasskeyRequest>,
) -> Result<Done, Error> {
    service.cognito.delete_passkey(&request.caller, &request.body.credential_id).await?;
    Ok(Done::new("Passkey removed"))
}

#[cfg(test)]
mod tests;
