//! `POST /api/auth/complete-federated-login`: exchanges the authorization code of a federated sign-in for tokens.

use std::{process::ExitCode, sync::Arc};

use shared::{
    CompleteFederatedLoginRequest, Error, ErrorMapping, Request, Route, Service, StatusCode, Tokens,
};

const COMPLETE_FEDERATED_LOGIN: Route = Route {
    name: "complete-federated-login",
    error_prefix: "Authentication error",
    failure_prefix: "Login failed",
    error_mappings: &[
        // Cognito also rejects each code if the app client is not set up for this sign-in, which only the operator can
        // tell from the cause.
        ErrorMapping::new(
            &["NotAuthorizedException"],
            StatusCode::UNAUTHORIZED,
            "Invalid authorization code",
        )
        .logging_cause(),
    ],
};

fn main() -> ExitCode {
    shared::serve(&COMPLETE_FEDERATED_LOGIN, complete_federated_login)
}

async fn complete_federated_login(
    service: Arc<Service>,
    request: Request<CompleteFederatedLoginRequest>,
) -> Result<Tokens, Error> {
    let CompleteFederatedLoginRequest { code, code_verifier, redirect_uri, cookie } = request.body;
    let domain = service.settings.federation.domain_for(&redirect_uri)?;
    let tokens = service.cognito.exchange_code(domain, &code, &code_verifier, &redirect_uri).await?;
    let tokens = Tokens::new(tokens, None, &service.settings);
    Ok(if cookie { tokens.in_cookie(None) } else { tokens })
}

#[cfg(test)]
mod tests;
