//! Configuration from environment variables.

use std::{env, time::Duration};

use cognito_token_verifier::UserPoolId;
use secrecy::SecretString;
use tracing::level_filters::LevelFilter;

use crate::{
    cognito::trust_store::TrustStore,
    model::{
        federation::{FederationSettings, is_web_address},
        password_policy::PasswordPolicy,
        refresh_cookie::RefreshCookieSettings,
        user::{PoolSettings, ServiceSettings},
        user_pool::UserPool,
    },
};

/// Configuration of a function.
#[derive(Debug)]
pub struct Configuration {
    /// Trusted root certificates (`SSL_CERT_FILE` and `SSL_CERT_DIR`, as in OpenSSL).
    pub trust_store: TrustStore,
    /// User pool and app client.
    pub user_pool: UserPool,
    /// Settings for the routes.
    pub settings: ServiceSettings,
    /// Key of the username hash in the audit line (`AUDIT_KEY`), unique to the deployment.
    pub audit_key: Option<SecretString>,
    /// Secrets by which the CloudFront distribution in front of the API authenticates itself (`EDGE_SECRET`, and
    /// `EDGE_SECRET_PREVIOUS` during a rotation). Empty if there is no distribution.
    pub edge_secrets: Vec<SecretString>,
    /// Namespace of the metrics (`METRICS_NAMESPACE`), unique to the deployment.
    pub metrics_namespace: String,
    /// Minimum log level. Lambda sets `AWS_LAMBDA_LOG_LEVEL` from the function's logging configuration.
    pub log_level: LevelFilter,
}

/// Error of a variable.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// The variable is not set, or is empty.
    #[error("environment variable {variable} is not set")]
    Missing {
        /// Name of the variable.
        variable: &'static str,
    },
    /// The variable is malformed. The error omits the value, which may be a misplaced secret.
    #[error("environment variable {variable} is malformed: expected {expected}")]
    Malformed {
        /// Name of the variable.
        variable: &'static str,
        /// Description of a valid value.
        expected: &'static str,
    },
}

impl Configuration {
    /// Reads the environment of the process.
    ///
    /// # Errors
    ///
    /// Error of the first variable that is missing or malformed.
    pub fn from_environment() -> Result<Self, ConfigurationError> {
        Self::from_variables(|name| env::var(name).ok())
    }

    /// Reads variables from `lookup`. An empty variable counts as not set, since a template can set a variable to an
    /// empty value, but cannot omit it.
    ///
    /// # Errors
    ///
    /// Error of the first variable that is missing or malformed.
    pub fn from_variables(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let optional =
            |name: &str| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let required =
            |variable: &'static str| optional(variable).ok_or(ConfigurationError::Missing { variable });

        let user_pool_id: UserPoolId =
            required("COGNITO_USER_POOL_ID")?.parse().map_err(|_| ConfigurationError::Malformed {
                variable: "COGNITO_USER_POOL_ID",
                expected: "a region and an id, such as eu-west-1_AbCdEfGhI",
            })?;
        let region = required("AWS_REGION")?;
        if user_pool_id.region() != region {
            return Err(ConfigurationError::Malformed {
                variable: "COGNITO_USER_POOL_ID",
                expected: "a user pool of AWS_REGION, since no other can be reached",
            });
        }
        let client_id = required("COGNITO_CLIENT_ID")?;
        if !client_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'_') {
            return Err(ConfigurationError::Malformed {
                variable: "COGNITO_CLIENT_ID",
                expected: "letters and digits",
            });
        }
        let list = |name: &str| -> Vec<String> {
            let list = optional(name).unwrap_or_default();
            let items = list.split(',').map(str::trim).filter(|item| !item.is_empty());
            items.map(str::to_owned).collect()
        };
        let admin_emails = list("ADMIN_EMAILS");
        if admin_emails.iter().any(|email| !email.contains('@')) {
            return Err(ConfigurationError::Malformed {
                variable: "ADMIN_EMAILS",
                expected: "email addresses, separated by commas",
            });
        }

