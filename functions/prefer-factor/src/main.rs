//! `POST /api/auth/prefer-factor`: sets the preferred second factor, or disables one, after a recent sign-in.

use std::{process::ExitCode, sync::Arc};

use shared::{
    Done, Error, ErrorMapping, MfaPreference, PreferFactorRequest, Route, Service, SignedInRecently,
};

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
    let (factor, preference) = match request.body {
        PreferFactorRequest::Prefer(factor) => (factor, MfaPreference::Preferred),
        PreferFactorRequest::Disable(factor) => (factor, MfaPreference::Off),
    };
    match service.cognito.set_mfa_preference(&request.caller, factor, preference).await {
        Ok(()) => Ok(Done::new("Sign-in preference saved")),
        // Cognito raises this exception if the factor is not set up, and may raise it if the pool requires the factor
        // that is disabled. AWS documents the name alone.
        Err(error) if preference == MfaPreference::Preferred && error.is("InvalidParameterException") => {
            Err(Error::FactorNotSetUp(error.into()))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
