use serde_json::{Value, json};
use test_support::{
    CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, configuration, contract_errors, event,
    unsigned_token,
};

use super::{START_LOGIN as ROUTE, start_login};

test_support::route_contract!(public(&ROUTE, start_login, [request()]));

fn call(cognito: &ReplayedCognito, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, start_login, event(&ROUTE, body))
}

fn request() -> Value {
    json!({ "username": " user%40igad.int ", "preferred": "EMAIL_OTP" })
}

/// Challenge with a code by email. Public reports show that it has no parameters but the delivery.
fn code_sent() -> CognitoResponse {
    CognitoResponse::documented(
        "AdminInitiateAuth",
        &json!({
            "ChallengeName": "EMAIL_OTP",
            "Session": "AYABeE",
            "ChallengeParameters": {
                "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
                "CODE_DELIVERY_DESTINATION": "u***@i***"
            },
            "AvailableChallenges": ["PASSWORD", "EMAIL_OTP"]
        }),
    )
}

/// Response with the challenge `name` and the members in `more`.
fn challenge(name: &str, more: &Value) -> Value {
    let mut body = json!({
        "access_token": "",
        "token_type": "bearer",
        "user": { "user_id": "", "email": "user@igad.int", "role": "user", "name": "IGAD User", "is_admin": false },
        "expires_in": 0,
        "challenge": name,
        "session": "AYABeE",
        "username": "user@igad.int"
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn passwordless_sign_in_makes_one_call() {
    let cognito = ReplayedCognito::new([code_sent()]);

    let response = call(&cognito, &request());

    assert_eq!(response.status(), 200);
    let more = json!({
        "message": "Enter the code that was sent to you by email",
        "delivery": { "Destination": "u***@i***", "DeliveryMedium": "EMAIL", "AttributeName": "email" }
    });
    assert_eq!(response.body(), challenge("EMAIL_OTP", &more));
    assert_eq!(response.audit_line()["challenge"], "EMAIL_OTP");
    assert_eq!(
        cognito.requests(),
        [RecordedRequest {
            operation: "AdminInitiateAuth".to_owned(),
            body: json!({
                "UserPoolId": "eu-west-1_AbCdEfGhI",
                "ClientId": "1example23456789",
                "AuthFlow": "USER_AUTH",
                "AuthParameters": { "USERNAME": "user@igad.int", "PREFERRED_CHALLENGE": "EMAIL_OTP" },
                "ContextData": {
                    "IpAddress": "203.0.113.7",
                    "ServerName": "auth.example.org",
                    "ServerPath": "/api/auth/start-login",
                    "HttpHeaders": [{ "headerName": "content-type", "headerValue": "application/json" }]
                }
            }),
            signed: true,
        }]
    );
}

#[test]
fn no_preference_returns_choices() {
    let cognito = ReplayedCognito::new([CognitoResponse::documented(
        "AdminInitiateAuth",
        &json!({
            "ChallengeName": "SELECT_CHALLENGE",
            "Session": "AYABeE",
            "ChallengeParameters": {},
            "AvailableChallenges": ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
        }),
    )]);

    let response = call(&cognito, &json!({ "username": "user@igad.int" }));

    let more =
        json!({ "message": "Choose how to sign in", "choices": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"] });
    assert_eq!((response.status(), response.body()), (200, challenge("SELECT_CHALLENGE", &more)));
    assert_eq!(cognito.requests()[0].body["AuthParameters"], json!({ "USERNAME": "user@igad.int" }));
}

#[test]
fn passkey_options_are_unchanged() {
    let options = r#"{"challenge":"Y2hhbGxlbmdl","timeout":180000,"rpId":"igad.int","allowCredentials":[{"id":"a","transports":[],"type":"public-key"}],"userVerification":"preferred"}"#;
    let cognito = ReplayedCognito::new([CognitoResponse::documented(
        "AdminInitiateAuth",
        &json!({
            "ChallengeName": "WEB_AUTHN",
            "Session": "AYABeE",
            "ChallengeParameters": { "CREDENTIAL_REQUEST_OPTIONS": options }
        }),
    )]);

    let response = call(&cognito, &json!({ "username": "user@igad.int", "preferred": "WEB_AUTHN" }));

    let passkey: Value = serde_json::from_str(options).unwrap();
    let more = json!({ "message": "Use your passkey", "passkey": passkey });
    assert_eq!((response.status(), response.body()), (200, challenge("WEB_AUTHN", &more)));
}

#[test]
fn preferred_password_returns_challenge() {
    let password = json!({ "ChallengeName": "PASSWORD", "Session": "AYABeE", "ChallengeParameters": {} });
    let cognito = ReplayedCognito::new([CognitoResponse::documented("AdminInitiateAuth", &password)]);
    let response = call(&cognito, &json!({ "username": "user@igad.int", "preferred": "PASSWORD" }));
    let more = json!({ "message": "Enter your password" });
    assert_eq!((response.status(), response.body()), (200, challenge("PASSWORD", &more)));
}

#[test]
fn secret_hash_covers_the_username() {
    let cognito = ReplayedCognito::new([code_sent()]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);
    cognito.call_with(configuration, &ROUTE, start_login, event(&ROUTE, &request()));
    // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
    let secret_hash = "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=";
    assert_eq!(cognito.requests()[0].body["AuthParameters"]["SECRET_HASH"], secret_hash);
}

#[test]
fn invalid_preference_returns_422() {
    let cases = [
        (json!({ "preferred": "EMAIL_OTP" }), "username: field required"),
        (
            json!({ "username": "user@igad.int", "preferred": "SOFTWARE_TOKEN_MFA" }),
            "preferred: must be one of the choices",
        ),
        (
            json!({ "username": "user@igad.int", "preferred": "PASSWORD_SRP" }),
            "preferred: must be one of the choices",
        ),
        (json!({ "username": "user@igad.int", "preferred": 1 }), "preferred: must be a string"),
        (json!({ "username": "user@igad.int", "preferred": "" }), "preferred: field required"),
    ];
    for (body, detail) in cases {
        let response = call(&ReplayedCognito::new([]), &body);
        assert_eq!(response.error(), (422, detail.to_owned(), "ValidationException"));
    }
}

#[test]
fn unsupported_challenge_returns_403() {
    let custom = json!({ "ChallengeName": "CUSTOM_CHALLENGE", "Session": "AYABeE" });
    let srp_alone = json!({
        "ChallengeName": "SELECT_CHALLENGE", "Session": "AYABeE", "AvailableChallenges": ["PASSWORD_SRP"]
    });
    for (cognito_response, name) in [(custom, "CUSTOM_CHALLENGE"), (srp_alone, "SELECT_CHALLENGE")] {
        let response =
            call(&ReplayedCognito::new([CognitoResponse::synthetic(&cognito_response)]), &request());
        let detail = format!("Authentication error: challenge {name} is not supported");
        assert_eq!(response.error(), (403, detail, "UnsupportedChallengeException"));
    }
}

#[test]
fn immediate_tokens_are_returned() {
    let id_token = unsigned_token(&json!({ "sub": "b7d8f6e4-0001" }));
    let tokens = json!({ "AccessToken": "eyJ.access.token", "IdToken": id_token, "ExpiresIn": 3600 });
    let cognito = ReplayedCognito::new([CognitoResponse::documented(
        "AdminInitiateAuth",
        &json!({ "AuthenticationResult": tokens }),
    )]);
    let response = call(&cognito, &request());
    assert_eq!((response.status(), &response.body()["access_token"]), (200, &json!("eyJ.access.token")));
}

#[test]
fn exceptions_match_the_contract() {
    let mappings = [("NotAuthorizedException", 401, "Invalid credentials")];
    for expected in contract_errors("AdminInitiateAuth", ["Authentication error", "Login failed"], &mappings)
    {
        let cognito = ReplayedCognito::new([expected.cognito_response.clone()]);
        let response = call(&cognito, &request());
        expected.assert_response(&response);
    }
}

#[test]
fn delivery_does_not_depend_on_the_account() {
    let response = |parameters: Value, username: &str, legacy: &str| {
        let cognito_response =
            json!({ "ChallengeName": "EMAIL_OTP", "Session": "AYABeE", "ChallengeParameters": parameters });
        let cognito =
            ReplayedCognito::new([CognitoResponse::documented("AdminInitiateAuth", &cognito_response)]);
        let configuration = configuration(&[("PREVENT_USER_EXISTENCE_ERRORS", legacy)]);
        let event = event(&ROUTE, &json!({ "username": username, "preferred": "EMAIL_OTP" }));
        cognito.call_with(configuration, &ROUTE, start_login, event)
    };
    let delivered =
        json!({ "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "s***@m***" });
    // Deliveries that Cognito invents for unknown users: aws-sdk-ios#4837, amplify-js#5783.
    let invented = [
        json!({ "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "u***@y***" }),
        json!({ "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******8187" }),
        json!({}),
    ];
    let expected = response(delivered, "sam@mail.example", "ENABLED");
    let computed = json!({ "Destination": "s***@m***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    assert_eq!(expected.body()["delivery"], computed);
    for parameters in invented.clone() {
        assert_eq!(response(parameters, "sam@mail.example", "ENABLED").as_sent(), expected.as_sent());
    }
    let no_address = response(json!({}), "sam", "ENABLED").body()["delivery"].clone();
    assert_eq!(no_address, json!({ "DeliveryMedium": "EMAIL", "AttributeName": "email" }));
    let revealed = response(invented[0].clone(), "sam@mail.example", "LEGACY").body()["delivery"].clone();
    assert_eq!(revealed, json!({ "Destination": "u***@y***", "DeliveryMedium": "EMAIL" }));
}

#[test]
fn sms_delivery_has_no_destination() {
    let parameters =
        json!({ "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******8187" });
    let cognito_response =
        json!({ "ChallengeName": "SMS_OTP", "Session": "AYABeE", "ChallengeParameters": parameters });
    let cognito = ReplayedCognito::new([CognitoResponse::documented("AdminInitiateAuth", &cognito_response)]);
    let response = call(&cognito, &json!({ "username": "user@igad.int", "preferred": "SMS_OTP" }));
    assert_eq!(
        response.body()["delivery"],
        json!({ "DeliveryMedium": "SMS", "AttributeName": "phone_number" })
    );
}
