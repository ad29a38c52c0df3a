//! Description of the running stack, for its users and for programs.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use crate::{console, failure::Failure, shutdown};

/// Description of the running stack.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Stack {
    /// URL of the API; the routes are below `/api/auth`.
    pub api_url: String,
    /// URL of the fake of Cognito or of the emulator, for AWS SDKs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_endpoint_url: Option<String>,
    /// Region.
    pub region: String,
    /// User pool id.
    pub user_pool_id: String,
    /// App client id.
    pub client_id: String,
    /// Issuer of the tokens.
    pub issuer: String,
    /// URL of the keys that verify the tokens.
    pub jwks_uri: String,
    /// Demo users.
    pub users: Vec<DemoUser>,
    /// URL that returns the codes that were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_url: Option<String>,
    /// URL that resets the fake when it receives a `POST`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_url: Option<String>,
    /// URL of the pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_url: Option<String>,
}

/// Demo user.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct DemoUser {
    /// Username.
    pub username: String,
    /// Password.
    pub password: String,
    /// State of the account.
    pub state: String,
    /// Secret of the user's authenticator app, in base32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp_secret: Option<String>,
}

/// What the pages show about the stack.
#[derive(Debug, Serialize)]
pub struct About {
    /// URL of the API.
    pub api: String,
    /// What the functions use as their user pool.
    pub backend: String,
    /// Demo users.
    pub users: Vec<DemoUser>,
    /// URL of the codes that were sent.
    pub sent_url: Option<String>,
    /// URL that resets the fake.
    pub reset_url: Option<String>,
    /// Note on codes.
    pub hint: &'static str,
}

impl Stack {
    /// Reads the description of the running stack.
    ///
    /// # Errors
    ///
    /// No stack is running.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let not_running = |error: io::Error| {
            Failure::new(format!("{}: {error}", file.display()), "Start the stack: cargo run -p local")
        };
        let json = fs::read(file).map_err(not_running)?;
        serde_json::from_slice(&json).map_err(|error| not_running(error.into()))
    }

    /// What the pages show.
    pub fn about(&self, backend: &str, hint: &'static str) -> About {
        About {
            api: self.api_url.clone(),
            backend: backend.to_owned(),
            users: self.users.clone(),
            sent_url: self.sent_url.clone(),
            reset_url: self.reset_url.clone(),
            hint,
        }
    }

    /// Writes the description, which tells clients that the stack is ready. The file is removed when this command ends.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        // A reader never sees half a file.
        let unfinished = file.with_extension("unfinished");
        serde_json::to_vec_pretty(self)
            .map_err(Into::into)
            .and_then(|json| fs::write(&unfinished, json))
            .and_then(|()| fs::rename(&unfinished, file))
            .map_err(|error| Failure::file(file, error))?;
        let file = file.to_owned();
        shutdown::at_exit(move || drop(fs::remove_file(file)));
        Ok(())
    }

    /// Prints how to sign in each demo user, and where the pages are.
    pub fn print(&self, file: &Path, rebuilds: bool) {
        console::print(&format!("\nThe API is at {}\n", self.api_url));
        for DemoUser { username, password, state, totp_secret } in &self.users {
            console::print(&format!("# {username} ({state})"));
            console::print(&format!(
                "curl -s {}/api/auth/login -H 'Content-Type: application/json' \\\n  -d '{{\"username\": \"{username}\", \"password\": \"{password}\"}}'",
                self.api_url
            ));
            if totp_secret.is_some() {
                console::print(&format!("# Current code: cargo run -p local -- code {username}"));
            }
            console::print("");
        }
        if let Some(url) = &self.page_url {
            console::print(&format!("Sign-in page: {url}\nAPI reference: {url}/reference/"));
        }
        console::print(&format!("Description for programs: {}", file.display()));
        let rebuilds = if rebuilds { " Edits of the sources of functions are rebuilt." } else { "" };
        console::print(&format!("Ready.{rebuilds} Ctrl-C stops it."));
    }
}
