//! Checks that a route returns each example of the OpenAPI document. The opposite direction is `validate_response`.

use std::collections::BTreeSet;

use aws_smithy_types::{DateTime, date_time::Format};
use serde_json::{Map, Value, json};

use super::{
    spec::{Bearer, Example, OPERATIONS, Operation},
    validate_response::needs_cookie_in,
};
use crate::{
    cognito_response::CognitoResponse,
    events::{COOKIE_VARIABLES, FEDERATION_VARIABLES, configuration, event_with},
    replay::ReplayedCognito,
    tokens::{SigningKey, access_token_claims, now, unsigned_token},
};
use shared::{
    Route,
    testing::{Handler, OwnMapping},
};

/// Asserts that the route of `handler` returns what the OpenAPI document has:
///
/// - each example of a response, word for word, for a request and a response of Cognito that lead to it;
/// - no 422 for each example of a request; with a field set to null, only if the document forbids that;
/// - an example for each exception with a mapping of its own;
/// - the header `x-amz-user-context-data`, only if the document has it, in the request to Cognito.
pub(crate) fn check_examples(handler: &Handler) {
    let route = handler.route;
    let operation = OPERATIONS.get(route.name).unwrap_or_else(|| panic!("{} is not documented", route.name));
    for OwnMapping { error_type, status, detail } in route.own_mappings() {
        // Clients of this route do not see its errors.
        if route.name == "logout" {
            continue;
        }
        let detail = detail.map_or_else(|| format!("{}: {error_type}", route.error_prefix), str::to_owned);
        assert!(
            operation.has_example(status.as_u16(), error_type, &detail),
            "{}: no example of {status} has the type {error_type} and the detail {detail:?}",
            route.name,
        );
    }

    let call_in = |prevent_user_existence_errors: &str, attempt: &Attempt| {
        // The deployment in which every response but a few is possible.
        let mut variables = vec![
            ("SELF_SIGN_UP", if attempt.sign_up_is_disabled { "false" } else { "true" }),
            ("EMAIL_CHANGE", if attempt.email_change_is_disabled { "false" } else { "true" }),
            ("EMAIL_CODE", "false"),
            ("MFA", "OPTIONAL"),
            ("PASSKEYS", "true"),
            ("PASSWORD_POLICY", "8 uppercase lowercase numbers symbols"),
            ("PREVENT_USER_EXISTENCE_ERRORS", prevent_user_existence_errors),
            ("EDGE_SECRET", if attempt.bypasses_cloudfront { "what-cloudfront-knows" } else { "" }),
        ];
        variables.extend(FEDERATION_VARIABLES);
        if !attempt.cookie_is_disabled {
            variables.extend(COOKIE_VARIABLES);
        }
        let deployment = configuration(&variables);
        let keys = (operation.bearer == Bearer::Required).then(CognitoResponse::key_set);
        // Several times, for a call that is repeated and for a route that makes several.
        let cognito_responses =
            keys.into_iter().chain(std::iter::repeat_n(attempt.cognito_response.clone(), 3));
        let cognito = ReplayedCognito::new(cognito_responses);
        cognito.handle_event(deployment, handler, attempt.event(route, operation))
    };
    let call = |attempt: &Attempt| call_in("LEGACY", attempt);

    for request in operation.requests() {
        let response = call(&Attempt::with(request.value.clone(), CognitoResponse::synthetic(&json!({}))));
        assert_ne!(response.status(), 422, "{}: the request {:?} is valid", route.name, request.name);
    }
    // The document says whether a field may be null. `validate_response` compares.
    let fields: BTreeSet<_> = operation
        .requests()
        .iter()
        .filter_map(|request| request.value.as_object())
        .flat_map(Map::keys)
        .collect();
    for example in &operation.responses[&200].examples {
        for field in &fields {
            let mut request = operation.requests_for(example).remove(0);
            request[field.as_str()] = Value::Null;
            for attempt in Attempt::for_example(operation, 200, example) {
                call(&Attempt { body: request.to_string(), ..attempt });
            }
        }
    }
    assert_eq!(
        forwards_device_data(handler, operation),
        operation.header_parameters.contains(DEVICE_DATA),
        "{}: left: {DEVICE_DATA} is sent to Cognito; right: it is documented",
        route.name
    );
    for (status, response) in &operation.responses {
        for example in response.examples.iter().filter(|example| !example.is_of_the_gateway()) {
            let attempts = Attempt::for_example(operation, *status, example);
            assert!(!attempts.is_empty(), "{}: nothing leads to {:?}", route.name, example.name);
            let deployments = ["LEGACY", "ENABLED"];
            let responses: Vec<_> = attempts
                .iter()
                .flat_map(|attempt| deployments.iter().map(move |deployment| (*deployment, attempt)))
                .map(|(deployment, attempt)| {
                    let response = call_in(deployment, attempt);
                    let error_type = response.header("x-amzn-errortype").map(str::to_owned);
                    (response.status(), error_type, response.body())
                })
                .collect();
            let error_type = (*status != 200).then(|| example.error_type().to_owned());
            let expected = (*status, error_type, example.value.clone());
            assert!(
                responses.contains(&expected),
                "{}: {:?} is not returned:\n{expected:?}\nbut\n{responses:?}",
                route.name,
                example.name
            );
        }
    }
}

