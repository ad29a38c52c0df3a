use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, configuration, contract_errors, event,
};

use super::{SIGN_UP as ROUTE, sign_up};

test_support::route_contract!(public(&ROUTE, sign_up, [request()]));

fn request() -> Value {
    json!({ "username": " user%40igad.int", "password": " P@ssw0rd1 ", "name": "John Doe" })
}

fn new_account() -> CognitoResponse {
    CognitoResponse::documented(
        "SignUp",
        &json!({
            "UserConfirmed": false,
            "UserSub": "b7d8f6e4-0001",
            "CodeDeliveryDetails": { "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "u****@i****" }
        }),
    )
}

fn call_with(variables: &[(&str, &str)], cognito: &ReplayedCognito) -> TestResponse {
    let variables: Vec<_> = [("SELF_SIGN_UP", "true")].iter().chain(variables).copied().collect();
    cognito.call_with(configuration(&variables), &ROUTE, sign_up, event(&ROUTE, &request()))
}

#[test]
fn sign_up_makes_one_call() {
    let cognito = ReplayedCognito::new([new_account()]);

    let response = call_with(&[("COGNITO_CLIENT_SECRET", "client-secret")], &cognito);

    assert_eq!(response.status(), 200);
    assert_eq!(
        response.body(),
        json!({
            "success": true,
            "message": "Confirmation code sent. Please check your inbox.",
            "delivery": { "Destination": "u***@i***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }
        })
    );
    assert_eq!(
        cognito.requests(),
        [RecordedRequest {
            operation: "SignUp".to_owned(),
            body: json!({
                "ClientId": "1example23456789",
                // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
                "SecretHash": "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=",
                "Username": "user@igad.int",
                "Password": " P@ssw0rd1 ",
                "UserAttributes": [
                    { "Name": "email", "Value": "user@igad.int" },
                    { "Name": "name", "Value": "John Doe" }
                ],
                "UserContextData": { "IpAddress": "203.0.113.7" }
            }),
            signed: false,
        }]
    );
}

#[test]
fn sign_up_does_not_reveal_users() {
    let exists = || {
        CognitoResponse::observed(
            "https://github.com/jonsaw/amazon-cognito-identity-dart/issues/73",
            "UsernameExistsException",
            "An account with the given email already exists.",
        )
    };
    let existing = call_with(&[], &ReplayedCognito::new([exists()]));
    let new = call_with(&[], &ReplayedCognito::new([new_account()]));
    assert_eq!(existing.as_sent(), new.as_sent(), "identical responses");
    assert_eq!(existing.audit_line()["reason"], "UsernameExistsException", "only the log differs");

    let revealing =
        call_with(&[("PREVENT_USER_EXISTENCE_ERRORS", "LEGACY")], &ReplayedCognito::new([exists()]));
    assert_eq!(revealing.error(), (409, "Account already exists".to_owned(), "UsernameExistsException"));
}

#[test]
fn disabled_sign_up_returns_403() {
    for off in ["", "false"] {
        let cognito = ReplayedCognito::new([]);
        let configuration = configuration(&[("SELF_SIGN_UP", off)]);
        let response = cognito.call_with(configuration, &ROUTE, sign_up, event(&ROUTE, &request()));
        assert_eq!(response.error(), (403, "Sign-up is not enabled".to_owned(), "NotAuthorizedException"));
        assert_eq!(cognito.requests(), []);
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let mappings = [
        ("InvalidPasswordException", 400, "Password does not meet requirements"),
        // The same response as for a new account: see above and below.
        ("UsernameExistsException", 200, ""),
        ("CodeDeliveryFailureException", 200, ""),
    ];
    for expected in contract_errors("SignUp", ["Sign-up error", "Sign-up failed"], &mappings) {
        let cognito = ReplayedCognito::new([expected.cognito_response.clone()]);
        let response = call_with(&[], &cognito);
        expected.assert_response(&response);
        assert_eq!(cognito.requests().len(), 1, "{} is not retried", expected.exception);
    }
}

#[test]
fn missing_field_returns_422() {
    for field in ["username", "password"] {
        let mut body = request();
        body[field] = Value::Null;
        let response = ReplayedCognito::new([]).call(&ROUTE, sign_up, event(&ROUTE, &body));
        assert_eq!(response.error(), (422, format!("{field}: field required"), "ValidationException"));
    }
}

#[test]
fn error_names_the_invalid_parameter() {
    let error = |name, message| CognitoResponse::synthetic_error(name, message);
    let cases = [
        (CognitoResponse::constraint_violation("password"), 400, "Password does not meet requirements"),
        (CognitoResponse::constraint_violation("username"), 400, "Invalid username format"),
        (error("InvalidParameterException", "Invalid email address format."), 400, "Invalid username format"),
        (error("InvalidParameterException", "Username should be an email."), 400, "Invalid username format"),
        (
            error("NotAuthorizedException", "SignUp is not permitted for this user pool"),
            403,
            "Sign-up is not enabled",
        ),
        (
            error("NotAuthorizedException", "A client attempted to write unauthorized attribute"),
            401,
            "Sign-up error: NotAuthorizedException",
        ),
    ];
    for (cognito_response, status, detail) in cases {
        let response = call_with(&[], &ReplayedCognito::new([cognito_response]));
        assert_eq!((response.status(), &response.body()["detail"]), (status, &json!(detail)));
    }
}

#[test]
fn pool_misconfiguration_is_logged() {
    for message in [
        "Attributes did not conform to the schema: family_name: The attribute is required",
        "There does not exist a valid use pool domain",
        "SMS configuration is missing",
    ] {
        let response = call_with(
            &[],
            &ReplayedCognito::new([CognitoResponse::synthetic_error("InvalidParameterException", message)]),
        );
        let detail = "Sign-up error: InvalidParameterException".to_owned();
        assert_eq!(response.error(), (400, detail, "InvalidParameterException"));
        let is_warning =
            |line: &str| line.contains("\"WARN\"") && line.contains(message.split(':').next().unwrap());
        assert!(response.log().lines().any(is_warning), "{}", response.log());
    }
}

#[test]
fn undelivered_code_returns_200() {
    let failed = CognitoResponse::documented_error("SignUp", "CodeDeliveryFailureException");
    let response = call_with(&[], &ReplayedCognito::new([failed]));
    let new = call_with(&[], &ReplayedCognito::new([new_account()]));
    assert_eq!(response.as_sent(), new.as_sent(), "identical responses");
    assert_eq!(response.audit_line()["outcome"], "UpstreamFailures");
}

/// Response to a sign-up with `username` and `fields`, and the number of requests to Cognito.
fn sign_up_with(username: &str, fields: &Value, cognito_response: CognitoResponse) -> (TestResponse, usize) {
    let variables = [("SELF_SIGN_UP", "true"), ("PASSWORD_POLICY", "8 uppercase lowercase numbers symbols")];
    let cognito = ReplayedCognito::new([cognito_response]);
    let mut body = fields.clone();
    body["username"] = username.into();
    let response = cognito.call_with(configuration(&variables), &ROUTE, sign_up, event(&ROUTE, &body));
    (response, cognito.requests().len())
}

#[test]
fn admin_address_is_not_revealed() {
    let weak = || CognitoResponse::documented_error("SignUp", "InvalidPasswordException");
    let cases = [
        (json!({ "password": "SecureP@ssw0rd1", "name": "Jane" }), new_account()),
        (json!({ "password": "quokkaquokka" }), weak()),
        (json!({ "password": "Corr3ct-Horse! " }), CognitoResponse::constraint_violation("password")),
        (json!({ "password": "ß" }), CognitoResponse::constraint_violation("password")),
        (json!({ "password": "Corr3ct\nHorse!" }), CognitoResponse::constraint_violation("password")),
        (json!({ "password": "\u{a0}Corr3ct-Horse!" }), new_account()),
        (
            json!({ "password": "SecureP@ssw0rd1", "name": "n".repeat(2049) }),
            CognitoResponse::constraint_violation("userAttributes.2.member.value"),
        ),
    ];
    for (fields, cognito_response) in cases {
        let (any_other, calls) = sign_up_with("hugh@igad.int", &fields, cognito_response);
        assert_eq!(calls, 1);
        for username in ["head@igad.int", "HEAD@igad.int", " head%40igad.int\u{200b}"] {
            let (response, calls) = sign_up_with(username, &fields, new_account());
            assert_eq!((response.status(), calls), (any_other.status(), 0), "{fields}");
            if username == "head@igad.int" {
                assert_eq!(response.as_sent(), any_other.as_sent(), "identical responses: {fields}");
            }
        }
    }
}

#[test]
fn admin_sign_up_is_audited() {
    let (response, _) =
        sign_up_with("head@igad.int", &json!({ "password": "SecureP@ssw0rd1" }), new_account());
    let line = response.audit_line();
    assert_eq!((&line["outcome"], &line["reason"]), (&json!("Refused"), &json!("AdministratorAddress")));
    assert!(line["username_hash"].is_string());
}
