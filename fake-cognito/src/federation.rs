//! OAuth endpoints of the pool's domain, for users who sign in through an identity provider.

use std::collections::HashMap;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::{
    identity_provider::{Account, CLIENT_ID, IdentityProvider},
    operations::tokens::ADMIN_SCOPE,
    page::{Page, PageRequest, escape},
    pool::{Pool, Status, User},
    random::token,
};

/// `AllowedOAuthScopes`.
const SCOPES: [&str; 4] = ["openid", "email", "profile", ADMIN_SCOPE];

/// Lifetime of a code, in seconds.
const CODE_LIFETIME: u64 = 300;

/// Lifetime of the cookie that makes the next sign-in silent, in seconds.
const COOKIE_LIFETIME: u64 = 3600;

/// Sign-in through identity providers: configuration of the app client. The pool's own pages are not among the providers.
#[derive(Debug, Clone)]
pub struct Federation {
    /// `SupportedIdentityProviders`. Behind each name is the same demo provider.
    pub providers: Vec<String>,
    /// `CallbackURLs`.
    pub callback_urls: Vec<String>,
    /// `LogoutURLs`.
    pub logout_urls: Vec<String>,
    /// Accounts at the demo provider.
    pub accounts: Vec<Account>,
}

/// Identity of a user at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Name of the provider.
    pub provider: String,
    /// Id of the user at the provider.
    pub subject: String,
    /// Time of the first sign-in, in seconds since 1970.
    pub created_at: u64,
}

impl Identity {
    /// User name. It is in lowercase if the pool has `CaseSensitive: false`, as this one (amplify-js#13844).
    pub(crate) fn username(&self) -> String {
        format!("{}_{}", self.provider, self.subject).to_ascii_lowercase()
    }

    /// Entry of the claim and attribute `identities`.
    pub(crate) fn claim(&self) -> Value {
        json!({
            "dateCreated": format!("{}000", self.created_at),
            "userId": self.subject,
            "providerName": self.provider,
            "providerType": "OIDC",
            "issuer": null,
            "primary": "true"
        })
    }
}

/// Sign-ins at the domain.
#[derive(Debug, Default)]
pub(crate) struct SignIns {
    provider: IdentityProvider,
    /// Users who are at the provider, by the `state` of that redirect.
    pending: HashMap<String, Authorization>,
    /// Codes that wait for their exchange.
    codes: HashMap<String, Grant>,
    /// Users who have signed in, by their cookie.
    browsers: HashMap<String, SignedIn>,
}

/// Request of the authorize endpoint.
#[derive(Debug, Clone)]
struct Authorization {
    redirect_uri: String,
    state: Option<String>,
    scope: String,
    code_challenge: Option<String>,
    provider: String,
    /// Value that the provider's ID token must have.
    nonce: String,
}

#[derive(Debug, Clone)]
struct SignedIn {
    sub: String,
    provider: String,
    auth_time: u64,
}

#[derive(Debug)]
struct Grant {
    request: Authorization,
    user: SignedIn,
    expires_at: u64,
}

