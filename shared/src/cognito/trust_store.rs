//! Trusted root certificates for TLS connections.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

/// The five roots for custom trust stores from <https://www.amazontrust.com/repository/>.
const AMAZON_TRUST_SERVICES: &[u8] = include_bytes!("amazon-roots.pem");

/// Source of the trusted root certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustStore {
    /// Amazon Trust Services, which issues the certificates of all AWS endpoints. These roots load faster at a cold
    /// start than all roots of a system (`docs/decisions.md`), and no other authority can issue a certificate for an
    /// impostor.
    AmazonTrustServices,
    /// The file or folder of `SSL_CERT_FILE` or `SSL_CERT_DIR`: for a proxy, for tests, or if Amazon changes its roots.
    Environment,
}

/// Error that prevents all TLS connections.
#[derive(Debug, thiserror::Error)]
pub enum TrustStoreError {
    /// The file or folder contains no usable certificate.
    #[error("no certificate authority can be read from what SSL_CERT_FILE or SSL_CERT_DIR names")]
    NoneReadable,
    /// rustls rejected the protocol versions.
    #[error("TLS cannot be set up")]
    Unusable(#[from] rustls::Error),
}

impl TrustStore {
    /// TLS configuration that trusts these roots.
    ///
    /// # Errors
    ///
    /// [`TrustStoreError::NoneReadable`] if there are none.
    pub(super) fn tls_config(self) -> Result<ClientConfig, TrustStoreError> {
        let mut roots = RootCertStore::empty();
        match self {
            Self::AmazonTrustServices => {
                roots.add_parsable_certificates(
                    CertificateDer::pem_slice_iter(AMAZON_TRUST_SERVICES).filter_map(Result::ok),
                );
            }
            Self::Environment => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err(TrustStoreError::NoneReadable);
        }
        Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth())
    }
}

#[cfg(test)]
mod tests;
