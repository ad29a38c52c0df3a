//! Identity provider to sign in at: OpenID Connect with a page of demo accounts in place of passwords.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    operations::tokens::sign,
    page::{Page, PageRequest, escape},
    pool::Pool,
    random::token,
};

/// Credentials of the user pool at the provider.
pub(crate) const CLIENT_ID: &str = "user-pool";
const CLIENT_SECRET: &str = "demo-provider-secret";

/// Lifetime of an ID token, in seconds.
const LIFETIME: u64 = 300;

/// Account at the provider.
#[derive(Debug, Clone)]
pub struct Account {
    /// Subject: the id at the provider.
    pub subject: String,
    /// Email address. The provider says that it is verified, as any provider may.
    pub email: String,
    /// Name.
    pub name: String,
}

/// Sign-ins whose codes wait for their exchange.
#[derive(Debug, Default)]
pub(crate) struct IdentityProvider {
    codes: HashMap<String, Grant>,
}

#[derive(Debug)]
struct Grant {
    account: Account,
    redirect_uri: String,
    nonce: Option<String>,
}

impl IdentityProvider {
    /// Handles a request for a path below `/provider`.
    pub(crate) fn handle(&mut self, accounts: &[Account], request: &PageRequest, now: u64) -> Page {
        let issuer = issuer(&request.host);
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/provider/.well-known/openid-configuration") => Page::json(
                200,
                &json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"),
                    "jwks_uri": format!("{issuer}/jwks"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"]
                }),
            ),
            ("GET", "/provider/jwks") => Page::json(200, &Pool::key_set()),
            ("GET" | "POST", "/provider/authorize") => self.authorize(accounts, request),
            ("POST", "/provider/token") => match self.exchange(request, now) {
                Some(claims) => Page::json(200, &tokens(&claims)),
                None => Page::json(400, &json!({ "error": "invalid_grant" })),
            },
            _ => Page::html(404, "Not found", ""),
        }
    }

    /// Shows the accounts, or redirects back after the user chose one or canceled.
    fn authorize(&mut self, accounts: &[Account], request: &PageRequest) -> Page {
        let expected = format!("http://{}/oauth2/idpresponse", request.host);
        let [Some(redirect_uri), Some(state)] = ["redirect_uri", "state"].map(|name| request.get(name))
        else {
            return Page::html(400, "Invalid request", "");
        };
        if redirect_uri != expected || request.get("client_id") != Some(CLIENT_ID) {
            return Page::html(400, "Invalid request", "");
        }
        if request.method == "GET" {
            return Page::html(200, "Demo provider", &form(accounts, request));
        }
        let Some(account) = accounts.iter().find(|account| request.get("account") == Some(&account.subject))
        else {
            let description = "The user canceled the sign-in";
            let error = [("error", "access_denied"), ("error_description", description), ("state", state)];
            return Page::redirect(redirect_uri, &error);
        };
        let code = token();
        let grant = Grant {
            account: account.clone(),
            redirect_uri: redirect_uri.to_owned(),
            nonce: request.get("nonce").map(str::to_owned),
        };
        self.codes.insert(code.clone(), grant);
        Page::redirect(redirect_uri, &[("code", &code), ("state", state)])
    }

    /// Claims for a code, or `None` for an invalid request. The code is valid once.
    fn exchange(&mut self, request: &PageRequest, now: u64) -> Option<Value> {
        let Grant { account, redirect_uri, nonce } = self.codes.remove(request.get("code")?)?;
        let is_valid = request.get("client_id") == Some(CLIENT_ID)
            && request.get("client_secret") == Some(CLIENT_SECRET)
            && request.get("redirect_uri") == Some(&redirect_uri);
        let Account { subject, email, name } = account;
        let mut claims = json!({
            "iss": issuer(&request.host),
            "aud": CLIENT_ID,
            "sub": subject,
            "email": email,
            "email_verified": true,
            "name": name,
            "iat": now,
            "exp": now + LIFETIME
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        is_valid.then_some(claims)
    }

    /// Claims for a code that the user pool received, which it exchanges here.
    pub(crate) fn claims(&mut self, host: &str, code: &str, now: u64) -> Option<Value> {
        let parameters = [
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("redirect_uri", &format!("http://{host}/oauth2/idpresponse")),
            ("code", code),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let request = PageRequest { host: host.to_owned(), parameters, ..PageRequest::default() };
        self.exchange(&request, now)
    }
}

/// Response of the token endpoint.
fn tokens(claims: &Value) -> Value {
    json!({ "id_token": sign(claims).unwrap_or_default(), "access_token": token(), "token_type": "Bearer" })
}

fn issuer(host: &str) -> String {
    format!("http://{host}/provider")
}

/// Form that repeats the parameters of the request, with a button for each account. The account of `login_hint` comes
/// first.
fn form(accounts: &[Account], request: &PageRequest) -> String {
    let names = ["client_id", "redirect_uri", "state", "nonce"];
    let fields = names.iter().filter_map(|name| {
        let value = escape(request.get(name)?);
        Some(format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"))
    });
    let mut accounts: Vec<_> = accounts.iter().collect();
    accounts.sort_by_key(|account| request.get("login_hint") != Some(&account.email));
    let buttons = accounts.into_iter().map(|Account { subject, email, name }| {
        let [subject, email, name] = [subject, email, name].map(|text| escape(text));
        format!("<button name=\"account\" value=\"{subject}\">{name} ({email})</button>")
    });
    let content: String = fields.chain(buttons).collect();
    format!(
        "<p>Choose the account to sign in with.</p>\
        <form method=\"post\" action=\"/provider/authorize\">{content}<button name=\"account\" value=\"\">Cancel</button></form>"
    )
}
