//! Sessions between the steps of a sign-in. They expire, and each is valid for one use.

use std::collections::{HashMap, HashSet};

use crate::{exception::Exception, random::token};

/// Challenge that the next step responds to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Awaits {
    NewPassword,
    AppCode,
    /// `EMAIL_OTP`, as a first or second factor.
    EmailCode {
        code: String,
        is_first_factor: bool,
    },
    SecondFactor,
    /// `MFA_SETUP` with its progress.
    MfaSetup(MfaSetup),
    FirstFactor,
    Password,
    Passkey {
        challenge: String,
    },
}

/// Progress of setting up an authenticator app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MfaSetup {
    Offered,
    Associated { secret: String },
    Verified,
}

/// Session of a pending challenge.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Id of the user, or the submitted username if the user does not exist.
    pub(crate) username: String,
    /// Whether the user does not exist and the challenge is simulated.
    pub(crate) is_simulated: bool,
    /// Whether the challenge returned the user's id, so that the response must contain it as `USERNAME`.
    pub(crate) requires_user_id: bool,
    /// Pending challenge.
    pub(crate) awaits: Awaits,
    expires_at: u64,
}

/// Open sessions, and the names of used ones.
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
            is_simulated: false,
            requires_user_id: true,
            awaits,
            expires_at,
        })
    }

    /// Opens a session that is continued with the submitted username.
    pub(crate) fn open_with_username(
        &mut self,
        username: &str,
        is_simulated: bool,
        awaits: Awaits,
        expires_at: u64,
    ) -> String {
        self.insert(Session {
            username: username.to_owned(),
            is_simulated,
            requires_user_id: false,
            awaits,
            expires_at,
        })
    }

    fn insert(&mut self, session: Session) -> String {
        let name = token();
        self.open.insert(name.clone(), session);
        name
    }

    /// Session with this name, which stays open.
    ///
    /// # Errors
    ///
    /// `NotAuthorizedException` with Cognito's message for an expired, used or unknown session.
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

    /// Ends a session. The next step has a new one.
    pub(crate) fn end(&mut self, name: &str) {
        if self.open.remove(name).is_some() {
            self.used.insert(name.to_owned());
        }
    }
}
