//! `GET /api/auth/settings`: returns what front ends must know before a sign-in. Calls nothing.

use std::{process::ExitCode, sync::Arc};

use shared::{Anonymous, Error, Route, Service, Settings};

const SETTINGS: Route = Route {
    name: "settings",
    error_prefix: "Settings error",
    failure_prefix: "Settings failed",
    error_mappings: &[],
};

fn main() -> ExitCode {
    shared::serve(&SETTINGS, settings)
}

async fn settings(service: Arc<Service>, _: Anonymous) -> Result<Settings, Error> {
    Ok(Settings::new(&service.settings))
}

#[cfg(test)]
mod tests;
