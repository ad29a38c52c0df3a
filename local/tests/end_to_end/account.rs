//! Self-service of an account: profile and deletion.

use serde_json::{Value, json};

use crate::stack::{ApiResponse, PASSWORD, stack};

fn with_bearer(method: &str, route: &str, token: &Value, body: &Value) -> ApiResponse {
    let authorization = format!("Bearer {}", token.as_str().unwrap());
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = if method == "GET" { String::new() } else { body.to_string() };
    stack().send(method, route, &headers, body)
}

#[test]
fn saved_profile_is_returned() {
    let user = "profile@igad.int";
    stack().create_user(user);
    let token = &stack().sign_in(user, PASSWORD).body["access_token"];
    for attributes in [json!({ "name": "Jane Roe", "locale": "en" }), json!({ "name": "Jane Doe" })] {
        let saved = with_bearer("POST", "update-profile", token, &json!({ "attributes": attributes }));
        assert_eq!((saved.status, &saved.body), (200, &json!({ "message": "Profile saved" })), "{saved:?}");
        let profile = with_bearer("GET", "me", token, &Value::Null);
        let expected = json!({ "name": attributes["name"], "locale": "en" });
        assert_eq!(profile.body["attributes"], expected, "{profile:?}");
    }
}

#[test]
fn deleted_account_is_replaced_by_another() {
    let user = "leaving@igad.int";
    stack().create_user(user);
    let signed_in = stack().sign_in(user, PASSWORD).body;
    let delete = |confirm: &str| {
        let body = json!({ "confirm": confirm });
        with_bearer("POST", "delete-account", &signed_in["access_token"], &body)
    };
    let rejected = delete("user@igad.int");
    assert_eq!((rejected.status, &rejected.body["detail"]), (400, &json!("Confirmation does not match")));
    let deleted = delete(user);
    assert_eq!((deleted.status, &deleted.body), (200, &json!({ "message": "Account deleted" })));

    let refresh = json!({ "refresh_token": signed_in["refresh_token"] });
    assert_eq!(stack().post("refresh-token", &refresh).status, 401);
    assert_eq!(stack().sign_in(user, PASSWORD).status, 401);
    stack().create_user(user);
    let again = stack().sign_in(user, PASSWORD);
    assert_eq!(again.status, 200, "{again:?}");
    assert_ne!(again.body["user"]["user_id"], signed_in["user"]["user_id"]);
}
