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

/// Interval after a fetch that failed or was canceled, while keys are cached. Shorter, since a key may be a new one. Without
/// cached keys there is none: the service cannot work until a fetch succeeds.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);

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
    /// Last fetch for a token, or a successful one at startup. Locked during a fetch, so that concurrent requests share it.
    last_fetch: Mutex<Option<Fetch>>,
    /// Number of completed fetches for tokens, without the one at startup. A change shows a request that a fetch
    /// completed while it waited for the lock.
    ended: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
struct Fetch {
    started_at: SystemTime,
    has_succeeded: bool,
}

impl KeySet {
    /// Empty cache of the key set at `url`.
    pub(crate) fn new(fetcher: Box<dyn FetchKeySet>, url: String) -> Self {
        Self { fetcher, url, keys: RwLock::default(), last_fetch: Mutex::default(), ended: AtomicU64::new(0) }
    }

    /// Fetches the keys in advance. A failure does not keep the first token from a fetch of its own.
    pub(crate) async fn prepare(&self, now: SystemTime) -> Result<(), VerifyError> {
        let mut last_fetch = self.last_fetch.lock().await;
        self.fetch().await.map_err(VerifyError::KeysUnavailable)?;
        *last_fetch = Some(Fetch { started_at: now, has_succeeded: true });
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

    /// Fetches the keys, unless the last fetch was a short time ago, or ended while this request waited for it.
    async fn refresh(&self, now: SystemTime) -> Result<(), BoxError> {
        let ended_before = self.ended.load(Ordering::Relaxed);
        let mut last_fetch = self.last_fetch.lock().await;
        if let Some(Fetch { started_at, has_succeeded }) = *last_fetch {
            let pause = match has_succeeded {
                true => PAUSE_AFTER_SUCCESS,
                false if self.has_keys() => PAUSE_AFTER_FAILURE,
                false => Duration::ZERO,
            };
            // A clock that went backwards must not block fetches.
            let is_recent = now.duration_since(started_at).is_ok_and(|elapsed| elapsed < pause);
            if is_recent || self.ended.load(Ordering::Relaxed) > ended_before {
                return if has_succeeded { Ok(()) } else { Err("the last fetch failed".into()) };
            }
        }
        // Before the fetch, since the caller may drop this future: servers do, when a client disconnects.
        let fetch = last_fetch.insert(Fetch { started_at: now, has_succeeded: false });
        let outcome = self.fetch().await;
        fetch.has_succeeded = outcome.is_ok();
        self.ended.fetch_add(1, Ordering::Relaxed);
        outcome
    }

    fn has_keys(&self) -> bool {
        !self.keys.read().unwrap_or_else(PoisonError::into_inner).is_empty()
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
