//! Sign-in with the SDK's default credential chain, its default features, and tokio's default runtime. It returns the
//! same response as `functions/login`, without validation, error mapping or audit lines.

use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_cognitoidentityprovider::{Client, types::AuthFlowType};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use lambda_http::{Body, Error, Request, RequestPayloadExt, Response, run, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    let configuration = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = Client::new(&configuration);
    let pool_id = env::var("COGNITO_USER_POOL_ID")?;
    let client_id = env::var("COGNITO_CLIENT_ID")?;
    run(service_fn(|event| login(&client, &pool_id, &client_id, event))).await
}

async fn login(
    client: &Client,
    pool_id: &str,
    client_id: &str,
    event: Request,
) -> Result<Response<Body>, Error> {
    let credentials: Credentials = event.payload()?.ok_or("no body")?;
    let result = client
        .admin_initiate_auth()
        .user_pool_id(pool_id)
        .client_id(client_id)
        .auth_flow(AuthFlowType::AdminUserPasswordAuth)
        .auth_parameters("USERNAME", &credentials.username)
        .auth_parameters("PASSWORD", &credentials.password)
        .send()
        .await?
        .authentication_result
        .ok_or("no tokens")?;
    let claims = claims(result.id_token().ok_or("no id token")?)?;
    let answer = json!({
        "access_token": result.access_token,
        "refresh_token": result.refresh_token,
        "token_type": "bearer",
        "user": {
            "user_id": claims["sub"],
            "email": claims["email"],
            "name": claims["name"],
            "role": "user",
            "is_admin": false,
        },
        "expires_in": result.expires_in,
    });
    Ok(Response::builder().header("content-type", "application/json").body(answer.to_string().into())?)
}

fn claims(token: &str) -> Result<Value, Error> {
    let payload = token.split('.').nth(1).ok_or("not a token")?;
    Ok(serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload)?)?)
}