/// Request header with a device fingerprint for Cognito's threat protection.
const DEVICE_DATA: &str = "x-amz-user-context-data";

/// Whether the route of `handler` sends [`DEVICE_DATA`] to Cognito.
fn forwards_device_data(handler: &Handler, operation: &Operation) -> bool {
    let body = operation.requests().first().map_or(Value::Null, |request| request.value.clone());
    let attempt = Attempt::with(body, CognitoResponse::synthetic(&json!({})));
    let keys = (operation.bearer == Bearer::Required).then(CognitoResponse::key_set);
    let cognito = ReplayedCognito::new(keys.into_iter().chain([attempt.cognito_response.clone()]));
    let mut event: Value = serde_json::from_str(&attempt.event(handler.route, operation)).expect("an event");
    event["headers"][DEVICE_DATA] = "a device".into();
    let [lifetime, origins] = COOKIE_VARIABLES;
    let deployment = configuration(&[("SELF_SIGN_UP", "true"), lifetime, origins]);
    cognito.handle_event(deployment, handler, event.to_string());
    let sent = cognito.requests();
    sent.iter()
        .flat_map(|request| ["ContextData", "UserContextData"].map(|name| &request.body[name]))
        .any(|context| context["EncodedData"] == "a device")
}

/// A request, and the response of Cognito.
struct Attempt {
    body: String,
    is_json: bool,
    token: Token,
    cognito_response: CognitoResponse,
    is_gateway_event: bool,
    bypasses_cloudfront: bool,
    sign_up_is_disabled: bool,
    email_change_is_disabled: bool,
    cookie_is_disabled: bool,
    /// Value of the header `Cookie`.
    cookie: &'static str,
    /// Origin of the page.
    origin: &'static str,
}

/// The bearer token of a request.
enum Token {
    /// None.
    None,
    /// One with these claims.
    Of(Value),
    /// Text that is not a token.
    Garbage,
}

impl Attempt {
    /// A valid request.
    fn with(body: Value, cognito_response: CognitoResponse) -> Self {
        Self {
            body: if body.is_null() { String::new() } else { body.to_string() },
            is_json: true,
            token: Token::Of(access_token_claims()),
            cognito_response,
            is_gateway_event: true,
            bypasses_cloudfront: false,
            sign_up_is_disabled: false,
            email_change_is_disabled: false,
            cookie_is_disabled: false,
            cookie: "__Host-refresh_token=eyJ.cookie.token",
            origin: "https://app.igad.int",
        }
    }

