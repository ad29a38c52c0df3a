//! `POST /api/auth/start-federated-login`: returns the URL where a user signs in with another identity provider. Calls
//! nothing.

use std::{process::ExitCode, sync::Arc};

use shared::{Error, FederatedLogin, Request, Route, Service, StartFederatedLoginRequest};

const START_FEDERATED_LOGIN: Route = Route {
    name: "start-federated-login",
    error_prefix: "Authentication error",
    failure_prefix: "Login failed",
    error_mappings: &[],
};

fn main() -> ExitCode {
    shared::serve(&START_FEDERATED_LOGIN, start_federated_login)
}

async fn start_federated_login(
    service: Arc<Service>,
    request: Request<StartFederatedLoginRequest>,
) -> Result<FederatedLogin, Error> {
    let url = service.settings.federation.authorize_url(service.cognito.client_id(), &request.body)?;
    Ok(FederatedLogin { url })
}

#[cfg(test)]
mod tests;
