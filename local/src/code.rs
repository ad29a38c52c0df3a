//! What an authenticator app shows.

use totp_rs::{Builder, Secret};

use crate::{console, failure::Failure, options::Options, stack::Stack};

/// Prints the code of the moment of a user of the running stack, or of whoever has this `secret`.
///
/// # Errors
///
/// Where no stack runs, where it has no such user with an app, or where the secret is no base32.
pub fn print(options: &Options, username: &str, secret: Option<&str>) -> Result<(), Failure> {
    let no_app = || {
        Failure::new(
            format!("{username} is no demo user with an authenticator app"),
            "Leave the name out, or give the app's --secret.",
        )
    };
    let secret = match secret {
        Some(secret) => secret.to_owned(),
        None => Stack::read(&options.stack_file)?.totp_secret(username).ok_or_else(no_app)?.to_owned(),
    };
    let secret = Secret::try_from_base32(&secret).map_err(|error| {
        Failure::new(format!("the secret: {error}"), "Give it as set-up-totp gave it, in base32.")
    })?;
    console::say(&Builder::new().with_secret(secret).build_noncompliant().generate_current().to_string());
    Ok(())
}
