//! Cache of a user pool's public keys (JWKS).

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_sdk_cognitoidentityprovider::config::http::HttpRequest;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind,
    crypto::{CryptoProvider, JwtVerifier, KeyUtils},
    errors::{ErrorKind, new_error},
    jwk::JwkSet,
    signature::{self, Verifier},
};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use tokio::{sync::Mutex, time::timeout};

use crate::model::error::{Cause, Error, SafeMessage};

/// Interval in which unknown key IDs cause one fetch: keys rarely change, and a token with an invented key ID must not
/// cause a request each time. Measured by the wall clock, since the monotonic clock may stop while Lambda freezes the
/// function.
const PAUSE_AFTER_SUCCESS: Duration = Duration::from_secs(60);

/// Long enough for a DNS query that is resent after 2.5 s and for one unresponsive address. Less than half of a
/// function's timeout, so that a request can wait for the fetch of another request and still respond.
const FETCH_TIMEOUT: Duration = Duration::from_secs(6);

/// AWS's common rules for web ACLs block requests without this header (`NoUserAgent_HEADER`).
const USER_AGENT: &str = concat!("sign-in/", env!("CARGO_PKG_VERSION"));

/// Cognito publishes two keys, in about 1 KB.
const MAX_RESPONSE_SIZE: usize = 64 * 1024;

type Keys = HashMap<String, Arc<DecodingKey>>;

/// Cache of the public keys of one user pool.
#[derive(Debug)]
pub(crate) struct KeySet {
    connector: SharedHttpConnector,
    url: String,
    /// Replaced as a whole, and never with an empty set.
    keys: RwLock<Keys>,
    /// Locked during a fetch, so that concurrent requests share it.
    fetches: Mutex<Fetches>,
    /// Number of completed fetches for tokens, without the one at startup. A change shows a request that a fetch
    /// completed while it waited for the lock.
    ended: AtomicU64,
}

/// Results of earlier fetches.
#[derive(Debug, Default)]
struct Fetches {
    last_success: Option<SystemTime>,
    last_failed: bool,
}

impl KeySet {
    /// Empty cache of the key set at `url`.
    pub(crate) fn new(connector: SharedHttpConnector, url: String) -> Self {
        Self { connector, url, keys: RwLock::default(), fetches: Mutex::default(), ended: AtomicU64::new(0) }
    }

    /// Fetches the keys in advance. If that fails, the first token causes a fetch of its own: the connection may have
    /// failed only because Lambda froze the function right after its start.
    pub(crate) async fn prepare(&self, now: SystemTime) {
        let mut fetches = self.fetches.lock().await;
        if self.fetch().await.is_ok() {
            fetches.last_success = Some(now);
        }
    }

    /// Key with the ID `id`, or `None` if the pool has none.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the keys are not cached and cannot be fetched.
    pub(crate) async fn find(&self, id: &str, now: SystemTime) -> Result<Option<Arc<DecodingKey>>, Error> {
        if let Some(key) = self.cached(id) {
            return Ok(Some(key));
        }
        self.refresh(now).await?;
        Ok(self.cached(id))
    }

    fn cached(&self, id: &str) -> Option<Arc<DecodingKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(id).map(Arc::clone)
    }

    /// Fetches the keys, unless a fetch succeeded within [`PAUSE_AFTER_SUCCESS`].
    async fn refresh(&self, now: SystemTime) -> Result<(), Error> {
        let ended_before = self.ended.load(Ordering::Relaxed);
        let mut fetches = self.fetches.lock().await;
        // A clock that went backwards must not block fetches.
        let is_recent = |time| now.duration_since(time).is_ok_and(|elapsed| elapsed < PAUSE_AFTER_SUCCESS);
        if fetches.last_success.is_some_and(is_recent) {
            return Ok(());
        }
        // Requests that waited for a failed fetch share its failure, so that they do not wait for one more fetch each.
        if self.ended.load(Ordering::Relaxed) > ended_before && fetches.last_failed {
            return Err(Error::Unavailable(SafeMessage::from("the awaited fetch failed").into()));
        }
        let outcome = self.fetch().await;
        self.ended.fetch_add(1, Ordering::Relaxed);
        fetches.last_failed = outcome.is_err();
        if outcome.is_ok() {
            fetches.last_success = Some(now);
        }
        outcome.map_err(Error::Unavailable)
    }

    async fn fetch(&self) -> Result<(), Cause> {
        let keys = timeout(FETCH_TIMEOUT, self.download()).await??;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    async fn download(&self) -> Result<Keys, Cause> {
        let mut request = HttpRequest::empty();
        request.set_uri(self.url.as_str())?;
        request.headers_mut().insert("user-agent", USER_AGENT);
        let response = self.connector.call(request).await?;
        if !response.status().is_success() {
            let status = response.status().as_u16();
            return Err(
                SafeMessage::from(format!("the request for the key set returned status {status}")).into()
            );
        }
        let body: SdkBody = response.into_body();
        let json = Limited::new(body, MAX_RESPONSE_SIZE).collect().await?.to_bytes();
        let set: JwkSet = serde_json::from_slice(&json)?;
        // Unreadable keys are skipped, since they may be for another use.
        let keys: Keys = set
            .keys
            .iter()
            .filter_map(|jwk| Some((jwk.common.key_id.clone()?, Arc::new(DecodingKey::from_jwk(jwk).ok()?))))
            .collect();
        // An empty set does not replace cached keys.
        if keys.is_empty() {
            Err(SafeMessage::from("the key set has no readable key").into())
        } else {
            Ok(keys)
        }
    }
}

/// Installs RS256 verification with ring, which TLS uses too, as the cryptography of jsonwebtoken.
pub(crate) fn install_crypto_provider() {
    static RING: CryptoProvider = CryptoProvider {
        signer_factory: |_, _| Err(new_error(ErrorKind::UnsupportedAlgorithm)),
        verifier_factory: |algorithm, key| match (algorithm, key.kind()) {
            (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                Ok(Box::new(Rs256(RsaPublicKeyComponents { n: n.clone(), e: e.clone() })))
            }
            _ => Err(new_error(ErrorKind::UnsupportedAlgorithm)),
        },
        key_utils: KeyUtils::new_unimplemented(),
    };
    // Fails if another service in this process has installed it already.
    let _ = RING.install_default();
}

struct Rs256(RsaPublicKeyComponents<Vec<u8>>);

impl Verifier<Vec<u8>> for Rs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Rs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

#[cfg(test)]
mod tests;
