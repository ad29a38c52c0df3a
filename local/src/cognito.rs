//! The user pool behind the functions: the fake, or a real one.

use std::{env, sync::Arc};

use fake_cognito::{FakeCognito, Federation, Mfa, Settings};

use crate::{demo_users, failure::Failure, options::Options, template::Template};

/// Parameters of the template that set a variable of the functions, and the variable.
const VARIABLES: [(&str, &str); 8] = [
    ("AdminEmails", "ADMIN_EMAILS"),
    ("AdminGroupName", "ADMIN_GROUP"),
    ("DefaultUserName", "DEFAULT_USER_NAME"),
    ("EditableAttributes", "EDITABLE_ATTRIBUTES"),
    ("LogLevel", "AWS_LAMBDA_LOG_LEVEL"),
    ("PreventUserExistenceErrors", "PREVENT_USER_EXISTENCE_ERRORS"),
    ("ReauthenticationMinutes", "REAUTHENTICATION_MINUTES"),
    ("TotpIssuer", "TOTP_ISSUER"),
];

/// Variables of AWS credentials that the functions get from this process, and whether they are required.
const CREDENTIALS: [(&str, bool); 3] =
    [("AWS_ACCESS_KEY_ID", true), ("AWS_SECRET_ACCESS_KEY", true), ("AWS_SESSION_TOKEN", false)];

/// The user pool behind the functions.
#[derive(Debug)]
pub struct UserPool {
    /// The fake, unless the pool is a real one.
    pub fake: Option<Arc<FakeCognito>>,
    /// User pool id.
    pub id: String,
    /// App client id.
    pub client_id: String,
    /// Region.
    pub region: String,
    /// Environment of the functions.
    pub variables: Vec<(String, String)>,
}

impl UserPool {
    /// The user pool that the options select. `page` is the URL of the local page, to which providers redirect.
    ///
    /// # Errors
    ///
    /// A parameter is not supported, or AWS credentials are missing for a real pool.
    pub fn new(options: &Options, template: &Template, page: &str) -> Result<Self, Failure> {
        let mut variables = parameters(options, template)?;
        let pool = match (&options.user_pool, &options.client_id) {
            (Some(id), Some(client_id)) => {
                variables.extend(real_pool(options)?);
                Self {
                    fake: None,
                    region: region(id),
                    id: id.clone(),
                    client_id: client_id.clone(),
                    variables,
                }
            }
            _ => {
                let fake = FakeCognito::start(settings(options, page)?)
                    .map_err(|error| Failure::new(format!("the fake of Cognito: {error}"), "Try again."))?;
                variables.extend(fake.environment());
                variables.extend([
                    ("AWS_ACCESS_KEY_ID".to_owned(), "test".to_owned()),
                    ("AWS_SECRET_ACCESS_KEY".to_owned(), "test".to_owned()),
                ]);
                let Settings { user_pool_id: id, client_id, .. } = fake.pool().settings.clone();
                Self { fake: Some(Arc::new(fake)), region: region(&id), id, client_id, variables }
            }
        };
        let common = [
            ("AWS_REGION", pool.region.clone()),
            ("COGNITO_USER_POOL_ID", pool.id.clone()),
            ("COGNITO_CLIENT_ID", pool.client_id.clone()),
        ];
        let common = common.map(|(name, value)| (name.to_owned(), value));
        Ok(Self { variables: [pool.variables, common.to_vec()].concat(), ..pool })
    }

    /// Issuer of the pool's tokens, also of those of the fake.
    pub fn issuer(&self) -> String {
        format!("https://cognito-idp.{}.amazonaws.com/{}", self.region, self.id)
    }

    /// URL of the pool's key set.
    pub fn jwks_uri(&self) -> String {
        let pool =
            self.fake.as_ref().map_or_else(|| self.issuer(), |fake| format!("{}/{}", fake.url(), self.id));
        format!("{pool}/.well-known/jwks.json")
    }
}

fn region(user_pool_id: &str) -> String {
    user_pool_id.split('_').next().unwrap_or_default().to_owned()
}

