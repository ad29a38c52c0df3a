//! `POST /api/auth/start-passkey`: gives a person who has just signed in what their browser makes a passkey from.

use std::{process::ExitCode, sync::Arc};

use shared::{
    Error, ErrorMapping, PasskeyOptions, Route, Service, SignedInRecently, StartPasskeyRequest, StatusCode,
};

const START_PASSKEY: Route = Route {
    name: "start-passkey",
    error_prefix: "Passkey error",
    failure_prefix: "Passkey failed",
    error_mappings: &[
        ErrorMapping::new(
            &["WebAuthnNotEnabledException", "WebAuthnConfigurationMissingException"],
            StatusCode::CONFLICT,
            "Passkeys are not enabled",
        ),
        // Not a rate: a user can have twenty.
        ErrorMapping::new(&["LimitExceededException"], StatusCode::BAD_REQUEST, "Too many passkeys"),
    ],
};

fn main() -> ExitCode {
    shared::serve(&START_PASSKEY, start_passkey)
}

async fn start_passkey(
    service: Arc<Service>,
    request: SignedInRecently<StartPasskeyRequest>,
) -> Result<PasskeyOptions, Error> {
    let passkey = service.cognito.start_passkey(&request.caller).await?;
    Ok(PasskeyOptions { passkey })
}

#[cfg(test)]
mod tests;
