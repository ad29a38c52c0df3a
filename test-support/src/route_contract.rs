//! Tests that every route has, from one line in the route's own tests:
//! `test_support::route_contract!(public(&LOGIN, login, [request()]));`

use std::thread;

use serde_json::Value;

use super::{
    cognito_response::CognitoResponse,
    events::{event, signed_in},
    openapi::check_examples,
    property_tests,
    replay::call_without_cognito,
    tokens::access_token,
};
use shared::{
    Route,
    testing::{FromEvent, Handler, RouteFunction},
};

/// A route, its function, and valid requests.
pub struct RouteContract {
    handler: Handler,
    requests: Vec<Value>,
    is_bearer: bool,
    never_fails: bool,
}

/// Generates the tests that every route has. The argument is a call of [`RouteContract::public`] or
/// [`RouteContract::bearer`] without the type.
#[macro_export]
macro_rules! route_contract {
    ($($contract:tt)*) => {
        mod route_contract {
            use super::*;

            fn contract() -> $crate::RouteContract {
                $crate::RouteContract::$($contract)*
            }

            #[test]
            fn invariants_hold() {
                contract().assert_invariants();
            }

            #[test]
            fn responses_match_the_openapi_document() {
                contract().assert_openapi();
            }

            #[test]
            fn unavailable_cognito_returns_503() {
                contract().assert_unavailable();
            }
        }
    };
}

impl RouteContract {
    /// A route without a bearer token.
    pub fn public<I: FromEvent>(
        route: &'static Route,
        function: impl RouteFunction<I>,
        requests: impl IntoIterator<Item = Value>,
    ) -> Self {
        let handler = Handler::new(route, function);
        Self { handler, requests: requests.into_iter().collect(), is_bearer: false, never_fails: false }
    }

    /// A route that requires a bearer token.
    pub fn bearer<I: FromEvent>(
        route: &'static Route,
        function: impl RouteFunction<I>,
        requests: impl IntoIterator<Item = Value>,
    ) -> Self {
        Self { is_bearer: true, ..Self::public(route, function, requests) }
    }

    /// This contract for a route that returns 200 even if Cognito fails.
    #[must_use]
    pub fn never_failing(self) -> Self {
        Self { never_fails: true, ..self }
    }

    /// Asserts the invariants for generated events and responses of Cognito, starting from each request.
    pub fn assert_invariants(&self) {
        let (first, token) = if self.is_bearer {
            (vec![CognitoResponse::key_set()], access_token())
        } else {
            (Vec::new(), "no-token".to_owned())
        };
        // In parallel, to save time.
        thread::scope(|scope| {
            for request in &self.requests {
                scope.spawn(|| property_tests::run(&self.handler, &first, request, &token));
            }
        });
    }

    /// Asserts that the route returns each example of the OpenAPI document.
    pub fn assert_openapi(&self) {
        check_examples(&self.handler);
    }

    /// Asserts the response to a Cognito that refuses every connection.
    pub fn assert_unavailable(&self) {
        let route = self.handler.route;
        for request in &self.requests {
            let event = if self.is_bearer {
                signed_in(route, &access_token(), request)
            } else {
                event(route, request)
            };
            let response = call_without_cognito(&self.handler, event);
            if self.never_fails {
                assert_eq!(response.status(), 200);
            } else {
                let detail = format!("{}: identity provider unavailable", route.failure_prefix);
                assert_eq!(response.error(), (503, detail, "ServiceUnavailableException"));
            }
        }
    }
}
