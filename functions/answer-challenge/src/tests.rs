use serde_json::{Value, json};
use test_support::{
    COOKIE_VARIABLES, CognitoResponse, RecordedRequest, ReplayedCognito, TestResponse, configuration,
    contract_errors, event, from_page,
};

use super::{ANSWER_CHALLENGE as ROUTE, answer_challenge};

test_support::route_contract!(public(
    &ROUTE,
    answer_challenge,
    answers().into_iter().map(|(name, answer, _)| request(name, &answer))
));

/// A request that answers `challenge` with `answer`.
fn request(challenge: &str, answer: &Value) -> Value {
    let mut body = json!({ "challenge": challenge, "session": "AYABeE", "username": "b7d8f6e4-0001" });
    body.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
    body
}

fn tokens() -> CognitoResponse {
    let claims = json!({ "sub": "b7d8f6e4-0001", "email": "user@igad.int", "name": "John Doe" });
    CognitoResponse::tokens("AdminRespondToAuthChallenge", &claims)
}

fn challenge(name: &str, parameters: &Value) -> CognitoResponse {
    CognitoResponse::documented(
        "AdminRespondToAuthChallenge",
        &json!({ "ChallengeName": name, "Session": "AYABeF-next", "ChallengeParameters": parameters }),
    )
}

fn call(cognito: &ReplayedCognito, body: &Value) -> TestResponse {
    cognito.call(&ROUTE, answer_challenge, event(&ROUTE, body))
}

