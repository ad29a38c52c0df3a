use std::time::{Duration, SystemTime};

use super::{Authority, IdlePool, LONGEST_IDLE, Origin, Scheme};

fn origin(host: &'static str) -> Origin {
    Origin(Scheme::HTTPS, Authority::from_static(host))
}

#[test]
fn idle_connection_is_reused_within_the_limit() {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for (idle, reused) in
        [(Duration::ZERO, true), (LONGEST_IDLE, true), (LONGEST_IDLE + Duration::from_millis(1), false)]
    {
        let mut pool = IdlePool::default();
        pool.put(origin("cognito"), then, "connection");
        assert_eq!(pool.checkout(&origin("cognito"), then + idle).is_some(), reused, "{idle:?}");
        assert!(pool.0.is_empty(), "it is in use, or closed");
    }
}

#[test]
fn clock_set_back_discards_idle_connections() {
    let mut pool = IdlePool::default();
    pool.put(origin("cognito"), SystemTime::now(), "connection");
    assert_eq!(pool.checkout(&origin("cognito"), SystemTime::UNIX_EPOCH), None);
}

#[test]
fn connection_is_reused_for_its_own_origin_only() {
    let now = SystemTime::now();
    let mut pool = IdlePool::default();
    pool.put(origin("cognito"), now, "the first");
    pool.put(origin("another"), now, "another's");
    pool.put(origin("cognito"), now, "the last");
    assert_eq!(pool.checkout(&origin("cognito"), now), Some("the last"));
    assert_eq!(pool.checkout(&origin("cognito"), now), Some("the first"));
    assert_eq!(pool.checkout(&origin("cognito"), now), None);
    let unencrypted = Origin(Scheme::HTTP, Authority::from_static("another"));
    assert_eq!(pool.checkout(&unencrypted, now), None);
}
