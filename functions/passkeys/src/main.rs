//! `GET /api/auth/passkeys`: lists the passkeys of a signed-in user.

use std::{process::ExitCode, sync::Arc};

use shared::{Error, ErrorMapping, Identified, Passkeys, Route, Service};

const PASSKEYS: Route = Route {
    name: "passkeys",
    error_prefix: "Passkey error",
    failure_prefix: "Passkey failed",
    error_mappings: &[ErrorMapping::PASSKEYS_NOT_ENABLED],
};

fn main() -> ExitCode {
    shared::serve(&PASSKEYS, passkeys)
}

async fn passkeys(service: Arc<Service>, request: Identified) -> Result<Passkeys, Error> {
    let passkeys = service.cognito.passkeys(&request.caller).await?;
    Ok(Passkeys { passkeys })
}

#[cfg(test)]
mod tests;
