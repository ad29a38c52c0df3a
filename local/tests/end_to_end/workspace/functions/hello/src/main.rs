//! Function that returns one word.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
};

const WORD: &str = "hello";

fn main() -> io::Result<()> {
    let api = env::var("AWS_LAMBDA_RUNTIME_API").map_err(io::Error::other)?;
    loop {
        let id = call(&api, "GET", "next", "")?;
        let response = format!(r#"{{"statusCode": 200, "body": "\"{WORD}\""}}"#);
        call(&api, "POST", &format!("{id}/response"), &response)?;
    }
}

/// Calls the Runtime API, and returns the id of the invocation if the response has one.
fn call(api: &str, method: &str, path: &str, body: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect(api)?;
    write!(
        connection,
        "{method} /2018-06-01/runtime/invocation/{path} HTTP/1.1\r\nHost: {api}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut id = String::new();
    for line in BufReader::new(connection).lines() {
        let line = line?.to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("lambda-runtime-aws-request-id:") {
            id = value.trim().to_owned();
        }
    }
    Ok(id)
}
