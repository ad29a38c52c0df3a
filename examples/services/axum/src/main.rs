//! Runs the service on `PORT` for the tokens of `USER_POOL_ID` and `CLIENT_ID`.

use std::{env, error::Error};

use cognito_token_verifier::Verifier;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let user_pool = env::var("USER_POOL_ID")?.parse()?;
    let mut builder = Verifier::builder(&user_pool, [env::var("CLIENT_ID")?]);
    // For the local stack. On AWS, the URL follows from the ID of the pool.
    if let Ok(url) = env::var("JWKS_URI") {
        builder = builder.key_set_url(url);
    }
    let port = env::var("PORT")?.parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, example_axum::app(builder.build()?)).await?;
    Ok(())
}
