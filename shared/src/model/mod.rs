//! Types of this service: requests, responses, users and errors.
//!
//! This layer depends on no other layer: neither on API Gateway's events nor on the SDK.

pub(crate) mod authentication;
pub(crate) mod caller;
pub(crate) mod challenge;
pub(crate) mod client_context;
pub(crate) mod delivery;
pub(crate) mod error;
pub(crate) mod error_mapping;
pub(crate) mod exception;
pub(crate) mod federation;
pub(crate) mod fields;
pub(crate) mod outcome;
pub(crate) mod password_policy;
pub(crate) mod refresh_cookie;
pub(crate) mod requests;
pub(crate) mod responses;
pub(crate) mod route;
mod text;
pub(crate) mod user;
pub(crate) mod user_pool;
pub(crate) mod username;
