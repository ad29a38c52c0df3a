//! What becomes of memory that is not needed any more.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// Wipes all memory that is given back: a password or a token passes through several buffers of
/// the SDK, hyper and rustls, and none of them keeps it once the request is answered.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);
