//! `POST /api/auth/verify-totp`: switches on the authenticator app of a person who has just signed in.

use std::{process::ExitCode, sync::Arc};

use shared::{Done, Error, ErrorMapping, Factor, Route, Service, SignedInRecently, VerifyTotpRequest};

const VERIFY_TOTP: Route = Route {
    name: "verify-totp",
    error_prefix: "Factor error",
    failure_prefix: "Set-up failed",
    error_mappings: &[ErrorMapping::WRONG_CODE, ErrorMapping::EXPIRED_CODE, ErrorMapping::TOTP_NOT_ENABLED],
};

fn main() -> ExitCode {
    shared::serve(&VERIFY_TOTP, verify_totp)
}

async fn verify_totp(
    service: Arc<Service>,
    request: SignedInRecently<VerifyTotpRequest>,
) -> Result<Done, Error> {
    let VerifyTotpRequest { code, device_name } = request.body;
    let caller = &request.caller;
    service.cognito.verify_totp(caller, &code, device_name).await?;
    // Verified, it is still off where the pool leaves the choice to its people.
    let preferred = service.cognito.preferred_second_factor(caller).await?;
    let goes_first = preferred.is_none_or(|preferred| preferred == Factor::AuthenticatorApp);
    service.cognito.switch_second_factor(caller, Factor::AuthenticatorApp, true, goes_first).await?;
    Ok(Done::new("Authenticator app added"))
}

#[cfg(test)]
mod tests;