    /// Attempts of which at least one leads to `example`. More than one if a field is invalid, or if Cognito returns an
    /// error to one of the documented requests.
    fn for_example(operation: &Operation, status: u16, example: &Example) -> Vec<Self> {
        let bodies = operation.requests_for(example);
        let body = bodies[0].clone();
        let exception = CognitoResponse::rejection(example.error_type());
        let usual = Self::with(body.clone(), exception);
        let of = |token| Self { token, ..Self::with(body.clone(), CognitoResponse::synthetic(&json!({}))) };
        if status == 200 {
            let mut claims = access_token_claims();
            claims["cognito:groups"] = groups(&example.value);
            let cognito_response = CognitoResponse::synthetic(&cognito_response_for(&example.value));
            let attempt = |body| Self {
                token: Token::Of(claims.clone()),
                ..Self::with(body, cognito_response.clone())
            };
            return bodies.into_iter().map(attempt).collect();
        }
        vec![match (example.error_type(), example.detail()) {
            ("ValidationException", detail) => {
                let cookie_is_disabled = needs_cookie_in(operation, &example.value);
                let attempts = Self::rejected_for(operation, detail).into_iter();
                return attempts.map(|attempt| Self { cookie_is_disabled, ..attempt }).collect();
            }
            ("RequestEntityTooLargeException", _) => Self { body: " ".repeat(16 * 1024 + 1), ..usual },
            ("UnsupportedMediaTypeException", _) => Self { body: "{}".to_owned(), is_json: false, ..usual },
            ("ServiceUnavailableException", _) => {
                Self { cognito_response: CognitoResponse::raw(503, "<html></html>"), ..usual }
            }
            ("NotAuthorizedException", "Sign-up is not enabled") => {
                Self { sign_up_is_disabled: true, ..usual }
            }
            ("NotAuthorizedException", "Email change is not enabled") => {
                Self { email_change_is_disabled: true, ..usual }
            }
            ("NotAuthorizedException", "Attribute value is not valid") => {
                let message = "A client attempted to write unauthorized attribute";
                let exception = CognitoResponse::synthetic_error(example.error_type(), message);
                Self { cognito_response: exception, ..usual }
            }
            ("ConfirmationMismatch", _) => {
                let another_user = cognito_response_for(&json!({ "username": "another@igad.int" }));
                Self { cognito_response: CognitoResponse::synthetic(&another_user), ..usual }
            }
            ("OriginNotAllowed", _) => {
                let mut body = body;
                body["cookie"] = true.into();
                Self { origin: "https://foreign.example", ..Self::with(body, usual.cognito_response) }
            }
            ("NotAuthorizedException", "Not authenticated") if operation.bearer == Bearer::None => {
                Self { body: "{}".to_owned(), cookie: "", ..usual }
            }
            ("PublicAddressRequired", _) => Self { bypasses_cloudfront: true, ..usual },
            ("ReauthenticationRequired", _) => of(Token::Of(claims_with("auth_time", now() - 16 * 60))),
            ("NotAuthorizedException", _) if status == 401 && operation.bearer == Bearer::Required => {
                of(match example.detail() {
                    "Not authenticated" => Token::None,
                    "Token has expired" => Token::Of(claims_with("exp", now() - 1)),
                    _ => Token::Garbage,
                })
            }
            ("UnsupportedChallengeException", _) => {
                let cognito_response = json!({ "ChallengeName": example.any_name, "Session": "AYABeE..." });
                Self { cognito_response: CognitoResponse::synthetic(&cognito_response), ..usual }
            }
            ("InternalErrorException", _) if example.any_name.is_none() => {
                Self { is_gateway_event: false, ..usual }
            }
            // The message decides which response the client gets.
            ("InvalidParameterException", _) => {
                let violations =
                    ["password", "previousPassword", "username"].map(CognitoResponse::constraint_violation);
                let cognito_responses: Vec<_> =
                    violations.into_iter().chain([usual.cognito_response.clone()]).collect();
                let mut bodies: Vec<_> =
                    operation.requests().iter().map(|request| request.value.clone()).collect();
                if bodies.is_empty() {
                    bodies.push(body);
                }
                let mut attempts = Vec::new();
                for body in bodies {
                    attempts.extend(
                        cognito_responses
                            .iter()
                            .map(|cognito_response| Self::with(body.clone(), cognito_response.clone())),
                    );
                }
                return attempts;
            }
            _ if operation.requests().is_empty() => usual,
            _ => {
                let of =
                    |request: &Example| Self::with(request.value.clone(), usual.cognito_response.clone());
                return operation.requests().iter().map(of).collect();
            }
        }]
    }

    /// Requests of which at least one is rejected with `detail`: those of the document with the field changed.
    fn rejected_for(operation: &Operation, detail: &str) -> Vec<Self> {
        let (field, problem) = detail.split_once(": ").expect("a field and a problem");
        let without_cognito =
            |body: String| Self { body, ..Self::with(Value::Null, CognitoResponse::raw(503, "")) };
        if field == "body" {
            let bodies: &[&str] = if problem == "field required" { &[""] } else { &["[]"] };
            return bodies.iter().map(|body| without_cognito((*body).to_owned())).collect();
        }
        let requests = || operation.requests().iter().map(|example| &example.value);
        let elsewhere = || requests().find_map(|request| request.get(field)).cloned();
        let exchanged = match problem {
            "field required" => vec![Value::Null, "".into()],
            "must be a string" | "must be true or false" => vec![1.into()],
            "must have at most 2048 characters" => vec!["x".repeat(2049).into()],
            "not enabled" => vec![true.into()],
            "must be a JSON object" => vec!["{}".into()],
            "must give each attribute a text" => vec![json!({ "name": 1 })],
            "contains an attribute that cannot be changed" => vec![json!({ "email": "user@igad.int" })],
            "must give each standard attribute a text" => vec![json!({ "custom:role": "admin" })],
            "does not answer this challenge" => elsewhere().into_iter().collect(),
            _ => vec!["12345".into()],
        };
        let is_stray = problem == "does not answer this challenge";
        let candidates = requests().filter(|request| request.get(field).is_none() == is_stray);
        candidates
            .flat_map(|request| {
                exchanged.iter().map(|value| {
                    let mut request = request.clone();
                    request[field] = value.clone();
                    without_cognito(request.to_string())
                })
            })
            .collect()
    }

