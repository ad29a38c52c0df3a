//! `POST /api/auth/delete-passkey`: removes a passkey of a person who has just signed in.

use std::{process::ExitCode, sync::Arc};

use shared::{DeletePasskeyRequest, Done, Error, Refusal, Route, Service, SignedInRecently, StatusCode};

const DELETE_PASSKEY: Route = Route {
    name: "delete-passkey",
    refused: "Passkey error",
    failed: "Passkey failed",
    refusals: &[
        Refusal {
            codes: &["ResourceNotFoundException"],
            status: StatusCode::NOT_FOUND,
            detail: "Passkey not found",
        },
        Refusal {
            codes: &["WebAuthnNotEnabledException", "WebAuthnConfigurationMissingException"],
            status: StatusCode::CONFLICT,
            detail: "Passkeys are not enabled",
        },
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
