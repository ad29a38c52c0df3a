//! The sessions between the steps of a sign-in: they expire, and each is good for one use.

use std::collections::{HashMap, HashSet};

use crate::{exception::Exception, random::token};

/// What the next step must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Awaits {
    NewPassword,
    AppCode,
    /// `EMAIL_OTP`, as a second factor or as a first.
    EmailCode {
        code: String,
        is_first_factor: bool,
    },
    SecondFactor,
    /// `MFA_SETUP`, and how far it is.
    SetUp(SetUp),
    FirstFactor,
    Password,
    Passkey {
        challenge: String,
    },
}

/// How far an app's set-up is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SetUp {
    Offered,
    Associated { secret: String },
    Verified,
}

/// A step that is waited for.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Who signs in: a user's id, or the name of somebody whom there is not.
    pub(crate) username: String,
    /// Nobody has that name, and nobody is to know.
    pub(crate) is_pretended: bool,
    /// Whether the id was said along with the challenge, so that the answer must name it.
    pub(crate) wants_the_id: bool,
    /// Whether the user has proved a first factor by now, and is asked for a second.
    pub(crate) awaits: Awaits,
    expires_at: u64,
}

/// All sessions that are open, and the names of those that were.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: HashMap<String, Session>,
    used: HashSet<String>,
}

impl Sessions {
    /// Opens a session.
    pub(crate) fn open(&mut self, username: &str, awaits: Awaits, expires_at: u64) -> String {
        self.insert(Session {
            username: username.to_owned(),
            is_pretended: false,
            wants_the_id: true,
            awaits,
            expires_at,
        })
    }

    /// Opens a session of somebody who is named as they named themselves.
    pub(crate) fn open_unnamed(
        &mut self,
        username: &str,
        is_pretended: bool,
        awaits: Awaits,
        expires_at: u64,
    ) -> String {
        self.insert(Session {
            username: username.to_owned(),
            is_pretended,
            wants_the_id: false,
            awaits,
            expires_at,
        })
    }

    fn insert(&mut self, session: Session) -> String {
        let name = token();
        self.open.insert(name.clone(), session);
        name
    }

    /// The session of this name, which stays open.
    ///
    /// # Errors
    ///
    /// `NotAuthorizedException`, as Cognito words it for one that has expired, was used, or never was.
    pub(crate) fn get(&self, name: &str, now: u64) -> Result<Session, Exception> {
        match self.open.get(name) {
            Some(session) if now < session.expires_at => Ok(session.clone()),
            Some(_) => Err(Exception::not_authorized("Invalid session for the user, session is expired.")),
            None if self.used.contains(name) => {
                Err(Exception::not_authorized("Invalid session for the user, session can only be used once."))
            }
            None => Err(Exception::not_authorized("Invalid session for the user.")),
        }
    }

    /// Ends a session: the next step has another, or there is none.
    pub(crate) fn spend(&mut self, name: &str) {
        if self.open.remove(name).is_some() {
            self.used.insert(name.to_owned());
        }
    }
}
