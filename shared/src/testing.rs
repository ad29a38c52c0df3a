//! Interface for the crate `test-support`.
//!
//! A test builds a [`Configuration`] from variables, a [`Service`](crate::Service) over its own connector, and a
//! [`Handler`] from a route and its function. [`handle`] then handles an event as in the Lambda runtime. Functions do
//! not use this module. It is always compiled, so that tests and binaries share one build of this crate.

pub use crate::{
    cognito::{connections::Connections, trust_store::TrustStoreError},
    lambda::{
        configuration::Configuration,
        event::Event,
        logging::subscriber,
        request::FromEvent,
        response::Response,
        serve::{Completed, Handler, Invocation, RouteFunction, handle},
    },
    model::{
        authentication::Authentication,
        challenge::ChallengeName,
        client_context::ClientContext,
        error::{CognitoName, Problem},
        error_mapping::OwnMapping,
        fields::is_absent,
        requests::RequestBody,
        responses::ResponseBody,
        user::STANDARD_ATTRIBUTES,
    },
};
