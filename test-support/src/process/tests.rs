use std::fs;

use super::*;

/// Writable memory of this process.
fn own_region() -> Range<u64> {
    let regions = fs::read_to_string("/proc/self/maps").unwrap();
    regions.lines().find_map(writable).unwrap()
}

#[test]
fn writable_memory_is_read_completely() {
    let region = own_region();
    let memory = File::open("/proc/self/mem").unwrap();
    assert_eq!(read(&memory, &region).len() as u64, region.end - region.start);
}

#[test]
#[should_panic(expected = "cannot be read")]
fn unreadable_memory_panics() {
    // The first page is never mapped.
    read(&File::open("/proc/self/mem").unwrap(), &(0..4096));
}
