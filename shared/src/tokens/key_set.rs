//! The public keys of a user pool (its JWKS), fetched when they are needed and kept.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
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

use crate::model::error::{Cause, Error};

/// Keys change about never, and a token with a made-up key id must not make us ask again and again.
const PAUSE_AFTER_SUCCESS: Duration = Duration::from_secs(60);

/// Those who waited for a fetch that failed share its failure instead of waiting for one more each.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// A tenth of what a function may take: the answer is 1 KB, from the service that is asked next.
const FETCH_TIMEOUT: Duration = Duration::from_millis(1500);

/// Cognito publishes two keys, in about 1 KB.
const LARGEST_ANSWER: usize = 64 * 1024;

/// The public keys of one user pool.
#[derive(Debug)]
pub(crate) struct KeySet {
    connector: SharedHttpConnector,
    url: String,
    /// Read without a lock; exchanged as a whole.
    keys: ArcSwap<HashMap<String, Arc<DecodingKey>>>,
    /// Held while they are fetched, so that whoever misses a key in the meantime waits for that
    /// answer instead of asking for another.
    last_fetch: Mutex<Option<Fetch>>,
}

/// How fetching the keys went, the last time.
#[derive(Debug, Clone, Copy)]
struct Fetch {
    time: Instant,
    succeeded: bool,
}

impl KeySet {
    /// The keys that `url` will give.
    pub(crate) fn new(connector: SharedHttpConnector, url: String) -> Self {
        Self { connector, url, keys: ArcSwap::default(), last_fetch: Mutex::new(None) }
    }

    /// Fetches the keys, and leaves it to the first token to say that they cannot be had.
    pub(crate) async fn prepare(&self) {
        let _ = self.refresh().await;
    }

    /// The key with the id `id`, or `None` where the pool has none.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] where the keys had to be fetched and could not be had.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Arc<DecodingKey>>, Error> {
        if let Some(key) = self.keys.load().get(id) {
            return Ok(Some(Arc::clone(key)));
        }
        self.refresh().await?;
        Ok(self.keys.load().get(id).map(Arc::clone))
    }

    /// Fetches the keys, unless somebody did so a moment ago.
    async fn refresh(&self) -> Result<(), Error> {
        let mut last_fetch = self.last_fetch.lock().await;
        match *last_fetch {
            Some(Fetch { time, succeeded: true }) if time.elapsed() < PAUSE_AFTER_SUCCESS => return Ok(()),
            Some(Fetch { time, succeeded: false }) if time.elapsed() < PAUSE_AFTER_FAILURE => {
                return Err(Error::Unavailable("the pool's keys could not be had a moment ago".into()));
            }
            _ => {}
        }
        let keys = timeout(FETCH_TIMEOUT, self.fetch()).await.map_err(Cause::from).and_then(|keys| keys);
        *last_fetch = Some(Fetch { time: Instant::now(), succeeded: keys.is_ok() });
        self.keys.store(Arc::new(keys.map_err(Error::Unavailable)?));
        Ok(())
    }

    async fn fetch(&self) -> Result<HashMap<String, Arc<DecodingKey>>, Cause> {
        let mut request = HttpRequest::empty();
        request.set_uri(self.url.as_str())?;
        let response = self.connector.call(request).await?;
        if !response.status().is_success() {
            return Err(
                format!("the key set's address answered with status {}", response.status().as_u16()).into()
            );
        }
        let body: SdkBody = response.into_body();
        let json = Limited::new(body, LARGEST_ANSWER).collect().await?.to_bytes();
        let set: JwkSet = serde_json::from_slice(&json)?;
        // A key that we cannot read is a key that we do not have.
        Ok(set
            .keys
            .iter()
            .filter_map(|jwk| Some((jwk.common.key_id.clone()?, Arc::new(DecodingKey::from_jwk(jwk).ok()?))))
            .collect())
    }
}

/// RS256 by ring, which TLS brings already, for jsonwebtoken, which brings no cryptography here.
pub(crate) fn install_cryptography() {
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
    // Installed already, by another service in this process.
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
