//! The request over the real connection pool, byte for byte.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use aws_sdk_cognitoidentityprovider::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use secrecy::SecretString;
use test_support::unsigned_token;

use super::{Cognito, Error, IssuedTokens, USER_AGENT};
use crate::{
    cognito::{connections::Connections, trust_store::TrustStore},
    model::user_pool::UserPool,
};

/// Form that [`exchange`] sends.
const FORM: &str = "grant_type=authorization_code&client_id=1example23456789&code=the%2Fcode%3D\
    &redirect_uri=https%3A%2F%2Fapp.igad.int%2Fsigned-in&code_verifier=the-verifier~";

/// Result of the exchange of a code at an endpoint that sends `response`, and the request.
fn exchange(client_secret: Option<&str>, response: String) -> (Result<IssuedTokens, Error>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
        while !request.ends_with(FORM.as_bytes()) {
            let length = connection.read(&mut buffer).expect("a request");
            if length == 0 {
                break;
            }
            request.extend_from_slice(&buffer[..length]);
        }
        // The client gives up on a response that is too large.
        let _ = connection.write_all(response.as_bytes());
        String::from_utf8(request).expect("text")
    });
    let user_pool = UserPool {
        region: "eu-west-1".to_owned(),
        endpoint_url: None,
        id: "eu-west-1_AbCdEfGhI".parse().unwrap(),
        client_id: "1example23456789".to_owned(),
        client_secret: client_secret.map(SecretString::from),
    };
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "testing");
    let connections = Connections::new(TrustStore::AmazonTrustServices).expect("usable trust store");
    let cognito = Cognito::new(
        &user_pool,
        SharedCredentialsProvider::new(credentials),
        SharedHttpConnector::new(connections),
    );
    let (code, verifier) = (SecretString::from("the/code="), SecretString::from("the-verifier~"));
    let domain = format!("http://{address}");
    let exchange = cognito.exchange_code(&domain, &code, &verifier, "https://app.igad.int/signed-in");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(exchange);
    // Closes the connection, for which the endpoint waits if the form is another one.
    drop(runtime);
    (result, server.join().expect("a request").replace(&address.to_string(), "domain"))
}

fn response(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn request(authorization: &str) -> String {
    format!(
        "POST /oauth2/token HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         user-agent: {USER_AGENT}\r\n{authorization}host: domain\r\ncontent-length: {}\r\n\r\n{FORM}",
        FORM.len()
    )
}

#[test]
fn request_has_the_documented_form() {
    let id_token = unsigned_token(&serde_json::json!({ "sub": "1" }));
    let tokens = format!(
        r#"{{"access_token":"access","id_token":"{id_token}","refresh_token":"refresh","token_type":"Bearer","expires_in":3600}}"#
    );
    let (result, sent) = exchange(None, response("200 OK", &tokens));
    assert_eq!(sent, request(""), "a client without a secret has no credentials");
    let issued = result.expect("tokens");
    assert_eq!((issued.claims.sub.as_str(), issued.expires_in), ("1", 3600));

    let (_, sent) = exchange(Some("client-secret"), response("200 OK", &tokens));
    // printf '1example23456789:client-secret' | base64
    let credentials = "MWV4YW1wbGUyMzQ1Njc4OTpjbGllbnQtc2VjcmV0";
    assert_eq!(sent, request(&format!("authorization: Basic {credentials}\r\n")));
}

#[test]
fn error_is_read_from_the_response() {
    let (result, _) = exchange(None, response("400 Bad Request", r#"{"error":"invalid_grant"}"#));
    assert!(result.is_err_and(|error| error.is("NotAuthorizedException")));
    let (result, _) = exchange(None, response("400 Bad Request", r#"{"error":"invalid_client"}"#));
    assert!(matches!(result, Err(Error::ClientSecretRejected(_))));
}

#[test]
fn oversized_or_partial_response_is_unavailable() {
    let oversized = response("200 OK", &" ".repeat((1 << 20) + 1));
    let partial = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned();
    for response in [oversized, partial] {
        assert!(matches!(exchange(None, response).0, Err(Error::Unavailable(_))));
    }
}