/// Table of the contract: the challenge, the client's answer, and the `ChallengeResponses` for Cognito.
fn answers() -> Vec<(&'static str, Value, Value)> {
    vec![
        ("NEW_PASSWORD_REQUIRED", json!({ "new_password": " N3w " }), json!({ "NEW_PASSWORD": " N3w " })),
        (
            "NEW_PASSWORD_REQUIRED",
            json!({ "new_password": "N3w", "attributes": { "name": "John" } }),
            json!({ "NEW_PASSWORD": "N3w", "userAttributes.name": "John" }),
        ),
        (
            "SOFTWARE_TOKEN_MFA",
            json!({ "code": " 123\u{200b} 4-56\n" }),
            json!({ "SOFTWARE_TOKEN_MFA_CODE": "123456" }),
        ),
        ("SMS_MFA", json!({ "code": "123456" }), json!({ "SMS_MFA_CODE": "123456" })),
        ("EMAIL_OTP", json!({ "code": "\u{ff11}\u{ff12}345678" }), json!({ "EMAIL_OTP_CODE": "12345678" })),
        ("SMS_OTP", json!({ "code": "12345678" }), json!({ "SMS_OTP_CODE": "12345678" })),
        ("SELECT_MFA_TYPE", json!({ "choice": "EMAIL_OTP" }), json!({ "ANSWER": "EMAIL_OTP" })),
        ("SELECT_CHALLENGE", json!({ "choice": "WEB_AUTHN" }), json!({ "ANSWER": "WEB_AUTHN" })),
        (
            "SELECT_CHALLENGE",
            json!({ "choice": "PASSWORD", "password": " P@ss wörd " }),
            json!({ "ANSWER": "PASSWORD", "PASSWORD": " P@ss wörd " }),
        ),
        ("PASSWORD", json!({ "password": " P@ss wörd " }), json!({ "PASSWORD": " P@ss wörd " })),
        (
            "WEB_AUTHN",
            json!({ "credential": { "id": "Y3JlZGVudGlhbA", "response": { "signature": "c2lnbmF0dXJl" } } }),
            json!({ "CREDENTIAL": r#"{"id":"Y3JlZGVudGlhbA","response":{"signature":"c2lnbmF0dXJl"}}"# }),
        ),
        ("MFA_SETUP", json!({ "email": " user@igad.int" }), json!({ "EMAIL": "user@igad.int" })),
    ]
}

#[test]
fn each_challenge_is_answered_in_one_call() {
    for (name, answer, mut responses) in answers() {
        let cognito = ReplayedCognito::new([tokens()]);

        let response = call(&cognito, &request(name, &answer));

        assert_eq!(
            (response.status(), &response.body()["access_token"]),
            (200, &json!("eyJ.access.token")),
            "{name}"
        );
        assert_eq!(response.audit_line()["answers"], name);
        responses["USERNAME"] = "b7d8f6e4-0001".into();
        assert_eq!(
            cognito.requests(),
            [RecordedRequest {
                operation: "AdminRespondToAuthChallenge".to_owned(),
                body: json!({
                    "UserPoolId": "eu-west-1_AbCdEfGhI",
                    "ClientId": "1example23456789",
                    "ChallengeName": name,
                    "Session": "AYABeE",
                    "ChallengeResponses": responses,
                    "ContextData": {
                        "IpAddress": "203.0.113.7",
                        "ServerName": "auth.example.org",
                        "ServerPath": "/api/auth/answer-challenge",
                        "HttpHeaders": [{ "headerName": "content-type", "headerValue": "application/json" }]
                    }
                }),
                signed: true,
            }]
        );
    }
}

#[test]
fn secret_hash_covers_the_username() {
    let cognito = ReplayedCognito::new([tokens()]);
    let configuration = configuration(&[("COGNITO_CLIENT_SECRET", "client-secret")]);
    let body = json!({
        "challenge": "PASSWORD", "session": "AYABeE", "username": "user@igad.int", "password": "SecureP@ssw0rd1"
    });
    cognito.call_with(configuration, &ROUTE, answer_challenge, event(&ROUTE, &body));
    // printf 'user@igad.int1example23456789' | openssl dgst -sha256 -hmac client-secret -binary | base64
    let secret_hash = "natWpNCYS+skdwzkcZrMdKeQJm3Skdzx5ChrVGAbXho=";
    assert_eq!(cognito.requests()[0].body["ChallengeResponses"]["SECRET_HASH"], secret_hash);
}

/// Cognito's responses with the next challenge, and the responses to the client.
fn next_steps() -> Vec<(CognitoResponse, Value)> {
    let delivered = |medium: &str, destination: &str| {
        json!({
            "CODE_DELIVERY_DELIVERY_MEDIUM": medium,
            "CODE_DELIVERY_DESTINATION": destination,
            "USER_ID_FOR_SRP": "b7d8f6e4-0001"
        })
    };
    let passkey = r#"{"challenge":"Y2hhbGxlbmdl","timeout":180000,"rpId":"igad.int","allowCredentials":[]}"#;
    vec![
        (
            challenge("SOFTWARE_TOKEN_MFA", &json!({ "USER_ID_FOR_SRP": "b7d8f6e4-0001" })),
            json!({ "challenge": "SOFTWARE_TOKEN_MFA", "message": "Enter the code from your authenticator app" }),
        ),
        (
            challenge("SMS_MFA", &delivered("SMS", "+*******1234")),
            json!({
                "challenge": "SMS_MFA",
                "message": "Enter the code that was sent to your phone",
                "delivery": { "Destination": "+*******1234", "DeliveryMedium": "SMS" }
            }),
        ),
        (
            challenge("EMAIL_OTP", &delivered("EMAIL", "u***@i***")),
            json!({
                "challenge": "EMAIL_OTP",
                "message": "Enter the code that was sent to you by email",
                "delivery": { "Destination": "u***@i***", "DeliveryMedium": "EMAIL" }
            }),
        ),
        (
            challenge("SMS_OTP", &delivered("SMS", "+*******1234")),
            json!({
                "challenge": "SMS_OTP",
                "message": "Enter the code that was sent to your phone",
                "delivery": { "Destination": "+*******1234", "DeliveryMedium": "SMS" }
            }),
        ),
        (
            challenge(
                "SELECT_MFA_TYPE",
                &json!({ "MFAS_CAN_CHOOSE": r#"["SMS_MFA","SOFTWARE_TOKEN_MFA","TELEPATHY"]"# }),
            ),
            json!({
                "challenge": "SELECT_MFA_TYPE",
                "message": "Choose how to confirm that it is you",
                "choices": ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
            }),
        ),
        (
            challenge("MFA_SETUP", &json!({ "MFAS_CAN_SETUP": r#"["SMS_MFA","SOFTWARE_TOKEN_MFA"]"# })),
            json!({
                "challenge": "MFA_SETUP",
                "message": "Set up a second factor",
                "choices": ["SOFTWARE_TOKEN_MFA"]
            }),
        ),
        (
            CognitoResponse::documented(
                "AdminRespondToAuthChallenge",
                &json!({
                    "ChallengeName": "SELECT_CHALLENGE",
                    "Session": "AYABeF-next",
                    "AvailableChallenges": ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "WEB_AUTHN"]
                }),
            ),
            json!({
                "challenge": "SELECT_CHALLENGE",
                "message": "Choose how to sign in",
                "choices": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
            }),
        ),
        (
            challenge("PASSWORD", &json!({})),
            json!({ "challenge": "PASSWORD", "message": "Enter your password" }),
        ),
        (
            challenge("WEB_AUTHN", &json!({ "CREDENTIAL_REQUEST_OPTIONS": passkey })),
            json!({
                "challenge": "WEB_AUTHN",
                "message": "Use your passkey",
                "passkey": { "challenge": "Y2hhbGxlbmdl", "timeout": 180000, "rpId": "igad.int", "allowCredentials": [] }
            }),
        ),
        (
            challenge(
                "NEW_PASSWORD_REQUIRED",
                &json!({ "requiredAttributes": r#"["userAttributes.name"]"# }),
            ),
            json!({
                "challenge": "NEW_PASSWORD_REQUIRED",
                "message": "Password change required",
                "requires_password_change": true,
                "required_attributes": ["name"]
            }),
        ),
    ]
}

#[test]
fn next_challenge_has_session_and_username() {
    for (cognito_response, mut expected) in next_steps() {
        let cognito = ReplayedCognito::new([cognito_response]);

        let response = call(&cognito, &request("PASSWORD", &json!({ "password": "SecureP@ssw0rd1" })));

        assert_eq!(response.status(), 200);
        assert_eq!(
            (&response.audit_line()["outcome"], &response.audit_line()["challenge"]),
            (&json!("Challenged"), &expected["challenge"])
        );
        expected.as_object_mut().unwrap().extend(
            json!({
                "access_token": "",
                "token_type": "bearer",
                "user": { "user_id": "", "email": "b7d8f6e4-0001", "role": "user", "name": "IGAD User", "is_admin": false },
                "expires_in": 0,
                "session": "AYABeF-next",
                "username": "b7d8f6e4-0001"
            })
            .as_object()
            .unwrap()
            .clone(),
        );
        assert_eq!(response.body(), expected);
    }
}

#[test]
fn unsupported_challenge_returns_403() {
    let unsupported = [
        challenge("SELECT_MFA_TYPE", &json!({ "MFAS_CAN_CHOOSE": "[]" })),
        challenge("MFA_SETUP", &json!({ "MFAS_CAN_SETUP": r#"["SMS_MFA"]"# })),
        challenge("SELECT_CHALLENGE", &json!({})),
        challenge("CUSTOM_CHALLENGE", &json!({})),
        challenge("DEVICE_SRP_AUTH", &json!({})),
    ];
    for cognito_response in unsupported {
        let response = call(
            &ReplayedCognito::new([cognito_response]),
            &request("PASSWORD", &json!({ "password": "SecureP@ssw0rd1" })),
        );
        let (status, detail, error_type) = response.error();
        assert_eq!((status, error_type), (403, "UnsupportedChallengeException"));
        assert!(detail.starts_with("Challenge error: challenge ") && detail.ends_with(" is not supported"));
    }
}

#[test]
fn totp_is_set_up_during_sign_in() {
    let secret = CognitoResponse::documented(
        "AssociateSoftwareToken",
        &json!({ "SecretCode": "JBSWY3DPEHPK3PXP", "Session": "S1" }),
    );
    let cognito = ReplayedCognito::new([secret]);
    let choice =
        request("MFA_SETUP", &json!({ "choice": "SOFTWARE_TOKEN_MFA", "account": "ann bo@igad.int" }));

    let response = cognito.call_with(
        configuration(&[("TOTP_ISSUER", "Sign-in & more")]),
        &ROUTE,
        answer_challenge,
        event(&ROUTE, &choice),
    );

    let body = response.body();
    assert_eq!(
        (&body["challenge"], &body["session"], &body["username"]),
        (&json!("MFA_SETUP"), &json!("S1"), &json!("b7d8f6e4-0001"))
    );
    assert_eq!(
        body["totp"],
        json!({
            "secret": "JBSWY3DPEHPK3PXP",
            "uri": "otpauth://totp/Sign-in%20%26%20more:ann%20bo%40igad.int?secret=JBSWY3DPEHPK3PXP\
                    &issuer=Sign-in%20%26%20more&algorithm=SHA1&digits=6&period=30"
        })
    );
    assert_eq!(
        cognito.requests(),
        [RecordedRequest {
            operation: "AssociateSoftwareToken".to_owned(),
            body: json!({ "Session": "AYABeE" }),
            signed: false,
        }]
    );

    let verified =
        CognitoResponse::documented("VerifySoftwareToken", &json!({ "Status": "SUCCESS", "Session": "S2" }));
    let cognito = ReplayedCognito::new([verified, tokens()]);
    let code = request("MFA_SETUP", &json!({ "code": "123456", "device_name": "My phone" }));
    let response = call(&cognito, &code);
    assert_eq!((response.status(), &response.body()["access_token"]), (200, &json!("eyJ.access.token")));
    let [verify, respond] = &cognito.requests()[..] else { panic!("two requests") };
    assert_eq!((verify.operation.as_str(), verify.signed), ("VerifySoftwareToken", false));
    assert_eq!(
        verify.body,
        json!({ "Session": "AYABeE", "UserCode": "123456", "FriendlyDeviceName": "My phone" })
    );
    assert_eq!((respond.operation.as_str(), respond.signed), ("AdminRespondToAuthChallenge", true));
    assert_eq!(
        (&respond.body["ChallengeName"], &respond.body["Session"]),
        (&json!("MFA_SETUP"), &json!("S2"))
    );
    assert_eq!(respond.body["ChallengeResponses"], json!({ "USERNAME": "b7d8f6e4-0001" }));
}

#[test]
fn totp_setup_may_require_a_code() {
    let verified =
        CognitoResponse::documented("VerifySoftwareToken", &json!({ "Status": "SUCCESS", "Session": "S2" }));
    let cognito = ReplayedCognito::new([verified, challenge("SOFTWARE_TOKEN_MFA", &json!({}))]);
    let response = call(&cognito, &request("MFA_SETUP", &json!({ "code": "123456" })));
    assert_eq!((response.status(), &response.body()["challenge"]), (200, &json!("SOFTWARE_TOKEN_MFA")));
}

#[test]
fn wrong_setup_code_returns_400() {
    let cognito_responses = [
        CognitoResponse::documented("VerifySoftwareToken", &json!({ "Status": "ERROR" })),
        CognitoResponse::observed(
            "https://github.com/aws-samples/aws-amplify-auth-starters/issues/15",
            "EnableSoftwareTokenMFAException",
            "Code mismatch and fail enable Software Token MFA",
        ),
        CognitoResponse::documented_error("VerifySoftwareToken", "CodeMismatchException"),
    ];
    for cognito_response in cognito_responses {
        let cognito = ReplayedCognito::new([cognito_response]);
        let response = call(&cognito, &request("MFA_SETUP", &json!({ "code": "123456" })));
        assert_eq!(
            (response.status(), &response.body()["detail"]),
            (400, &json!("Invalid verification code"))
        );
        assert_eq!(cognito.requests().len(), 1);
    }
}

#[test]
fn invalid_answer_returns_422() {
    let digits = "code: must be 6 to 8 digits";
    let cases = [
        ("TELEPATHY", json!({}), "challenge: must be a challenge that can be answered here"),
        ("CUSTOM_CHALLENGE", json!({}), "challenge: must be a challenge that can be answered here"),
        ("NEW_PASSWORD_REQUIRED", json!({}), "new_password: field required"),
        ("SOFTWARE_TOKEN_MFA", json!({}), "code: field required"),
        ("SOFTWARE_TOKEN_MFA", json!({ "code": 123456 }), "code: must be a string"),
        ("SOFTWARE_TOKEN_MFA", json!({ "code": "12345" }), digits),
        ("SOFTWARE_TOKEN_MFA", json!({ "code": "123456789" }), digits),
        ("SMS_MFA", json!({ "code": "12a456" }), digits),
        ("EMAIL_OTP", json!({ "code": "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}" }), digits),
        (
            "SMS_MFA",
            json!({ "code": "123456", "password": "SecureP@ssw0rd1" }),
            "password: does not answer this challenge",
        ),
        (
            "PASSWORD",
            json!({ "password": "SecureP@ssw0rd1", "choice": "PASSWORD" }),
            "choice: does not answer this challenge",
        ),
        ("SELECT_MFA_TYPE", json!({ "choice": "PASSWORD" }), "choice: must be one of the choices"),
        ("SELECT_CHALLENGE", json!({ "choice": "PASSWORD_SRP" }), "choice: must be one of the choices"),
        ("SELECT_CHALLENGE", json!({ "choice": "PASSWORD" }), "password: field required"),
        (
            "SELECT_CHALLENGE",
            json!({ "choice": "WEB_AUTHN", "password": "SecureP@ssw0rd1" }),
            "password: does not answer this challenge",
        ),
        ("WEB_AUTHN", json!({ "credential": "{}" }), "credential: must be a JSON object"),
        ("WEB_AUTHN", json!({}), "credential: field required"),
        ("MFA_SETUP", json!({}), "choice: field required"),
        ("MFA_SETUP", json!({ "choice": "SMS_MFA" }), "choice: must be one of the choices"),
        ("MFA_SETUP", json!({ "code": "1" }), digits),
        (
            "MFA_SETUP",
            json!({ "choice": "SOFTWARE_TOKEN_MFA", "code": "123456" }),
            "code: does not answer this challenge",
        ),
        ("MFA_SETUP", json!({ "code": "123456", "email": "a@b" }), "code: does not answer this challenge"),
    ];
    for (name, answer, detail) in cases {
        let cognito = ReplayedCognito::new([]);
        let response = call(&cognito, &request(name, &answer));
        assert_eq!(response.error(), (422, detail.to_owned(), "ValidationException"), "{name}");
        assert_eq!(cognito.requests(), []);
    }
    for field in ["challenge", "session", "username"] {
        let mut body = request("PASSWORD", &json!({ "password": "SecureP@ssw0rd1" }));
        body[field] = Value::Null;
        let response = call(&ReplayedCognito::new([]), &body);
        assert_eq!(response.error(), (422, format!("{field}: field required"), "ValidationException"));
    }
}

#[test]
fn exceptions_match_contract_without_retry() {
    let weak = "Password does not meet requirements";
    let mappings = [
        ("CodeMismatchException", 400, "Invalid verification code"),
        ("EnableSoftwareTokenMFAException", 400, "Invalid verification code"),
        ("ExpiredCodeException", 400, "Verification code has expired or was already used"),
        ("InvalidPasswordException", 400, weak),
        ("PasswordHistoryPolicyViolationException", 400, weak),
        ("NotAuthorizedException", 401, "Invalid session or credentials"),
        // In the contract, but not in the API reference.
        ("LimitExceededException", 429, "Challenge error: LimitExceededException"),
        ("SoftwareTokenMFANotFoundException", 409, "Authenticator apps are not enabled"),
        ("FeatureUnavailableInTierException", 500, "Challenge error: FeatureUnavailableInTierException"),
    ];
    let code = json!({ "code": "123456" });
    let requests = [
        ("AdminRespondToAuthChallenge", request("SOFTWARE_TOKEN_MFA", &code)),
        ("AssociateSoftwareToken", request("MFA_SETUP", &json!({ "choice": "SOFTWARE_TOKEN_MFA" }))),
        ("VerifySoftwareToken", request("MFA_SETUP", &code)),
    ];
    for (operation, body) in requests {
        for expected in contract_errors(operation, ["Challenge error", "Challenge failed"], &mappings) {
            let cognito = ReplayedCognito::new([expected.cognito_response.clone()]);
            let response = call(&cognito, &body);
            expected.assert_response(&response);
            assert_eq!(cognito.requests().len(), 1, "{} is not retried", expected.exception);
        }
    }
}

#[test]
fn invalid_session_returns_401() {
    let invalid_sessions = [
        // Messages that public code matches; no public report has a complete response.
        CognitoResponse::synthetic_error(
            "NotAuthorizedException",
            "Invalid session for the user, session is expired.",
        ),
        CognitoResponse::synthetic_error(
            "NotAuthorizedException",
            "Invalid session for the user, session can only be used once.",
        ),
        CognitoResponse::observed(
            "https://github.com/aws-amplify/amplify-js/issues/10959",
            "NotAuthorizedException",
            "Invalid session for the user.",
        ),
    ];
    for cognito_response in invalid_sessions {
        let cognito = ReplayedCognito::new([cognito_response]);
        let response = call(&cognito, &request("SOFTWARE_TOKEN_MFA", &json!({ "code": "123456" })));
        assert_eq!(response.status(), 401, "the client restarts the sign-in");
    }
}

#[test]
fn incomplete_response_returns_500() {
    let choice = request("MFA_SETUP", &json!({ "choice": "SOFTWARE_TOKEN_MFA" }));
    let code = request("MFA_SETUP", &json!({ "code": "123456" }));
    let password = request("PASSWORD", &json!({ "password": "SecureP@ssw0rd1" }));
    let cases = [
        (&choice, json!({ "Session": "S1" })),
        (&choice, json!({ "SecretCode": "JBSWY3DP" })),
        (&code, json!({ "Status": "SUCCESS" })),
        (&password, json!({})),
        (&password, json!({ "ChallengeName": "PASSWORD" })),
        (&password, json!({ "ChallengeName": "WEB_AUTHN", "Session": "S1" })),
        (
            &password,
            json!({
                "ChallengeName": "WEB_AUTHN",
                "Session": "S1",
                "ChallengeParameters": { "CREDENTIAL_REQUEST_OPTIONS": "no JSON" }
            }),
        ),
    ];
    for (body, cognito_response) in cases {
        let response = call(&ReplayedCognito::new([CognitoResponse::synthetic(&cognito_response)]), body);
        let internal = "Challenge failed: internal error".to_owned();
        assert_eq!(response.error(), (500, internal, "InternalErrorException"), "{cognito_response}");
    }
}

#[test]
fn password_constraint_returns_400() {
    let cognito = ReplayedCognito::new([CognitoResponse::constraint_violation("NEW_PASSWORD")]);
    let response =
        call(&cognito, &request("NEW_PASSWORD_REQUIRED", &json!({ "new_password": "Corr3ct-Horse! " })));
    let weak = "Password does not meet requirements".to_owned();
    assert_eq!(response.error(), (400, weak, "InvalidParameterException"));
}

#[test]
fn challenge_username_is_sent_back() {
    for (sent, expected) in [("50%25-0001", "50%25-0001"), ("user%40igad.int", "user@igad.int")] {
        let cognito = ReplayedCognito::new([tokens()]);
        let mut body = request("PASSWORD", &json!({ "password": "SecureP@ssw0rd1" }));
        body["username"] = sent.into();
        call(&cognito, &body);
        assert_eq!(cognito.requests()[0].body["ChallengeResponses"]["USERNAME"], expected);
    }
}

#[test]
fn first_factor_delivery_is_computed() {
    let invented =
        json!({ "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******8187" });
    let delivery = |challenge_name: &str, answer: &Value, legacy: &str| {
        let cognito = ReplayedCognito::new([challenge("EMAIL_OTP", &invented)]);
        let mut body = request(challenge_name, answer);
        body["username"] = "sam@mail.example".into();
        let configuration = configuration(&[("PREVENT_USER_EXISTENCE_ERRORS", legacy)]);
        let response = cognito.call_with(configuration, &ROUTE, answer_challenge, event(&ROUTE, &body));
        response.body()["delivery"].clone()
    };
    let of_cognito = json!({ "Destination": "+*******8187", "DeliveryMedium": "SMS" });
    let choice = json!({ "choice": "EMAIL_OTP" });
    let computed = json!({ "Destination": "s***@m***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    assert_eq!(delivery("SELECT_CHALLENGE", &choice, "ENABLED"), computed);
    assert_eq!(delivery("SELECT_CHALLENGE", &choice, "LEGACY"), of_cognito);
    let password = json!({ "choice": "PASSWORD", "password": "SecureP@ssw0rd1" });
    assert_eq!(delivery("SELECT_CHALLENGE", &password, "ENABLED"), of_cognito, "after the first factor");
    assert_eq!(delivery("SELECT_MFA_TYPE", &choice, "ENABLED"), of_cognito, "after the first factor");
}

#[test]
fn refresh_token_goes_into_the_cookie() {
    let mut body = request("SOFTWARE_TOKEN_MFA", &json!({ "code": "123456" }));
    body["cookie"] = true.into();
    let event = from_page(&event(&ROUTE, &body), "https://app.igad.int", &[]);
    let cognito = ReplayedCognito::new([tokens()]);

    let response = cognito.call_with(configuration(&COOKIE_VARIABLES), &ROUTE, answer_challenge, event);

    assert_eq!((response.status(), response.body().get("refresh_token")), (200, None));
    assert!(response.set_cookie().is_some_and(|cookie| cookie.starts_with("__Host-refresh_token=eyJ.")));
}
