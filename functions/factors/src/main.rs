//! `GET /api/auth/factors`: tells a person who is signed in how they can prove who they are.

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
