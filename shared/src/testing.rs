//! Interface for the crate `test-support`: an event goes in, a response and its audit line come out.
//!
//! A test builds a [`Configuration`] from variables, a [`Service`](crate::Service) over a connector of its own, and a
//! [`Handler`] from a route and its function. [`handle`] then does what the Lambda runtime would have done.
//! Functions use nothing of this module. It is always compiled, so that tests and binaries share one build of this crate.

pub use crate::{
    cognito::{connections::Connections, trust_store::TrustStoreError},
    lambda::{
        configuration::Configuration,
        event::Event,
        logging::subscriber,
        request::FromEvent,
        response::Response,
        serve::{Completed, Handler, Invocation, handle},
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
