use std::time::{Duration, SystemTime};

use super::{Authority, Kept, LONGEST_IDLE, Origin, Scheme};

fn origin(host: &'static str) -> Origin {
    Origin(Scheme::HTTPS, Authority::from_static(host))
}

#[test]
fn a_connection_is_used_again_until_it_was_idle_for_too_long() {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for (idle, reused) in
        [(Duration::ZERO, true), (LONGEST_IDLE, true), (LONGEST_IDLE + Duration::from_millis(1), false)]
    {
        let mut kept = Kept::default();
        kept.keep(origin("cognito"), then, "connection");
        assert_eq!(kept.take(&origin("cognito"), then + idle).is_some(), reused, "{idle:?}");
        assert!(kept.0.is_empty(), "it is in use, or closed");
    }
}

#[test]
fn a_clock_that_went_backwards_proves_no_connection_fresh() {
    let mut kept = Kept::default();
    kept.keep(origin("cognito"), SystemTime::now(), "connection");
    assert_eq!(kept.take(&origin("cognito"), SystemTime::UNIX_EPOCH), None);
}

#[test]
fn a_connection_leads_to_where_it_was_opened_and_nowhere_else() {
    let now = SystemTime::now();
    let mut kept = Kept::default();
    kept.keep(origin("cognito"), now, "the first");
    kept.keep(origin("another"), now, "another's");
    kept.keep(origin("cognito"), now, "the last");
    assert_eq!(kept.take(&origin("cognito"), now), Some("the last"));
    assert_eq!(kept.take(&origin("cognito"), now), Some("the first"));
    assert_eq!(kept.take(&origin("cognito"), now), None);
    let unencrypted = Origin(Scheme::HTTP, Authority::from_static("another"));
    assert_eq!(kept.take(&unencrypted, now), None);
}
