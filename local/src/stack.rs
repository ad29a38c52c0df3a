//! The deployed stack, and what a client needs to know of it.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use crate::{console, failure::Failure};

/// What a client needs to know of the stack.
#[derive(Debug, Deserialize, Serialize)]
pub struct Stack {
    /// The API's address; the routes are below `/api/auth`.
    api_url: String,
    /// Where an AWS SDK finds the emulator.
    aws_endpoint_url: String,
    /// The region that the stack believes it is in.
    region: String,
    /// The user pool.
    user_pool_id: String,
    /// The app client.
    client_id: String,
    /// Users in every state that a sign-in can meet.
    users: Vec<DemoUser>,
    /// Where what was sent to them can be read, where it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_url: Option<String>,
    /// The page to sign in on, once it is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    page_url: Option<String>,
}

/// A user to sign in with.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct DemoUser {
    username: String,
    password: String,
    state: String,
    /// What the codes of their authenticator app are computed from, in base32.
    #[serde(skip_serializing_if = "Option::is_none")]
    totp_secret: Option<String>,
}

/// What the page is told of the stack.
#[derive(Debug, Serialize)]
pub struct About {
    /// Where the API is.
    pub api: String,
    /// Who answers for Cognito.
    pub talks_to: &'static str,
    /// Whom a person can be.
    pub people: Vec<DemoUser>,
    /// Where to read what was sent to them, where it can be read.
    pub sent_url: Option<String>,
    /// What else there is to know of what is sent.
    pub hint: &'static str,
}

impl Stack {
    /// Reads what [`Stack::write`] wrote.
    ///
    /// # Errors
    ///
    /// Where there is no such file: nothing runs then.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let nothing_runs = |error: io::Error| {
            Failure::new(format!("{}: {error}", file.display()), "Start it first: cargo run -p local")
        };
        let json = fs::read(file).map_err(nothing_runs)?;
        serde_json::from_slice(&json).map_err(|error| nothing_runs(error.into()))
    }

    /// What the codes of a demo user's authenticator app are computed from, where they have one.
    pub fn totp_secret(&self, username: &str) -> Option<&str> {
        self.users.iter().find(|user| user.username == username)?.totp_secret.as_deref()
    }

    /// The stack that `program` has described as JSON.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn described(json: &str, program: &str) -> Result<Self, Failure> {
        serde_json::from_str(json).map_err(|error| {
            Failure::new(format!("{program}: {error}"), format!("Mend what {program} prints, and try again."))
        })
    }

    /// What the page is told of the stack, in which `talks_to` answers for Cognito, and `hint` tells of what it sends.
    pub fn about(&self, talks_to: &'static str, hint: &'static str) -> About {
        About {
            api: self.api_url.clone(),
            talks_to,
            people: self.users.clone(),
            sent_url: self.sent_url.clone(),
            hint,
        }
    }

    /// Names the page to sign in on.
    pub fn set_page(&mut self, url: &str) {
        self.page_url = Some(url.to_owned());
    }

    /// Writes the stack to `file`, which says to a client that all is ready.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        // A reader must never see half a file.
        let unfinished = file.with_extension("unfinished");
        serde_json::to_vec_pretty(self)
            .map_err(Into::into)
            .and_then(|json| fs::write(&unfinished, json))
            .and_then(|()| fs::rename(&unfinished, file))
            .map_err(|error| Failure::file(file, error))
    }

    /// Says where the API is, how to sign in each demo user, and whether edits get into the stack.
    pub fn introduce(&self, file: &Path, follows_edits: bool) {
        console::say(&format!("\nThe API is at {}\n", self.api_url));
        for user in &self.users {
            console::say(&format!("# {} ({})", user.username, user.state));
            console::say(&format!(
                "curl -s {}/api/auth/login -H 'Content-Type: application/json' \\\n  -d '{{\"username\": \"{}\", \"password\": \"{}\"}}'\n",
                self.api_url, user.username, user.password
            ));
            if user.totp_secret.is_some() {
                console::say(&format!(
                    "# and the code of the moment: cargo run -p local -- code {}\n",
                    user.username
                ));
            }
        }
        if let Some(page_url) = &self.page_url {
            console::say(&format!(
                "To sign in by hand: {page_url}\nTo read of the API and to try it: {page_url}/reference/\n"
            ));
        }
        let edits = if follows_edits { "Edits are followed; not with --no-watch. " } else { "" };
        console::say(&format!("All of this for programs: {}\nReady. {edits}Ctrl-C ends it.", file.display()));
    }
}
