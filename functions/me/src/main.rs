//! `GET /api/auth/me`: returns the profile of a signed-in user.

use std::{process::ExitCode, sync::Arc};

use shared::{Error, Identified, Profile, Route, Service};

const ME: Route = Route {
    name: "me",
    error_prefix: "Authentication error",
    failure_prefix: "Authentication failed",
    error_mappings: &[],
};

fn main() -> ExitCode {
    shared::serve(&ME, me)
}

async fn me(service: Arc<Service>, request: Identified) -> Result<Profile, Error> {
    let attributes = service.cognito.user(&request.caller).await?;
    Ok(service.settings.profile(attributes, &request.caller.groups))
}

#[cfg(test)]
mod tests;
