//! The functions as they are, behind a gateway, with a scripted model of Cognito: every step that a sign-in can
//! have, on a developer's machine. `cargo run -p local -- --scripted` builds it, and starts it as
//!
//! ```text
//! scripted-stack TEMPLATE FOLDER_OF_EXECUTABLES ORIGIN_OF_THE_PAGE [Mfa=OFF | Mfa=OPTIONAL | Mfa=ON]
//! ```
//!
//! It prints one line of JSON when all is ready, and ends when standard input closes.

mod gateway;
mod lambda;
mod users;

use std::{
    env, fs,
    io::{self, Read, Write},
    net::TcpListener,
    path::Path,
    process,
    sync::Arc,
    thread,
};

use fake_cognito::{FakeCognito, Mfa, Sent, Settings};
use serde_json::{Value, json};
use tokio::runtime;
use yaml_rust2::YamlLoader;

use crate::gateway::Gateway;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [template, built, origin, parameters @ ..] = arguments.as_slice() else {
        return Err(io::Error::other("what to run, and for which page?"));
    };
    end_with_standard_input();
    let template =
        YamlLoader::load_from_str(&fs::read_to_string(template)?).map_err(io::Error::other)?.remove(0);
    let cognito = Arc::new(FakeCognito::start(settings(parameters)?)?);
    let users = users::move_in(&cognito);
    let variables = cognito.environment();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let api_url = format!("http://{}", listener.local_addr()?);
    let settings = cognito.pool().settings.clone();
    let described = json!({
        "api_url": api_url,
        "aws_endpoint_url": cognito.url(),
        "region": settings.user_pool_id.split('_').next(),
        "user_pool_id": settings.user_pool_id,
        "client_id": settings.client_id,
        "users": users,
        "sent_url": format!("{api_url}/sent"),
    });
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let gateway = Gateway::start(&template, Path::new(built), &variables, origin).await?;
        let router = gateway.router(move || sent(&cognito.pool().sent));
        let listener = tokio::net::TcpListener::from_std(listener)?;
        writeln!(io::stdout(), "{described}")?;
        axum::serve(listener, router).await
    })
}

/// The pool's settings, as the template would have them with these parameters.
fn settings(parameters: &[String]) -> io::Result<Settings> {
    parameters.iter().try_fold(Settings::default(), |settings, parameter| match parameter.as_str() {
        "Mfa=OFF" => Ok(Settings { mfa: Mfa::Off, ..settings }),
        "Mfa=OPTIONAL" => Ok(Settings { mfa: Mfa::Optional, ..settings }),
        // Cognito takes no code by e-mail as a first factor then, and no passkey that alone is none.
        "Mfa=ON" => Ok(Settings { mfa: Mfa::On, first_factors: vec!["PASSWORD"], ..settings }),
        _ => Err(io::Error::other(format!("the scripted model of Cognito knows nothing of {parameter}"))),
    })
}

/// What was sent, as the page reads it.
fn sent(sent: &[Sent]) -> Value {
    sent.iter().map(|Sent { to, code }| json!({ "to": to, "code": code })).collect()
}

/// Whoever has started us holds the other end, and nobody needs us when they are gone.
fn end_with_standard_input() {
    thread::spawn(|| {
        let _ = io::stdin().lock().read_to_end(&mut Vec::new());
        process::exit(0);
    });
}
