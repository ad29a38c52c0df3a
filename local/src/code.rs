//! `local code`: current codes of a user.

use totp_rs::{Builder, Secret};

use crate::{console, failure::Failure, options::Options, stack::Stack};

/// Prints the code of the user's authenticator app and the last code that was sent to the user, one per line, each
/// followed by its source. With a `secret`, prints the code of that authenticator app only.
///
/// # Errors
///
/// No stack is running, there is no code for the user, or the secret is not base32.
pub fn print(options: &Options, username: &str, secret: Option<&str>) -> Result<(), Failure> {
    if let Some(secret) = secret {
        console::print(&app_code(secret)?);
        return Ok(());
    }
    let stack = Stack::read(&options.stack_file)?;
    let user = stack.users.iter().find(|user| user.username.eq_ignore_ascii_case(username));
    let app = user.and_then(|user| user.totp_secret.as_deref()).map(app_code).transpose()?;
    let sent = stack.sent_url.as_deref().map(|url| sent_code(url, username)).transpose()?.flatten();
    let codes = [app.map(|code| (code, "authenticator app")), sent.map(|code| (code, "sent by email"))];
    if codes.iter().all(Option::is_none) {
        return Err(Failure::new(
            format!("there is no code for {username}"),
            "Start a step that sends a code, or pass the --secret of an authenticator app.",
        ));
    }
    for (code, source) in codes.into_iter().flatten() {
        console::print(&format!("{code}  {source}"));
    }
    Ok(())
}

fn app_code(secret: &str) -> Result<String, Failure> {
    let secret = Secret::try_from_base32(secret).map_err(|error| {
        Failure::new(format!("the secret: {error}"), "Pass the secret that set-up-totp returned, in base32.")
    })?;
    Ok(Builder::new().with_secret(secret).build_noncompliant().generate_current().to_string())
}

/// The last code that was sent to `username`.
fn sent_code(url: &str, username: &str) -> Result<Option<String>, Failure> {
    let failed =
        |error: ureq::Error| Failure::new(format!("{url}: {error}"), "Start the stack: cargo run -p local");
    let sent: Vec<serde_json::Value> =
        ureq::get(url).call().map_err(failed)?.body_mut().read_json().map_err(failed)?;
    let to_user = sent
        .iter()
        .rev()
        .find(|sent| sent["to"].as_str().is_some_and(|to| to.eq_ignore_ascii_case(username)));
    Ok(to_user.and_then(|sent| sent["code"].as_str()).map(str::to_owned))
}
