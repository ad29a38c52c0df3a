//! `GET /api/auth/factors`: returns the authentication factors of a signed-in user.

use std::{process::ExitCode, sync::Arc};

use shared::{Error, Factors, Identified, Route, Service};

const FACTORS: Route = Route {
    name: "factors",
    error_prefix: "Factor error",
    failure_prefix: "Factors failed",
    error_mappings: &[],
};

fn main() -> ExitCode {
    shared::serve(&FACTORS, factors)
}

async fn factors(service: Arc<Service>, request: Identified) -> Result<Factors, Error> {
    service.cognito.factors(&request.caller).await
}

#[cfg(test)]
mod tests;
