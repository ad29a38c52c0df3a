//! Support for tests of routes: documented responses of Cognito, routes run as under Lambda, and checks that hold for
//! every route.
//!
//! A test lists Cognito's responses, sends an event of API Gateway to a route's function, and compares the requests to
//! Cognito and the response to the client. The interface to `shared` is its module `testing`.
#![allow(clippy::expect_used, reason = "a test that cannot be set up should stop at once")]

pub mod canary;
mod cognito_response;
mod contract_errors;
pub mod endpoint;
mod events;
mod exceptions;
pub mod fault_injection;
mod invariants;
mod openapi;
mod privileges;
pub mod process;
mod property_tests;
mod replay;
mod replay_connector;
mod route_contract;
mod test_response;
mod tokens;

pub use cognito_response::CognitoResponse;
pub use contract_errors::{ContractError, contract_errors};
pub use events::{
    COOKIE_VARIABLES, FEDERATION_VARIABLES, REQUEST_ID, configuration, event, event_with, from_page,
    signed_in,
};
pub use exceptions::exceptions as documented_exceptions;
pub use replay::{Log, RecordedRequest, ReplayedCognito};
pub use replay_connector::ReplayConnector;
pub use route_contract::RouteContract;
pub use test_response::TestResponse;
pub use tokens::{
    SigningKey, access_token, access_token_claims, content, now, stale_access_tokens, unsigned_token,
};
