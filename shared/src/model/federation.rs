//! Sign-in with other identity providers, over the domain of the user pool.

use http::{Uri, uri::Scheme};

use super::{
    error::{Error, Problem},
    requests::StartFederatedLoginRequest,
    text::percent_encode,
};

/// `openid` returns the ID token, which `email` and `profile` add claims to. Without the last scope, Cognito rejects
/// the access token in every operation of the user, such as `GetUser`.
const SCOPES: &str = "openid email profile aws.cognito.signin.user.admin";

/// Hosts of a local stack, which has no certificate.
const LOCAL_HOSTS: [&str; 2] = ["localhost", "127.0.0.1"];

/// Settings of federated sign-in. The default has none.
#[derive(Debug, Clone, Default)]
pub struct FederationSettings {
    /// URL of the user pool's domain, without a slash at the end (`FEDERATION_URL`).
    pub url: Option<String>,
    /// Names of the identity providers (`FEDERATED_PROVIDERS`).
    pub providers: Vec<String>,
    /// Addresses of the pages that complete a sign-in (`REDIRECT_URIS`), compared character for character.
    pub redirect_uris: Vec<String>,
    /// Addresses to which a sign-out may redirect (`LOGOUT_REDIRECT_URIS`), compared character for character.
    pub logout_redirect_uris: Vec<String>,
}

impl FederationSettings {
    /// URL of the authorization endpoint for a sign-in:
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html>.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the deployment does not have the provider, or not the redirect URI.
    pub fn authorize_url(
        &self,
        client_id: &str,
        request: &StartFederatedLoginRequest,
    ) -> Result<String, Error> {
        if !self.providers.contains(&request.provider) {
            return Err(Error::InvalidField { field: "provider", problem: Problem::NotAvailable });
        }
        let domain = self.domain_for(&request.redirect_uri)?;
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", &request.redirect_uri),
            ("scope", SCOPES),
            ("state", &request.state),
            ("code_challenge", &request.code_challenge),
            ("code_challenge_method", "S256"),
            // Cognito then redirects to the provider, and not to its own sign-in page.
            ("identity_provider", &request.provider),
        ];
        parameters.extend(request.login_hint.as_deref().map(|hint| ("login_hint", hint)));
        parameters.extend(request.reauthenticate.then_some(("prompt", "login")));
        Ok(format!("{domain}/oauth2/authorize?{}", form_encode(&parameters)))
    }

    /// URL of the user pool's domain, for a sign-in that returns to `redirect_uri`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidField`] if the deployment does not have the redirect URI.
    pub fn domain_for(&self, redirect_uri: &str) -> Result<&str, Error> {
        let not_allowed = Error::InvalidField { field: "redirect_uri", problem: Problem::NotAllowed };
        let is_allowed = self.redirect_uris.iter().any(|allowed| allowed == redirect_uri);
        self.url.as_deref().filter(|_| is_allowed).ok_or(not_allowed)
    }

    /// URL of the logout endpoint, which ends the browser's session in the domain and redirects to `redirect_uri`.
    /// `None` if the deployment does not have the redirect URI.
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html>.
    pub fn logout_url(&self, client_id: &str, redirect_uri: &str) -> Option<String> {
        let is_allowed = self.logout_redirect_uris.iter().any(|allowed| allowed == redirect_uri);
        let url = self.url.as_ref().filter(|_| is_allowed)?;
        let parameters = form_encode(&[("client_id", client_id), ("logout_uri", redirect_uri)]);
        Some(format!("{url}/logout?{parameters}"))
    }
}

/// `parameters` as a query or as a form (`application/x-www-form-urlencoded`).
pub fn form_encode(parameters: &[(&str, &str)]) -> String {
    let mut encoded = String::new();
    for (name, value) in parameters {
        if !encoded.is_empty() {
            encoded.push('&');
        }
        encoded.push_str(name);
        encoded.push('=');
        encoded.extend(percent_encode(value));
    }
    encoded
}

/// Whether `url` is one that Cognito allows for a redirect: absolute, HTTPS unless it is of this machine, without a
/// fragment. A name before the host could pass for the host.
pub(crate) fn is_web_address(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else { return false };
    let is_secure =
        *scheme == Scheme::HTTPS || (*scheme == Scheme::HTTP && LOCAL_HOSTS.contains(&authority.host()));
    is_secure && !authority.as_str().contains('@') && !url.contains('#')
}

#[cfg(test)]
mod tests;
