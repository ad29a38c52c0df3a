//! Adapter to Amazon Cognito: one method of [`client::Cognito`] for each operation, over the official client.
//!
//! It converts the model's types to the SDK's, and the SDK's responses and errors to the model's. This layer depends on
//! `model` and the SDK, and on no other layer.

mod accounts;
mod attributes;
mod challenges;
pub(crate) mod client;
pub(crate) mod connections;
pub(crate) mod deadline;
mod errors;
mod factors;
mod federation;
mod parse;
mod passkeys;
mod passwords;
mod sessions;
mod sign_in;
mod smithy_document;
mod steps;
mod stream;
pub(crate) mod trust_store;
mod user_context;
