//! `POST /api/auth/prefer-factor`: sets which second factor a person who has just signed in is asked for.

use std::{process::ExitCode, sync::Arc};

use shared::{Done, Error, ErrorMapping, PreferFactorRequest, Route, Service, SignedInRecently};

const PREFER_FACTOR: Route = Route {
    name: "prefer-factor",
    error_prefix: "Factor error",
    failure_prefix: "Preference failed",
    error_mappings: &[ErrorMapping::TOTP_NOT_ENABLED],
};

fn main() -> ExitCode {
    shared::serve(&PREFER_FACTOR, prefer_factor)
}

async fn prefer_factor(
    service: Arc<Service>,
    request: SignedInRecently<PreferFactorRequest>,
) -> Result<Done, Error> {
    let (factor, is_on) = match request.body {
        PreferFactorRequest::Prefer(factor) => (factor, true),
        PreferFactorRequest::Disable(factor) => (factor, false),
    };
    match service.cognito.switch_second_factor(&request.caller, factor, is_on, is_on).await {
        Ok(()) => Ok(Done::new("Sign-in preference saved")),
        // One exception for what is not set up and for what a pool that requires a second factor may keep on: AWS
        // documents no more than its name. Whoever switches something off is told that.
        Err(error) if is_on && error.is("InvalidParameterException") => {
            Err(Error::FactorNotSetUp(error.into()))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
