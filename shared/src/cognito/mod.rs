//! The adapter to Amazon Cognito: one method of [`client::Cognito`] for each operation, over the official client.
//!
//! It turns the model's words into Cognito's and Cognito's back into the model's, its errors too. It may use
//! `model` and the SDK, and never learns of Lambda, of routes, or of what a client reads.

mod accounts;
mod challenges;
pub(crate) mod client;
pub(crate) mod connections;
pub(crate) mod deadline;
mod errors;
mod factors;
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
