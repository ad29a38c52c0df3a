//! The public interface, with the test vectors.

#![allow(missing_docs, clippy::unwrap_used, reason = "test")]

mod http;
mod http_client;
mod support;
mod vectors;
