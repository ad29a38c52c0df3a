//! The floor that a Lambda function in Rust stands on: `lambda_http` answering a constant.

use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(|_: Request| async { Ok::<_, Error>("{\"hello\":\"world\"}") })).await
}
