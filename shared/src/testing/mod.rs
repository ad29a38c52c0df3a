//! What tests need: a Cognito that replies as is documented, functions that run as under Lambda, and the laws.
//!
//! A test says what Cognito answers, sends an event of API Gateway, and looks at what went out
//! to Cognito and at what came back to the client.
#![allow(clippy::expect_used, reason = "a test that cannot be set up should stop at once")]

mod answer;
mod contract_errors;
mod document;
mod documented;
pub mod endpoint;
mod events;
mod exceptions;
mod lawful;
mod laws;
mod privileges;
pub mod process;
mod reference;

mod replay;
mod reply;
mod route_contract;
mod tokens;
pub mod withstands;

pub use answer::Answer;
pub use contract_errors::{ContractError, contract_errors};
pub use events::{REQUEST_ID, configuration, event, event_with, signed_in};
pub use exceptions::exceptions as documented_exceptions;
pub use lawful::{secrets_of_event, secrets_of_reply};
#[cfg(test)]
pub(crate) use replay::Log;
pub use replay::{Asked, ReplayedCognito};
pub use reply::Reply;
pub use route_contract::RouteContract;
pub use tokens::{
    SigningKey, access_token, access_token_claims, content, now, stale_access_tokens, unsigned_token,
};

/// What a function takes as it is given, and a fuzz target makes or looks into.
pub use crate::{
    lambda::event::Event,
    model::{authentication::Authentication, origin::Origin, requests::RequestBody, responses::ResponseBody},
};
pub use secrecy::ExposeSecret;
