//! `AdminUserGlobalSignOut`.

use fake_cognito::User;
use serde_json::json;

use crate::pool::{PASSWORD, UNKNOWN, USER, assert_raises, pool, sign_in, tokens};

#[test]
fn admin_sign_out_ends_sessions_of_one_user() {
    let mut pool = pool();
    pool.users.push(User::new("other@igad.int", PASSWORD));
    for username in [pool.users[0].sub.clone(), USER.to_uppercase()] {
        let sessions = [tokens(&mut pool), tokens(&mut pool)];
        let other = sign_in(&mut pool, "other@igad.int", PASSWORD).unwrap()["AuthenticationResult"].clone();
        let input = json!({ "UserPoolId": pool.settings.user_pool_id, "Username": username });
        pool.call("AdminUserGlobalSignOut", &input).unwrap();
        for (access_token, refresh_token) in sessions {
            let user = pool.call("GetUser", &json!({ "AccessToken": access_token }));
            assert_raises(user, "NotAuthorizedException", "Access Token has been revoked");
            let refreshed = pool.call("GetTokensFromRefreshToken", &json!({ "RefreshToken": refresh_token }));
            assert_raises(refreshed, "NotAuthorizedException", "Refresh Token has been revoked");
        }
        let input = json!({ "RefreshToken": other["RefreshToken"] });
        pool.call("GetTokensFromRefreshToken", &input).unwrap();
    }
}

#[test]
fn admin_sign_out_of_unknown_user_is_not_found() {
    let mut pool = pool();
    let input = json!({ "UserPoolId": pool.settings.user_pool_id, "Username": UNKNOWN });
    let result = pool.call("AdminUserGlobalSignOut", &input);
    assert_raises(result, "UserNotFoundException", "User does not exist.");
}

#[test]
fn admin_sign_out_in_another_pool_is_not_found() {
    let input = json!({ "UserPoolId": "eu-west-1_Other", "Username": USER });
    let message = "User pool eu-west-1_Other does not exist.";
    assert_raises(pool().call("AdminUserGlobalSignOut", &input), "ResourceNotFoundException", message);
}
