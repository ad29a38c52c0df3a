use http::Uri;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use super::{FederationSettings, is_web_address};
use crate::model::requests::StartFederatedLoginRequest;

const URL: &str = "https://sign-in.auth.eu-west-1.amazoncognito.com";

/// Names and values of a query.
fn parameters(url: &str) -> Vec<(String, String)> {
    let uri: Uri = url.parse().expect("a URL");
    let query = uri.query().expect("a query").to_owned();
    let decode = |text: &str| percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned();
    query
        .split('&')
        .map(|parameter| parameter.split_once('=').expect("a value"))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

proptest! {
    #[test]
    fn parsed_query_has_exactly_the_inputs(
        client_id in r"\PC{1,20}",
        provider in r"\PC{1,20}",
        redirect_uri in r"\PC{1,40}",
        state in r"\PC{1,20}",
        code_challenge in r"\PC{1,20}",
        login_hint in proptest::option::of(any::<String>()),
        reauthenticate: bool,
    ) {
        let settings = FederationSettings {
            url: Some(URL.to_owned()),
            providers: vec![provider.clone()],
            redirect_uris: vec![redirect_uri.clone()],
            logout_redirect_uris: vec![redirect_uri.clone()],
        };
        let mut expected = vec![
            ("response_type", "code".to_owned()),
            ("client_id", client_id.clone()),
            ("redirect_uri", redirect_uri.clone()),
            ("scope", "openid email profile aws.cognito.signin.user.admin".to_owned()),
            ("state", state.clone()),
            ("code_challenge", code_challenge.clone()),
            ("code_challenge_method", "S256".to_owned()),
            ("identity_provider", provider.clone()),
        ];
        expected.extend(login_hint.clone().map(|hint| ("login_hint", hint)));
        expected.extend(reauthenticate.then(|| ("prompt", "login".to_owned())));
        let expected: Vec<_> =
            expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();

        let request = StartFederatedLoginRequest {
            provider, redirect_uri: redirect_uri.clone(), state, code_challenge, login_hint, reauthenticate
        };
        let url = settings.authorize_url(&client_id, &request).unwrap();
        prop_assert!(url.starts_with("https://sign-in.auth.eu-west-1.amazoncognito.com/oauth2/authorize?"));
        prop_assert_eq!(parameters(&url), expected);

        let url = settings.logout_url(&client_id, &redirect_uri).unwrap();
        prop_assert!(url.starts_with("https://sign-in.auth.eu-west-1.amazoncognito.com/logout?"));
        let expected = [("client_id".to_owned(), client_id), ("logout_uri".to_owned(), redirect_uri)];
        prop_assert_eq!(parameters(&url), expected);
    }
}

#[test]
fn lists_and_url_are_both_required() {
    let uri = "https://app.igad.int/";
    let lists = FederationSettings {
        url: None,
        providers: vec!["Google".to_owned()],
        redirect_uris: vec![uri.to_owned()],
        logout_redirect_uris: vec![uri.to_owned()],
    };
    assert!(lists.domain_for(uri).is_err());
    assert_eq!(lists.logout_url("client", uri), None);
    let url = FederationSettings { url: Some(URL.to_owned()), ..FederationSettings::default() };
    assert!(url.domain_for(uri).is_err());
    assert_eq!(url.logout_url("client", uri), None);
}

#[test]
fn web_address_is_https_or_local_without_fragment() {
    for valid in [
        "https://app.igad.int",
        "https://app.igad.int:8443/signed-in?tenant=1",
        "http://localhost:3000/signed-in",
        "http://127.0.0.1:3000",
    ] {
        assert!(is_web_address(valid), "{valid}");
    }
    for invalid in [
        "http://app.igad.int",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "https://app.igad.int/#fragment",
        "https://app.igad.int/#",
        "https://app.igad.int@evil.example/",
        "https://",
        "//app.igad.int",
        "/signed-in",
        "app.igad.int",
        "app://signed-in",
        "javascript:alert(1)",
        "https://app.igad.int/ signed-in",
    ] {
        assert!(!is_web_address(invalid), "{invalid}");
    }
}