impl Pool {
    /// Handles a request to the pool's domain, or to the demo provider.
    pub fn visit(&mut self, request: &PageRequest) -> Page {
        let Some(federation) = self.settings.federation.clone() else {
            return Page::html(404, "Not found", "");
        };
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/oauth2/authorize") => self.authorize(&federation, request),
            ("GET" | "POST", "/oauth2/idpresponse") => self.provider_response(request),
            ("POST", "/oauth2/token") => match self.token(request) {
                Ok(tokens) => Page::json(200, &tokens),
                Err(error) => Page::json(400, &json!({ "error": error })),
            },
            ("GET", "/logout") => self.log_out(&federation, request),
            ("GET", "/error") => {
                Page::html(400, "An error was encountered", &escape(request.get("error").unwrap_or_default()))
            }
            (_, path) if path.starts_with("/provider/") => {
                let now = self.now();
                self.sign_ins.provider.handle(&federation.accounts, request, now)
            }
            _ => Page::html(404, "Not found", ""),
        }
    }

    /// `GET /oauth2/authorize`. Errors go to the client only after its id and its redirect URI are known.
    fn authorize(&mut self, federation: &Federation, request: &PageRequest) -> Page {
        if request.get("client_id") != Some(&self.settings.client_id) {
            return error_page("invalid_request");
        }
        let callback = |uri: &&str| federation.callback_urls.iter().any(|url| url == uri);
        let Some(redirect_uri) = request.get("redirect_uri").filter(callback) else {
            return error_page("redirect_mismatch");
        };
        let state = request.get("state");
        let fail = |error, description| error_redirect(redirect_uri, state, error, description);

        match request.get("response_type") {
            Some("code") => {}
            Some("token") => return fail("unauthorized_client", ""),
            _ => return fail("invalid_request", ""),
        }
        // Only S256: authorization-endpoint in the developer guide.
        let code_challenge = request.get("code_challenge");
        if code_challenge.map(|_| "S256") != request.get("code_challenge_method") {
            return fail("invalid_request", "");
        }
        let scope = request.get("scope").map_or_else(|| SCOPES.join(" "), str::to_owned);
        let scopes: Vec<_> = scope.split_whitespace().collect();
        let needs_openid = scopes.iter().any(|scope| ["email", "profile"].contains(scope));
        if scopes.iter().any(|scope| !SCOPES.contains(scope)) || needs_openid && !scopes.contains(&"openid") {
            // cloudfront-authorization-at-edge#82; the developer guide has `error=invalid_scope`.
            return fail("invalid_request", "invalid_scope");
        }

        let signed_in = self.signed_in(request);
        let Some(provider) =
            request.get("identity_provider").or(signed_in.as_ref().map(|user| user.provider.as_str()))
        else {
            return Page::html(200, "Sign in", &provider_links(&federation.providers, request));
        };
        if !federation.providers.iter().any(|name| name == provider) {
            return fail("invalid_request", "Identity provider is not supported");
        }
        let authorization = Authorization {
            redirect_uri: redirect_uri.to_owned(),
            state: state.map(str::to_owned),
            scope,
            code_challenge: code_challenge.map(str::to_owned),
            provider: provider.to_owned(),
            nonce: token(),
        };
        let is_here = |user: &SignedIn| user.provider == provider && request.get("prompt") != Some("login");
        if let Some(user) = signed_in.as_ref().filter(|user| is_here(user)) {
            return self.authorized(authorization, user.clone());
        }
        if request.get("prompt") == Some("none") {
            return fail("login_required", "");
        }
        let own_state = token();
        let callback = format!("http://{}/oauth2/idpresponse", request.host);
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", &callback),
            ("scope", "openid email profile"),
            ("state", &own_state),
            ("nonce", &authorization.nonce),
        ];
        parameters
            .extend(["prompt", "login_hint"].iter().filter_map(|name| Some((*name, request.get(name)?))));
        let page = Page::redirect("/provider/authorize", &parameters);
        self.sign_ins.pending.insert(own_state, authorization);
        page
    }

    /// User of the browser's cookie.
    fn signed_in(&self, request: &PageRequest) -> Option<SignedIn> {
        let user = self.sign_ins.browsers.get(request.cookie.as_deref()?)?;
        (self.now() < user.auth_time + COOKIE_LIFETIME).then(|| user.clone())
    }

    /// `/oauth2/idpresponse`: the provider's response, whose code this exchanges.
    fn provider_response(&mut self, request: &PageRequest) -> Page {
        let authorization = request.get("state").and_then(|state| self.sign_ins.pending.remove(state));
        // Without the request of a client there is no URI to redirect to.
        let Some(authorization) = authorization else { return error_page("invalid_state") };
        let redirect_uri = authorization.redirect_uri.clone();
        let state = authorization.state.clone();
        let fail = |error, description| error_redirect(&redirect_uri, state.as_deref(), error, description);
        if let Some(error) = request.get("error") {
            return fail(error, request.get("error_description").unwrap_or_default());
        }
        let now = self.now();
        let claims =
            request.get("code").and_then(|code| self.sign_ins.provider.claims(&request.host, code, now));
        let Some(claims) = claims.filter(|claims| claims["nonce"] == authorization.nonce.as_str()) else {
            let description = format!("{} Error - 400 error getting token", authorization.provider);
            return fail("invalid_request", &description);
        };
        let Some(user) = self.federated_user(&authorization.provider, &claims) else {
            return fail("invalid_request", "Invalid ProviderName/Username combination. Please check again");
        };
        if user.is_disabled {
            return fail("invalid_request", "User is not enabled");
        }
        let user =
            SignedIn { sub: user.sub.clone(), provider: authorization.provider.clone(), auth_time: now };
        let cookie = token();
        self.sign_ins.browsers.insert(cookie.clone(), user.clone());
        let mut page = self.authorized(authorization, user);
        // Cognito's has `Secure` too, which not every browser accepts from this server.
        page.cookie =
            Some(format!("cognito={cookie}; Path=/; Max-Age={COOKIE_LIFETIME}; HttpOnly; SameSite=Lax"));
        page
    }

    /// User of the provider's claims, with the mapped attributes `email` and `name`. `email_verified` is not mapped.
    /// `None` if the user name is that of another provider or subject, which differs in case: subjects are case-sensitive in each
    /// pool (user-pool-case-sensitivity in the developer guide). The error that Cognito then returns is a guess.
    fn federated_user(&mut self, provider: &str, claims: &Value) -> Option<&User> {
        let claim = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
        let identity =
            Identity { provider: provider.to_owned(), subject: claim("sub"), created_at: self.now() };
        let username = identity.username();
        let known = self.users.iter().position(|user| user.username() == username);
        if let Some(other) = known.and_then(|index| self.users[index].identity.as_ref())
            && (&other.provider, &other.subject) != (&identity.provider, &identity.subject)
        {
            return None;
        }
        let index = known.unwrap_or_else(|| {
            let mut user = User::new("", &token());
            user.identity = Some(identity);
            user.status = Status::ExternalProvider;
            user.groups.push(format!("{}_{provider}", self.settings.user_pool_id));
            self.users.push(user);
            self.users.len() - 1
        });
        let user = &mut self.users[index];
        user.email = claim("email");
        user.email_verified = false;
        user.attributes.insert("name".to_owned(), claim("name"));
        Some(user)
    }

    /// Redirect to the client with a code.
    fn authorized(&mut self, request: Authorization, user: SignedIn) -> Page {
        let code = token();
        let mut parameters = vec![("code", code.as_str())];
        parameters.extend(request.state.as_deref().map(|state| ("state", state)));
        let page = Page::redirect(&request.redirect_uri, &parameters);
        let expires_at = self.now() + CODE_LIFETIME;
        self.sign_ins.codes.insert(code, Grant { request, user, expires_at });
        page
    }

    /// `POST /oauth2/token`. Each code is valid once, also if the request is wrong.
    fn token(&mut self, request: &PageRequest) -> Result<Value, &'static str> {
        self.check_client_of_token(request)?;
        if request.get("grant_type").ok_or("invalid_request")? != "authorization_code" {
            return Err("unsupported_grant_type");
        }
        let code = request.get("code").ok_or("invalid_request")?;
        let Grant { request: authorization, user, expires_at } =
            self.sign_ins.codes.remove(code).ok_or("invalid_grant")?;
        if expires_at <= self.now() {
            return Err("invalid_grant");
        }
        if request.get("redirect_uri") != Some(&authorization.redirect_uri) {
            // https://stackoverflow.com/questions/50264679
            return Err("unauthorized_client");
        }
        let challenge = request
            .get("code_verifier")
            .map(|verifier| BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())));
        if authorization.code_challenge.is_some() && authorization.code_challenge != challenge {
            return Err("invalid_request");
        }
        // A deleted or disabled user.
        let enabled = self.user(&user.sub).is_some_and(|user| !user.is_disabled);
        let result = self.tokens_of(&user.sub, user.auth_time, &authorization.scope);
        let result = result.ok().filter(|_| enabled).ok_or("invalid_grant")?;
        let mut tokens = json!({
            "access_token": result["AccessToken"],
            "refresh_token": result["RefreshToken"],
            "token_type": "Bearer",
            "expires_in": result["ExpiresIn"]
        });
        if authorization.scope.split(' ').any(|scope| scope == "openid") {
            tokens["id_token"] = result["IdToken"].clone();
        }
        Ok(tokens)
    }

    /// Checks the client's id and secret, from the header or the form.
    fn check_client_of_token(&self, request: &PageRequest) -> Result<(), &'static str> {
        let basic = request.authorization.as_deref().and_then(|header| header.strip_prefix("Basic "));
        let basic = basic.and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
        let basic = basic.and_then(|bytes| String::from_utf8(bytes).ok());
        let (id, secret) = match basic.as_deref().and_then(|text| text.split_once(':')) {
            Some((id, secret)) => (Some(id), Some(secret)),
            None => (request.get("client_id"), request.get("client_secret")),
        };
        let is_client = id == Some(self.settings.client_id.as_str())
            && request.get("client_id").is_none_or(|given| Some(given) == id)
            && secret == self.settings.client_secret.as_deref();
        is_client.then_some(()).ok_or("invalid_client")
    }

    /// `GET /logout`. The session at the provider stays.
    fn log_out(&mut self, federation: &Federation, request: &PageRequest) -> Page {
        if request.get("client_id") != Some(&self.settings.client_id) {
            return error_page("invalid_request");
        }
        let allowed = |uri: &&str| federation.logout_urls.iter().any(|url| url == uri);
        let Some(uri) = request.get("logout_uri").filter(allowed) else {
            return error_page("redirect_mismatch");
        };
        if let Some(cookie) = &request.cookie {
            self.sign_ins.browsers.remove(cookie);
        }
        let mut page = Page::redirect(uri, &[]);
        page.cookie = Some("cognito=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax".to_owned());
        page
    }
}

/// Redirect to the domain's page for errors that the client does not learn.
fn error_page(error: &str) -> Page {
    Page::redirect("/error", &[("error", error)])
}

fn error_redirect(redirect_uri: &str, state: Option<&str>, error: &str, description: &str) -> Page {
    let mut parameters = Vec::new();
    if !description.is_empty() {
        parameters.push(("error_description", description));
    }
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("error", error));
    Page::redirect(redirect_uri, &parameters)
}

/// Links that repeat the request for each provider.
fn provider_links(providers: &[String], request: &PageRequest) -> String {
    let links = providers.iter().map(|provider| {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&request.parameters)
            .append_pair("identity_provider", provider)
            .finish();
        format!("<p><a href=\"/oauth2/authorize?{}\">{}</a></p>", escape(&query), escape(provider))
    });
    links.collect()
}
