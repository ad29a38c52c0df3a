//! `POST /api/auth/start-passkey`: gives a person who has just signed in what their browser makes a passkey from.

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
