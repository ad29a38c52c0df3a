//! Pool under test, and helpers that call its operations.

use fake_cognito::{Exception, Pool, Settings, User};
use serde_json::{Value, json};

/// Password of every user in these tests.
pub const PASSWORD: &str = "SecureP@ssw0rd1";

/// Email address of the user in most tests.
pub const USER: &str = "user@igad.int";

/// Email address of no user.
pub const UNKNOWN: &str = "zoe@mail.example";

/// Pool with default settings and one confirmed user.
pub fn pool() -> Pool {
    pool_with(Settings::default(), User::new(USER, PASSWORD))
}

/// Pool with these settings and one user.
pub fn pool_with(settings: Settings, user: User) -> Pool {
    let mut pool = Pool::new(settings);
    pool.stop_clock();
    pool.users.push(user);
    pool
}

/// `AdminInitiateAuth` with a password.
pub fn sign_in(pool: &mut Pool, username: &str, password: &str) -> Result<Value, Exception> {
    initiate(pool, "ADMIN_USER_PASSWORD_AUTH", json!({ "USERNAME": username, "PASSWORD": password }))
}

/// `AdminInitiateAuth` with any flow.
pub fn initiate(pool: &mut Pool, flow: &str, parameters: Value) -> Result<Value, Exception> {
    let input = json!({
        "UserPoolId": pool.settings.user_pool_id,
        "ClientId": pool.settings.client_id,
        "AuthFlow": flow,
        "AuthParameters": parameters
    });
    pool.call("AdminInitiateAuth", &input)
}

/// `AdminRespondToAuthChallenge` with the session of `challenge`.
pub fn respond(pool: &mut Pool, challenge: &Value, responses: Value) -> Result<Value, Exception> {
    let input = json!({
        "UserPoolId": pool.settings.user_pool_id,
        "ClientId": pool.settings.client_id,
        "ChallengeName": challenge["ChallengeName"],
        "Session": challenge["Session"],
        "ChallengeResponses": responses
    });
    pool.call("AdminRespondToAuthChallenge", &input)
}

/// Access token and refresh token of a sign-in with [`PASSWORD`].
pub fn tokens(pool: &mut Pool) -> (Value, Value) {
    let result = sign_in(pool, USER, PASSWORD).expect("tokens")["AuthenticationResult"].clone();
    (result["AccessToken"].clone(), result["RefreshToken"].clone())
}

/// Asserts that an operation raised `name` with `message`.
#[track_caller]
pub fn assert_raises(result: Result<Value, Exception>, name: &str, message: &str) {
    let exception = result.expect_err("an exception");
    assert_eq!((exception.name, exception.message.as_str()), (name, message));
}

/// Code that was sent last.
pub fn sent_code(pool: &Pool) -> String {
    pool.sent.last().expect("a code was sent").code.clone()
}