        Ok(Self {
            trust_store: match optional("SSL_CERT_FILE").or_else(|| optional("SSL_CERT_DIR")) {
                Some(_) => TrustStore::Environment,
                None => TrustStore::AmazonTrustServices,
            },
            user_pool: UserPool {
                region,
                endpoint_url: optional("AWS_ENDPOINT_URL"),
                id: user_pool_id,
                client_id,
                client_secret: optional("COGNITO_CLIENT_SECRET").map(SecretString::from),
            },
            settings: ServiceSettings {
                admin_emails,
                admin_group: optional("ADMIN_GROUP").unwrap_or_else(|| "admin".to_owned()),
                default_user_name: required("DEFAULT_USER_NAME")?,
                totp_issuer: required("TOTP_ISSUER")?,
                reauthentication: minutes(optional("REAUTHENTICATION_MINUTES").as_deref())?,
                reveals_users: optional("PREVENT_USER_EXISTENCE_ERRORS").as_deref() == Some("LEGACY"),
                self_sign_up: optional("SELF_SIGN_UP").as_deref() == Some("true"),
                editable_attributes: list("EDITABLE_ATTRIBUTES"),
                password_policy: password_policy(optional("PASSWORD_POLICY").as_deref())?,
                email_change: optional("EMAIL_CHANGE").as_deref() == Some("true"),
                pool: PoolSettings {
                    mfa: optional("MFA"),
                    passkeys: optional("PASSKEYS").map(|value| value == "true"),
                    email_code: optional("EMAIL_CODE").map(|value| value == "true"),
                },
                refresh_cookie: optional("REFRESH_TOKEN_COOKIE_DAYS")
                    .map(|days| refresh_cookie(&days, list("ALLOWED_ORIGINS")))
                    .transpose()?,
                federation: federation(
                    optional("FEDERATION_URL"),
                    list("FEDERATED_PROVIDERS"),
                    list("REDIRECT_URIS"),
                    list("LOGOUT_REDIRECT_URIS"),
                )?,
            },
            audit_key: optional("AUDIT_KEY").map(SecretString::from),
            edge_secrets: ["EDGE_SECRET", "EDGE_SECRET_PREVIOUS"]
                .into_iter()
                .filter_map(optional)
                .map(SecretString::from)
                .collect(),
            metrics_namespace: optional("METRICS_NAMESPACE").unwrap_or_else(|| "SignIn".to_owned()),
            log_level: log_level(optional("AWS_LAMBDA_LOG_LEVEL").as_deref())?,
        })
    }
}

fn minutes(value: Option<&str>) -> Result<Duration, ConfigurationError> {
    let minutes: u64 = value.unwrap_or("15").parse().map_err(|_| ConfigurationError::Malformed {
        variable: "REAUTHENTICATION_MINUTES",
        expected: "a number of minutes",
    })?;
    Ok(Duration::from_secs(minutes.saturating_mul(60)))
}

fn refresh_cookie(
    days: &str,
    allowed_origins: Vec<String>,
) -> Result<RefreshCookieSettings, ConfigurationError> {
    let days: u64 = days.parse().map_err(|_| ConfigurationError::Malformed {
        variable: "REFRESH_TOKEN_COOKIE_DAYS",
        expected: "a number of days",
    })?;
    if allowed_origins.is_empty() {
        return Err(ConfigurationError::Missing { variable: "ALLOWED_ORIGINS" });
    }
    Ok(RefreshCookieSettings {
        lifetime: Duration::from_secs(days.saturating_mul(24 * 60 * 60)),
        allowed_origins,
    })
}

/// Each function has the variables that it uses, so none requires another.
fn federation(
    url: Option<String>,
    providers: Vec<String>,
    redirect_uris: Vec<String>,
    logout_redirect_uris: Vec<String>,
) -> Result<FederationSettings, ConfigurationError> {
    let malformed = |variable, expected| Err(ConfigurationError::Malformed { variable, expected });
    if url.as_deref().is_some_and(|url| !is_web_address(url) || url.contains('?')) {
        return malformed("FEDERATION_URL", "the HTTPS URL of the user pool's domain");
    }
    for (variable, uris) in
        [("REDIRECT_URIS", &redirect_uris), ("LOGOUT_REDIRECT_URIS", &logout_redirect_uris)]
    {
        if !uris.iter().all(|uri| is_web_address(uri)) {
            return malformed(variable, "HTTPS URLs without a fragment, separated by commas");
        }
    }
    // Cognito's own pages, which know none of this service's rules.
    if providers.iter().any(|provider| provider.eq_ignore_ascii_case("COGNITO")) {
        return malformed("FEDERATED_PROVIDERS", "names of providers other than COGNITO");
    }
    let url = url.map(|url| url.trim_end_matches('/').to_owned());
    Ok(FederationSettings { url, providers, redirect_uris, logout_redirect_uris })
}

/// Without the variable, the rules are unknown and any password conforms.
fn password_policy(value: Option<&str>) -> Result<PasswordPolicy, ConfigurationError> {
    let Some(value) = value else { return Ok(PasswordPolicy::default()) };
    PasswordPolicy::parse(value).ok_or(ConfigurationError::Malformed {
        variable: "PASSWORD_POLICY",
        expected: "a length and any of uppercase, lowercase, numbers and symbols",
    })
}

/// Lambda's application log levels, which have a FATAL above tracing's ERROR:
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>.
fn log_level(name: Option<&str>) -> Result<LevelFilter, ConfigurationError> {
    match name {
        None => Ok(LevelFilter::INFO),
        Some("FATAL") => Ok(LevelFilter::ERROR),
        Some(name) => name.parse().map_err(|_| ConfigurationError::Malformed {
            variable: "AWS_LAMBDA_LOG_LEVEL",
            expected: "TRACE, DEBUG, INFO, WARN, ERROR or FATAL",
        }),
    }
}

#[cfg(test)]
mod tests;
