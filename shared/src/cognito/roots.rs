//! Whom a function believes to be Cognito.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

/// The five roots that <https://www.amazontrust.com/repository/> tells custom trust stores to hold.
const AMAZON_TRUST_SERVICES: &[u8] = include_bytes!("amazon-roots.pem");

/// The certificate authorities that may vouch for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustedRoots {
    /// Amazon's own, which every AWS endpoint's certificate goes back to. Reading them costs a
    /// cold start a fraction of what the hundred and more of a system cost
    /// (`docs/decisions.md`), and no other authority can then vouch for a false Cognito.
    AmazonTrustServices,
    /// Those in the file or folder that the environment names: the system's, should Amazon ever
    /// leave its roots before a new build does; a proxy's; a test's.
    OfTheEnvironment,
}

/// No connection could ever be made.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// What the environment names holds nothing that can be used.
    #[error("no certificate authority can be read from what SSL_CERT_FILE or SSL_CERT_DIR names")]
    NoneReadable,
    /// The library refuses what it offers itself.
    #[error("TLS cannot be set up")]
    Unusable(#[from] rustls::Error),
}

impl TrustedRoots {
    /// How to speak TLS with whoever these vouch for.
    ///
    /// # Errors
    ///
    /// [`RootsError::NoneReadable`] where there are none to be had.
    pub(super) fn tls(self) -> Result<ClientConfig, RootsError> {
        let mut roots = RootCertStore::empty();
        match self {
            Self::AmazonTrustServices => {
                roots.add_parsable_certificates(
                    CertificateDer::pem_slice_iter(AMAZON_TRUST_SERVICES).filter_map(Result::ok),
                );
            }
            Self::OfTheEnvironment => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err(RootsError::NoneReadable);
        }
        Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth())
    }
}

#[cfg(test)]
mod tests;
