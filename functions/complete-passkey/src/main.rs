//! `POST /api/auth/complete-passkey`: adds the passkey that a browser made for a person who has just signed in.

use std::{process::ExitCode, sync::Arc};

use shared::{CompletePasskeyRequest, Done, Error, Refusal, Route, Service, SignedInRecently, StatusCode};

const COMPLETE_PASSKEY: Route = Route {
    name: "complete-passkey",
    refused: "Passkey error",
    failed: "Passkey failed",
    refusals: &[
        Refusal {
            codes: &["WebAuthnNotEnabledException", "WebAuthnConfigurationMissingException"],
            status: StatusCode::CONFLICT,
            detail: "Passkeys are not enabled",
        },
        Refusal {
            codes: &[
                "WebAuthnChallengeNotFoundException",
                "WebAuthnClientMismatchException",
                "WebAuthnCredentialNotSupportedException",
                "WebAuthnOriginNotAllowedException",
                "WebAuthnRelyingPartyMismatchException",
            ],
            status: StatusCode::BAD_REQUEST,
            detail: "Passkey could not be registered",
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
