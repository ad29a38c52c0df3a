//! Allocator that zeroizes freed memory.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// Zeroizes every buffer when it is freed: passwords and tokens pass through buffers of the SDK, hyper and rustls.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);
