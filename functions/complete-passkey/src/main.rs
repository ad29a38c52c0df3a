//! `POST /api/auth/complete-passkey`: adds a passkey after a recent sign-in.

use std::{process::ExitCode, sync::Arc};

use shared::{
    CompletePasskeyRequest, Done, Error, ErrorMapping, Route, Service, SignedInRecently, StatusCode,
};

const COMPLETE_PASSKEY: Route = Route {
    name: "complete-passkey",
    error_prefix: "Passkey error",
    failure_prefix: "Passkey failed",
    error_mappings: &[
        ErrorMapping::PASSKEYS_NOT_ENABLED,
        ErrorMapping::new(
            &[
                "WebAuthnChallengeNotFoundException",
                "WebAuthnClientMismatchException",
                "WebAuthnCredentialNotSupportedException",
                "WebAuthnOriginNotAllowedException",
                "WebAuthnRelyingPartyMismatchException",
            ],
            StatusCode::BAD_REQUEST,
            "Passkey could not be registered",
        ),
        ErrorMapping::TOO_MANY_PASSKEYS,
    ],
};

fn main() -> ExitCode {
    shared::serve(&COMPLETE_PASSKEY, complete_passkey)
}

async fn complete_passkey(
    service: Arc<Service>,
    request: SignedInRecently<CompletePasskeyRequest>,
) -> Result<Done, Error> {
    service.cognito.complete_passkey(&request.caller, &request.body.credential).await?;
    Ok(Done::new("Passkey added"))
}

#[cfg(test)]
mod tests;
