//! Cache of a user pool's public keys.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::{sync::Mutex, time::timeout};

use crate::{
    error::VerifyError,
    fetch::{BoxError, FetchKeySet},
    public_key::{Keys, PublicKey, read_key_set},
};

/// Interval in which unknown key IDs cause one fetch: keys rarely change, and a token with an invented key ID must not
/// cause a request each time. Measured by the wall clock, since the monotonic clock may stop while a machine sleeps, or
/// while Lambda freezes a function.
const PAUSE_AFTER_SUCCESS: Duration = Duration::from_secs(60);

/// Long enough for a DNS query that is resent after 2.5 s and for one unresponsive address. Less than half of the usual
/// time limit of a request, so that a request can wait for the fetch of another request and still respond.
const FETCH_TIMEOUT: Duration = Duration::from_secs(6);

/// Cache of the public keys of one user pool.
#[derive(Debug)]
pub(crate) struct KeySet {
    fetcher: Box<dyn FetchKeySet>,
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
    pub(crate) fn new(fetcher: Box<dyn FetchKeySet>, url: String) -> Self {
        Self { fetcher, url, keys: RwLock::default(), fetches: Mutex::default(), ended: AtomicU64::new(0) }
    }

    /// Fetches the keys in advance. The first token does not wait for [`PAUSE_AFTER_SUCCESS`] after a failure.
    pub(crate) async fn prepare(&self, now: SystemTime) -> Result<(), VerifyError> {
        let mut fetches = self.fetches.lock().await;
        self.fetch().await.map_err(VerifyError::KeysUnavailable)?;
        fetches.last_success = Some(now);
        Ok(())
    }

    /// Key with the ID `id`.
    ///
    /// # Errors
    ///
    /// [`VerifyError::UnknownKey`] if the pool has none, [`VerifyError::KeysUnavailable`] if the keys are not cached and
    /// cannot be fetched.
    pub(crate) async fn find(&self, id: &str, now: SystemTime) -> Result<Arc<PublicKey>, VerifyError> {
        if let Some(key) = self.cached(id) {
            return Ok(key);
        }
        self.refresh(now).await.map_err(VerifyError::KeysUnavailable)?;
        self.cached(id).ok_or(VerifyError::UnknownKey)
    }

    fn cached(&self, id: &str) -> Option<Arc<PublicKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(id).map(Arc::clone)
    }

    /// Fetches the keys, unless a fetch succeeded within [`PAUSE_AFTER_SUCCESS`].
    async fn refresh(&self, now: SystemTime) -> Result<(), BoxError> {
        let ended_before = self.ended.load(Ordering::Relaxed);
        let mut fetches = self.fetches.lock().await;
        // A clock that went backwards must not block fetches.
        let is_recent = |time| now.duration_since(time).is_ok_and(|elapsed| elapsed < PAUSE_AFTER_SUCCESS);
        if fetches.last_success.is_some_and(is_recent) {
            return Ok(());
        }
        // Requests that waited for a failed fetch share its failure, so that they do not wait for one more fetch each.
        if self.ended.load(Ordering::Relaxed) > ended_before && fetches.last_failed {
            return Err("the awaited fetch failed".into());
        }
        let outcome = self.fetch().await;
        self.ended.fetch_add(1, Ordering::Relaxed);
        fetches.last_failed = outcome.is_err();
        if outcome.is_ok() {
            fetches.last_success = Some(now);
        }
        outcome
    }

    async fn fetch(&self) -> Result<(), BoxError> {
        let json = timeout(FETCH_TIMEOUT, self.fetcher.fetch(&self.url)).await??;
        let keys = read_key_set(&json)?;
        // An empty set does not replace cached keys.
        if keys.is_empty() {
            return Err("the key set has no readable key".into());
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
