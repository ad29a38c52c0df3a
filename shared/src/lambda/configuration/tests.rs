use super::{Configuration, ConfigurationError, LevelFilter, TrustStore};

const VALID: [(&str, &str); 5] = [
    ("AWS_REGION", "eu-west-1"),
    ("COGNITO_USER_POOL_ID", "eu-west-1_AbCdEfGhI"),
    ("COGNITO_CLIENT_ID", "1example23456789"),
    ("DEFAULT_USER_NAME", "IGAD User"),
    ("TOTP_ISSUER", "IGAD"),
];

fn read(variables: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
    Configuration::from_variables(|name| {
        let named = |(variable, _): &&(&str, &str)| *variable == name;
        variables
            .iter()
            .find(named)
            .or_else(|| VALID.iter().find(named))
            .map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn optional_variables_have_defaults() {
    let configuration = read(&[]).unwrap();
    assert_eq!(configuration.user_pool.endpoint_url, None);
    assert_eq!(configuration.trust_store, TrustStore::AmazonTrustServices);
    assert!(configuration.user_pool.client_secret.is_none());
    assert!(configuration.edge_secrets.is_empty());
    assert_eq!(configuration.settings.admin_emails, [""; 0]);
    assert_eq!(configuration.settings.admin_group, "admin");
    assert_eq!(configuration.log_level, LevelFilter::INFO);
}

#[test]
fn error_names_a_missing_or_empty_variable() {
    let required =
        ["AWS_REGION", "COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID", "DEFAULT_USER_NAME", "TOTP_ISSUER"];
    for variable in required {
        let error = read(&[(variable, "  ")]).unwrap_err();
        assert_eq!(error, ConfigurationError::Missing { variable });
        assert_eq!(error.to_string(), format!("environment variable {variable} is not set"));
    }
}

#[test]
fn error_omits_a_malformed_value() {
    let rows = [
        ("COGNITO_USER_POOL_ID", "NoRegion"),
        ("COGNITO_USER_POOL_ID", "us-east-2_"),
        ("COGNITO_USER_POOL_ID", "https://example.org/eu-west-1_AbC"),
        ("COGNITO_USER_POOL_ID", "us-east-2_AbCdEfGhI"),
        ("COGNITO_CLIENT_ID", "client id"),
        ("ADMIN_EMAILS", "head@igad.int, chief"),
        ("AWS_LAMBDA_LOG_LEVEL", "LOUD"),
        ("FEDERATION_URL", "http://sign-in.example.org"),
        ("FEDERATION_URL", "sign-in.example.org"),
        ("FEDERATION_URL", "https://sign-in.example.org/?client_id=1"),
        ("REDIRECT_URIS", "https://app.igad.int/,http://app.igad.int/"),
        ("LOGOUT_REDIRECT_URIS", "https://app.igad.int/#signed-out"),
        ("FEDERATED_PROVIDERS", "Google,cognito"),
    ];
    for (name, value) in rows {
        let error = read(&[(name, value)]).unwrap_err();
        assert!(matches!(error, ConfigurationError::Malformed { variable, .. } if variable == name));
        assert!(!error.to_string().contains(value), "{error}");
    }
}

#[test]
fn admin_emails_are_split_and_trimmed() {
    let configuration = read(&[("ADMIN_EMAILS", " Head@IGAD.int ,, chief@igad.int,")]).unwrap();
    assert_eq!(configuration.settings.admin_emails, ["Head@IGAD.int", "chief@igad.int"]);
}

#[test]
fn federation_is_off_without_variables() {
    let federation = read(&[]).unwrap().settings.federation;
    assert_eq!(federation.url, None);
    assert_eq!(
        [federation.providers, federation.redirect_uris, federation.logout_redirect_uris].concat(),
        [""; 0]
    );
}

#[test]
fn federation_url_loses_its_slash_and_lists_are_split() {
    let configuration = read(&[
        ("FEDERATION_URL", "https://sign-in.example.org/"),
        ("FEDERATED_PROVIDERS", "Google, Microsoft"),
        ("REDIRECT_URIS", "https://app.igad.int/signed-in, http://localhost:3000/"),
        ("LOGOUT_REDIRECT_URIS", "https://app.igad.int/,"),
    ]);
    let federation = configuration.unwrap().settings.federation;
    assert_eq!(federation.url.as_deref(), Some("https://sign-in.example.org"));
    assert_eq!(federation.providers, ["Google", "Microsoft"]);
    assert_eq!(federation.redirect_uris, ["https://app.igad.int/signed-in", "http://localhost:3000/"]);
    assert_eq!(federation.logout_redirect_uris, ["https://app.igad.int/"]);
}

#[test]
fn certificate_variables_select_the_trust_store() {
    for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let configuration = read(&[(variable, "/etc/pki/tls/certs")]).unwrap();
        assert_eq!(configuration.trust_store, TrustStore::Environment, "{variable}");
    }
}

#[test]
fn lambda_log_levels_are_accepted() {
    let levels = [
        ("TRACE", LevelFilter::TRACE),
        ("DEBUG", LevelFilter::DEBUG),
        ("INFO", LevelFilter::INFO),
        ("WARN", LevelFilter::WARN),
        ("ERROR", LevelFilter::ERROR),
        ("FATAL", LevelFilter::ERROR),
    ];
    for (name, level) in levels {
        assert_eq!(read(&[("AWS_LAMBDA_LOG_LEVEL", name)]).unwrap().log_level, level);
    }
}

#[test]
fn debug_output_omits_the_client_secret() {
    let configuration = read(&[("COGNITO_CLIENT_SECRET", "hunter2")]).unwrap();
    assert!(!format!("{configuration:?}").contains("hunter2"));
}
