//! `POST /api/auth/verify-totp`: enables an authenticator app after a recent sign-in.

use std::{process::ExitCode, sync::Arc};

use shared::{
    Done, Error, ErrorMapping, Factor, MfaPreference, Route, Service, SignedInRecently, VerifyTotpRequest,
};

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
    // In a pool with optional MFA, a verified app is not enabled yet.
    let preference = match service.cognito.preferred_second_factor(caller).await? {
        None | Some(Factor::SoftwareToken) => MfaPreference::Preferred,
        Some(_) => MfaPreference::On,
    };
    service.cognito.set_mfa_preference(caller, Factor::SoftwareToken, preference).await?;
    Ok(Done::new("Authenticator app added"))
}

#[cfg(test)]
mod tests;
