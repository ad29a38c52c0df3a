//! Events of API Gateway, and the configuration of a deployment.

use serde_json::{Value, json};

use shared::{Route, testing::Configuration};

/// The request id of every [`event`].
pub const REQUEST_ID: &str = "JKJaXmPLvHcESHA=";

/// Configuration of a deployment. `variables` take precedence over the defaults.
pub fn configuration(variables: &[(&str, &str)]) -> Configuration {
    let usual = [
        ("AWS_REGION", "eu-west-1"),
        ("COGNITO_USER_POOL_ID", "eu-west-1_AbCdEfGhI"),
        ("COGNITO_CLIENT_ID", "1example23456789"),
        ("ADMIN_EMAILS", "head@igad.int, Chief@igad.int"),
        ("DEFAULT_USER_NAME", "IGAD User"),
        ("TOTP_ISSUER", "IGAD"),
        ("AUDIT_KEY", "audit-key"),
        ("METRICS_NAMESPACE", "sign-in-test"),
    ];
    Configuration::from_variables(|name| {
        let named = |(variable, _): &&(&str, &str)| *variable == name;
        variables
            .iter()
            .find(named)
            .or_else(|| usual.iter().find(named))
            .map(|(_, value)| (*value).to_owned())
    })
    .expect("the usual variables are valid")
}

/// A `POST` to `route` with a JSON body, in the payload format 2.0.
pub fn event(route: &Route, body: &Value) -> String {
    event_with(route, &[("content-type", "application/json")], &body.to_string())
}

/// A `POST` to `route` with a JSON body and the bearer token `token`.
pub fn signed_in(route: &Route, token: &str, body: &Value) -> String {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    event_with(route, &headers, &body.to_string())
}

/// A `POST` to `route` with any headers and body, in the payload format 2.0.
pub fn event_with(route: &Route, headers: &[(&str, &str)], body: &str) -> String {
    let path = format!("/api/auth/{}", route.name);
    let headers: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    json!({
        "version": "2.0",
        "routeKey": format!("POST {path}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "auth.example.org",
            "domainPrefix": "auth",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "client/1.0"
            },
            "requestId": REQUEST_ID,
            "routeKey": format!("POST {path}"),
            "stage": "$default",
            "time": "24/Nov/2026:10:00:00 +0000",
            "timeEpoch": 1_795_514_400_000_u64
        },
        "body": body,
        "isBase64Encoded": false
    })
    .to_string()
}

/// Variables of a deployment that allows the refresh token in a cookie, for 30 days.
pub const COOKIE_VARIABLES: [(&str, &str); 2] =
    [("REFRESH_TOKEN_COOKIE_DAYS", "30"), ("ALLOWED_ORIGINS", "https://app.igad.int,https://other.igad.int")];

/// Variables of a deployment with federated sign-in, with all of which only tests configure one function.
pub const FEDERATION_VARIABLES: [(&str, &str); 4] = [
    ("FEDERATION_URL", "https://sign-in.auth.eu-west-1.amazoncognito.com"),
    ("FEDERATED_PROVIDERS", "Google,Microsoft"),
    ("REDIRECT_URIS", "https://app.igad.int/signed-in,http://localhost:3000/signed-in"),
    ("LOGOUT_REDIRECT_URIS", "https://app.igad.int/"),
];

/// `event` from a page of `origin`, with `cookies` as in payload format 2.0.
pub fn from_page(event: &str, origin: &str, cookies: &[&str]) -> String {
    let mut event: Value = serde_json::from_str(event).expect("an event is JSON");
    event["headers"]["origin"] = origin.into();
    event["cookies"] = cookies.into();
    event.to_string()
}