    fn event(&self, route: &Route, operation: &Operation) -> String {
        if !self.is_gateway_event {
            return "[]".to_owned();
        }
        let authorization = match &self.token {
            _ if operation.bearer == Bearer::None => None,
            Token::None => None,
            Token::Of(claims) => Some(format!("Bearer {}", SigningKey::of_the_pool().sign(claims))),
            Token::Garbage => Some("Bearer garbage".to_owned()),
        };
        let content_type = if self.is_json { "application/json" } else { "text/plain" };
        let mut headers =
            vec![("content-type", content_type), ("origin", self.origin), ("cookie", self.cookie)];
        headers.extend(authorization.as_deref().map(|authorization| ("authorization", authorization)));
        event_with(route, &headers, &self.body)
    }
}

fn claims_with(claim: &str, value: u64) -> Value {
    let mut claims = access_token_claims();
    claims[claim] = value.into();
    claims
}

/// Groups of `user` in a response.
fn groups(user: &Value) -> Value {
    if user["is_admin"] == true { json!(["admin"]) } else { json!([]) }
}

/// The response of Cognito that leads to `response`, for any operation: the client of each reads its own members only.
fn cognito_response_for(response: &Value) -> Value {
    if let Some(challenge) = response.get("challenge") {
        return challenge_response_for(challenge, response);
    }
    let user = response.get("user").unwrap_or(response);
    let id_token = unsigned_token(&json!({
        "sub": user["user_id"], "email": user["email"], "name": user["name"], "cognito:groups": groups(user)
    }));
    let attribute = |name: &str, value: &Value| json!({ "Name": name, "Value": value });
    let mut attributes = vec![
        attribute("sub", user.get("user_id").unwrap_or(&json!("1"))),
        attribute("email", &user["email"]),
        attribute("name", &user["name"]),
        attribute("email_verified", &json!(response["email_verified"].to_string())),
    ];
    let others = response["attributes"].as_object().into_iter().flatten().filter(|(name, _)| *name != "name");
    attributes.extend(others.map(|(name, value)| attribute(name, value)));
    json!({
        "AuthenticationResult": {
            "AccessToken": response["access_token"],
            "RefreshToken": response["refresh_token"],
            "ExpiresIn": response["expires_in"],
            "IdToken": id_token
        },
        "access_token": response["access_token"],
        "refresh_token": response["refresh_token"],
        "expires_in": response["expires_in"],
        "id_token": id_token,
        "CodeDeliveryDetails": response["delivery"],
        "SecretCode": response["secret"],
        "Status": "SUCCESS",
        "Username": response.get("username").unwrap_or(&json!("user@igad.int")),
        "UserAttributes": attributes,
        "ConfiguredUserAuthFactors": response["factors"],
        "UserMFASettingList": response["mfa"],
        "PreferredMfaSetting": response["preferred"],
        "CredentialCreationOptions": response["passkey"],
        "Credentials": response["passkeys"].as_array().map(|passkeys| passkeys.iter().map(credential).collect::<Value>())
    })
}

/// Cognito's representation of `passkey`.
fn credential(passkey: &Value) -> Value {
    let created_at = passkey["created_at"].as_str().expect("a time");
    let created_at = DateTime::from_str(created_at, Format::DateTime).expect("a time in RFC 3339");
    json!({
        "CredentialId": passkey["credential_id"],
        "FriendlyCredentialName": passkey["name"],
        "RelyingPartyId": passkey["relying_party"],
        "AuthenticatorTransports": passkey["transports"],
        "CreatedAt": created_at.as_secs_f64()
    })
}

fn challenge_response_for(challenge: &Value, response: &Value) -> Value {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = |values: &Value| values.as_array().map(|_| values.to_string());
    let required: Option<Vec<_>> = response["required_attributes"].as_array().map(|names| {
        names.iter().filter_map(Value::as_str).map(|name| format!("userAttributes.{name}")).collect()
    });
    let parameters = [
        ("USERNAME", text(&response["username"])),
        ("requiredAttributes", required.map(|names| json!(names).to_string())),
        ("MFAS_CAN_CHOOSE", list(&response["choices"])),
        ("MFAS_CAN_SETUP", list(&response["choices"])),
        ("CODE_DELIVERY_DESTINATION", text(&response["delivery"]["Destination"])),
        ("CODE_DELIVERY_DELIVERY_MEDIUM", text(&response["delivery"]["DeliveryMedium"])),
        ("CREDENTIAL_REQUEST_OPTIONS", response.get("passkey").map(Value::to_string)),
    ];
    let parameters: Map<String, Value> =
        parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
    json!({
        "ChallengeName": challenge,
        "Session": response["session"],
        "ChallengeParameters": parameters,
        "AvailableChallenges": response["choices"],
        "SecretCode": response["totp"]["secret"]
    })
}