/// Variables that the parameters set, by their value in the options or their default in the template.
fn parameters(options: &Options, template: &Template) -> Result<Vec<(String, String)>, Failure> {
    let special = [
        "AllowedOrigins",
        "EmailChange",
        "FederationLogoutUris",
        "FederationRedirectUris",
        "Mfa",
        "OidcProviderName",
        "RefreshTokenCookie",
        "SelfSignUp",
    ];
    for parameter in &options.parameters {
        let name = parameter.split('=').next().unwrap_or_default();
        if !special.contains(&name) && !VARIABLES.iter().any(|(known, _)| *known == name) {
            let names: Vec<_> = VARIABLES.iter().map(|(name, _)| *name).chain(special).collect();
            return Err(Failure::new(
                format!("the parameter {name} has no effect here"),
                format!("Use --emulator for it, or one of these: {}.", names.join(", ")),
            ));
        }
    }
    let set = VARIABLES.iter().filter_map(|(parameter, variable)| {
        let value =
            options.parameter(parameter).map(str::to_owned).or_else(|| template.default(parameter))?;
        Some(((*variable).to_owned(), value))
    });
    Ok(set.collect())
}

/// Settings of the fake, as the template would have them with these parameters. Self-service sign-up is on by default.
fn settings(options: &Options, page: &str) -> Result<Settings, Failure> {
    let settings = Settings {
        federation: federation(options, page),
        self_sign_up: options.parameter("SelfSignUp") != Some("false"),
        prevent_user_existence_errors: options.parameter("PreventUserExistenceErrors") != Some("LEGACY"),
        verifies_before_update: options.parameter("EmailChange") != Some("false"),
        ..Settings::default()
    };
    match options.parameter("Mfa") {
        None | Some("OPTIONAL") => Ok(settings),
        Some("OFF") => Ok(Settings { mfa: Mfa::Off, ..settings }),
        // Cognito then accepts neither an email code nor a passkey as the only factor.
        Some("ON") => Ok(Settings { mfa: Mfa::On, first_factors: vec!["PASSWORD"], ..settings }),
        Some(_) => Err(Failure::new("Mfa has an unknown value", "Use OFF, OPTIONAL or ON.")),
    }
}

/// Sign-in with the demo provider, unless the provider's name is empty. The local page can always redirect to it.
fn federation(options: &Options, page: &str) -> Option<Federation> {
    let provider = options.parameter("OidcProviderName").unwrap_or("Demo");
    let uris = |parameter| {
        let others =
            options.parameter(parameter).unwrap_or_default().split(',').filter(|uri| !uri.is_empty());
        [page].into_iter().chain(others).map(str::to_owned).collect()
    };
    (!provider.is_empty()).then(|| Federation {
        providers: vec![provider.to_owned()],
        callback_urls: uris("FederationRedirectUris"),
        logout_urls: uris("FederationLogoutUris"),
        accounts: demo_users::provider_accounts(),
    })
}

/// Variables for a real user pool: credentials and the app client's secret, from the environment of this process.
fn real_pool(options: &Options) -> Result<Vec<(String, String)>, Failure> {
    let mut variables = Vec::new();
    for (name, is_required) in CREDENTIALS {
        match env::var(name) {
            Ok(value) => variables.push((name.to_owned(), value)),
            Err(_) if is_required => {
                let advice = "Export AWS credentials, for example: \
                    eval \"$(aws configure export-credentials --format env)\"";
                return Err(Failure::new(format!("{name} is not set"), advice));
            }
            Err(_) => {}
        }
    }
    let optional = ["COGNITO_CLIENT_SECRET", "AWS_ENDPOINT_URL", "SSL_CERT_FILE"];
    variables.extend(optional.iter().filter_map(|name| Some(((*name).to_owned(), env::var(name).ok()?))));
    for (parameter, variable) in [("EmailChange", "EMAIL_CHANGE"), ("SelfSignUp", "SELF_SIGN_UP")] {
        variables.push((variable.to_owned(), options.parameter(parameter).unwrap_or("false").to_owned()));
    }
    Ok(variables)
}
