//! People to sign in as: one for each way that a sign-in can go.

use fake_cognito::{App, FakeCognito, Status, User};
use serde_json::{Value, json};

const PASSWORD: &str = "SecureP@ssw0rd1";
const TEMPORARY_PASSWORD: &str = "TempP@ssw0rd1";

/// What a user's authenticator app computes codes from who had one before.
const APP_SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW";

/// Gives the pool its users, and says who they are.
pub fn move_in(cognito: &FakeCognito) -> Value {
    let confirmed = User::new("user@igad.int", PASSWORD);

    let mut admin = User::new("admin@igad.int", PASSWORD);
    admin.groups.push("admin".to_owned());

    let mut new = User::new("new@igad.int", TEMPORARY_PASSWORD);
    new.status = Status::ForceChangePassword;
    new.attributes.clear();
    new.required_attributes.push("name".to_owned());

    let mut two_factors = User::new("two@igad.int", PASSWORD);
    two_factors.app = Some(App::enabled(APP_SECRET));
    two_factors.email_is_second_factor = true;

    let users = [
        (confirmed, "confirmed"),
        (admin, "admin"),
        (new, "must choose a password and give a name"),
        (two_factors, "has an authenticator app and gets codes by e-mail"),
    ];
    let described = users
        .iter()
        .map(|(user, state)| json!({ "username": user.email, "password": user.password, "state": state }));
    let described = described.collect();
    cognito.pool().users.extend(users.into_iter().map(|(user, _)| user));
    described
}
