//! Checks of responses and routes against the OpenAPI document, `openapi/openapi.yaml`.

mod check_examples;
mod spec;
mod validate_response;

pub(crate) use check_examples::check_examples;
pub(crate) use validate_response::validate_response;
