//! `GET /api/auth/me`: tells a person who is signed in who they are.

use std::{process::ExitCode, sync::Arc};

use shared::{Caller, Error, Profile, Route, Service};

const ME: Route =
    Route { name: "me", refused: "Authentication error", failed: "Authentication failed", refusals: &[] };

fn main() -> ExitCode {
    shared::serve(&ME, me)
}

async fn me(service: Arc<Service>, caller: Caller) -> Result<Profile, Error> {
    let attributes = service.cognito.user(&caller).await?;
    Ok(service.user_policy.profile(attributes, &caller.groups))
}

#[cfg(test)]
mod tests;
