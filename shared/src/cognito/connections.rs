//! The way to Cognito: whom a function believes to be Cognito, and for how long it knocks.

use std::time::Duration;

use aws_smithy_http_client::{
    Connector, HttpClientError,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};

/// Long enough for a handshake with a far region, short enough to tell a dead Cognito from a slow one.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The five roots that <https://www.amazontrust.com/repository/> tells custom trust stores to hold.
const AMAZON_TRUST_SERVICES: &[u8] = include_bytes!("amazon-roots.pem");

/// The certificate authorities that may vouch for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustedRoots {
    /// Amazon's own, which every AWS endpoint's certificate goes back to. Reading them costs a
    /// cold start a fraction of what the hundred and more of a system cost
    /// (`docs/performance.md`), and no other authority can then vouch for a false Cognito.
    AmazonTrustServices,
    /// Those in the file or folder that the environment names: the system's, should Amazon ever
    /// leave its roots before a new build does; a proxy's; a test's.
    OfTheEnvironment,
}

/// The one way out of the process: all that is asked of Cognito shares its connections.
///
/// # Errors
///
/// Where the SDK's HTTP client takes the roots for none that it can use.
pub(crate) fn https_connector(roots: TrustedRoots) -> Result<SharedHttpConnector, HttpClientError> {
    let trust_store = match roots {
        TrustedRoots::AmazonTrustServices => TrustStore::empty().with_pem_certificate(AMAZON_TRUST_SERVICES),
        TrustedRoots::OfTheEnvironment => TrustStore::empty().with_native_roots(true),
    };
    let connector = Connector::builder()
        .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build())
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(TlsContext::builder().with_trust_store(trust_store).build()?)
        .build();
    Ok(SharedHttpConnector::new(connector))
}

#[cfg(test)]
mod tests;
