//! `POST /api/auth/start-passkey`: gives a person who has just signed in what their browser makes a passkey from.

use std::{process::ExitCode, sync::Arc};

use shared::{
    Error, PasskeyOptions, Refusal, Route, Service, SignedInRecently, StartPasskeyRequest, StatusCode,
};

const START_PASSKEY: Route = Route {
    name: "start-passkey",
    refused: "Passkey error",
    failed: "Passkey failed",
    refusals: &[
        Refusal {
            codes: &["WebAuthnNotEnabledException", "WebAuthnConfigurationMissingException"],
            status: StatusCode::CONFLICT,
            detail: "Passkeys are not enabled",
        },
        // Not a rate: a person can have twenty.
        Refusal {
            codes: &["LimitExceededException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Too many passkeys",
        },
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
