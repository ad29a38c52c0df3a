//! `POST /api/auth/set-up-totp`: returns a secret for an authenticator app after a recent sign-in.

use std::{process::ExitCode, sync::Arc};

use shared::{Error, ErrorMapping, Route, Service, SetUpTotpRequest, SignedInRecently, Totp, TotpSecret};

const SET_UP_TOTP: Route = Route {
    name: "set-up-totp",
    error_prefix: "Factor error",
    failure_prefix: "Set-up failed",
    error_mappings: &[ErrorMapping::TOTP_NOT_ENABLED],
};

fn main() -> ExitCode {
    shared::serve(&SET_UP_TOTP, set_up_totp)
}

async fn set_up_totp(
    service: Arc<Service>,
    request: SignedInRecently<SetUpTotpRequest>,
) -> Result<Totp, Error> {
    let secret = service.cognito.totp_secret(&request.caller).await?;
    let totp = TotpSecret { secret, account: request.body.account };
    Ok(Totp::new(totp, &request.caller.username, &service.settings.totp_issuer))
}

#[cfg(test)]
mod tests;
