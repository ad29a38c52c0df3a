//! People to sign in as: one for each way that a sign-in can go.

use scripted_cognito::{App, Person, ScriptedCognito, Status};
use serde_json::{Value, json};

const PASSWORD: &str = "SecureP@ssw0rd1";
const TEMPORARY_PASSWORD: &str = "TempP@ssw0rd1";

/// What a person's authenticator app computes codes from who had one before.
const APP_SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW";

/// Gives the pool its people, and says who they are.
pub fn move_in(cognito: &ScriptedCognito) -> Value {
    let confirmed = Person::new("user@igad.int", PASSWORD);

    let mut admin = Person::new("admin@igad.int", PASSWORD);
    admin.groups.push("admin".to_owned());

    let mut new = Person::new("new@igad.int", TEMPORARY_PASSWORD);
    new.status = Status::ForceChangePassword;
    new.attributes.clear();
    new.required_attributes.push("name".to_owned());

    let mut two_factors = Person::new("two@igad.int", PASSWORD);
    two_factors.app = Some(App::enabled(APP_SECRET));
    two_factors.email_is_second_factor = true;

    let people = [
        (confirmed, "confirmed"),
        (admin, "admin"),
        (new, "must choose a password and give a name"),
        (two_factors, "has an authenticator app and gets codes by e-mail"),
    ];
    let described = people.iter().map(
        |(person, state)| json!({ "username": person.email, "password": person.password, "state": state }),
    );
    let described = described.collect();
    cognito.pool().people.extend(people.into_iter().map(|(person, _)| person));
    described
}
