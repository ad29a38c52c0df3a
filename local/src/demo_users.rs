//! Demo users of the fake: one for each outcome of a sign-in. Accounts at its identity provider.

use fake_cognito::{Account, App, FakeCognito, Pool, Status, User};

use crate::stack::DemoUser;

const PASSWORD: &str = "SecureP@ssw0rd1";
const TEMPORARY_PASSWORD: &str = "TempP@ssw0rd1";

/// Secret of the authenticator apps, in base32.
const APP_SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW";

/// Replaces the contents of the pool by the demo users, and describes them.
pub fn reset(cognito: &FakeCognito) -> Vec<DemoUser> {
    let users = users();
    let described = users.iter().map(|(user, state)| DemoUser {
        username: user.email.clone(),
        password: user.password.clone(),
        state: (*state).to_owned(),
        totp_secret: user.app.as_ref().map(|app| app.secret.clone()),
    });
    let described = described.collect();
    let mut pool = cognito.pool();
    *pool = Pool::new(pool.settings.clone());
    pool.users.extend(users.into_iter().map(|(user, _)| user));
    described
}

/// Accounts at the demo provider. One has the email address of a demo user, and is another user all the same.
pub fn provider_accounts() -> Vec<Account> {
    let account = |subject: &str, email: &str, name: &str| Account {
        subject: subject.to_owned(),
        email: email.to_owned(),
        name: name.to_owned(),
    };
    vec![
        account("1001", "ada@example.org", "Ada Example"),
        account("1002", "grace@example.org", "Grace Example"),
        account("1003", "user@igad.int", "John Doe"),
    ]
}

fn users() -> [(User, &'static str); 10] {
    let confirmed = User::new("user@igad.int", PASSWORD);

    let mut admin = User::new("admin@igad.int", PASSWORD);
    admin.groups.push("admin".to_owned());
    admin.attributes.clear();

    let mut new = User::new("new@igad.int", TEMPORARY_PASSWORD);
    new.status = Status::ForceChangePassword;
    new.attributes.clear();

    let mut incomplete = User::new("incomplete@igad.int", TEMPORARY_PASSWORD);
    incomplete.status = Status::ForceChangePassword;
    incomplete.attributes.clear();
    incomplete.required_attributes.push("name".to_owned());

    let mut unconfirmed = User::new("unconfirmed@igad.int", PASSWORD);
    unconfirmed.status = Status::Unconfirmed;
    unconfirmed.email_verified = false;

    let mut unverified = User::new("unverified@igad.int", PASSWORD);
    unverified.email_verified = false;

    let mut disabled = User::new("disabled@igad.int", PASSWORD);
    disabled.is_disabled = true;

    let mut reset = User::new("reset@igad.int", PASSWORD);
    reset.status = Status::ResetRequired;

    let mut app = User::new("app@igad.int", PASSWORD);
    app.app = Some(App::enabled(APP_SECRET));

    let mut two_factors = User::new("two@igad.int", PASSWORD);
    two_factors.app = Some(App::enabled(APP_SECRET));
    two_factors.email_is_second_factor = true;

    [
        (confirmed, "confirmed"),
        (admin, "admin"),
        (new, "must change password"),
        (incomplete, "must change password and enter a name"),
        (unconfirmed, "unconfirmed"),
        (unverified, "address not verified"),
        (disabled, "disabled"),
        (reset, "reset required"),
        (app, "has an authenticator app"),
        (two_factors, "has an authenticator app and gets codes by email"),
    ]
}
