//! `POST /api/auth/start-passkey`: returns options for the creation of a passkey after a recent sign-in.

use std::{process::ExitCode, sync::Arc};

use shared::{Error, ErrorMapping, PasskeyOptions, Route, Service, SignedInRecently, StartPasskeyRequest};

const START_PASSKEY: Route = Route {
    name: "start-passkey",
    error_prefix: "Passkey error",
    failure_prefix: "Passkey failed",
    error_mappings: &[ErrorMapping::PASSKEYS_NOT_ENABLED, ErrorMapping::TOO_MANY_PASSKEYS],
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
