//! Deployments to the emulator, and resources in addition to the stack.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use fake_cognito::{Account, FakeCognito, Federation, Settings};

use crate::stack::{Description, Stack, stack};

/// Name of the identity provider in the user pool.
pub const PROVIDER: &str = "Demo";

/// Page that completes a sign-in.
pub const REDIRECT_URI: &str = "http://localhost:3000/signed-in";

/// Page that users see after a sign-out.
pub const LOGOUT_URI: &str = "http://localhost:3000/signed-out";

/// Identity provider of the [`CONFIDENTIAL`] stack, with one account.
pub static IDENTITY_PROVIDER: LazyLock<FakeCognito> = LazyLock::new(|| {
    let account = Account {
        subject: "42".to_owned(),
        email: "federated@igad.int".to_owned(),
        name: "Federated User".to_owned(),
    };
    let federation = Federation {
        providers: Vec::new(),
        callback_urls: Vec::new(),
        logout_urls: Vec::new(),
        accounts: vec![account],
    };
    FakeCognito::start(Settings { federation: Some(federation), ..Settings::default() }).unwrap()
});

/// Stack with federated sign-in, on the shared user pool with an app client of its own that has a secret.
pub static CONFIDENTIAL: LazyLock<Stack> = LazyLock::new(|| {
    let name = "sign-in-confidential";
    let client_id = create_federated_client(name);
    let confidential = deploy(
        name,
        &[
            &format!("ExistingUserPoolId={}", stack().description.user_pool_id),
            &format!("ExistingUserPoolClientId={client_id}"),
            &format!("ClientSecretArn={name}"),
            "FederationDomain=auth.igad.int",
            &format!("ExistingFederatedProviders={PROVIDER}"),
            &format!("FederationRedirectUris={REDIRECT_URI}"),
            &format!("FederationLogoutUris={LOGOUT_URI}"),
        ],
    );
    use_domain_of_emulator(name);
    confidential
});

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Python of an environment that `local` has created.
fn python(environment: &str) -> Command {
    Command::new(repository().join("target/local").join(environment).join("bin/python"))
}

/// Deploys the template to the emulator of the shared stack.
pub fn deploy(name: &str, parameters: &[&str]) -> Stack {
    try_to_deploy(name, parameters).unwrap()
}

/// Deploys the template to the emulator of the shared stack, and returns the output if that fails.
pub fn try_to_deploy(name: &str, parameters: &[&str]) -> Result<Stack, String> {
    let mut deploy = python("emulator");
    deploy.arg(repository().join("local/emulator/deploy_stack.py"));
    deploy.args([&stack().description.aws_endpoint_url, name]);
    for parameter in parameters {
        deploy.args(["--parameter", parameter]);
    }
    let output = deploy.output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(Stack::at(serde_json::from_slice::<Description>(&output.stdout).unwrap()))
}

/// Whether the emulator has a stack of this name, in any state.
pub fn has_stack(name: &str) -> bool {
    let stacks = aws(
        "print(*(s['StackName'] for s in client('cloudformation').list_stacks()['StackSummaries'] \
            if s['StackStatus'] not in ('DELETE_COMPLETE', 'REVIEW_IN_PROGRESS')))",
        &[],
    );
    stacks.split_whitespace().any(|stack| stack == name)
}

/// Runs a command of `deploy/` against the emulator. Returns whether it succeeded, and its output.
pub fn run_deploy(command: &[&str]) -> (bool, String) {
    let output = python("sam")
        .arg(repository().join("deploy").join(command[0]))
        .args(&command[1..])
        .arg("--build")
        .arg(repository().join("target/local/packages"))
        .env("AWS_ENDPOINT_URL", &stack().description.aws_endpoint_url)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("__SAM_CLI_APP_DIR", repository().join("target/local/sam-home"))
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.success(), text.concat())
}

/// Creates the identity provider in the shared user pool, and an app client with a secret for it. Stores the secret in
/// Secrets Manager under `name`, and returns the client's id.
fn create_federated_client(name: &str) -> String {
    aws(
        "
pool, name, issuer, provider, redirect_uri, logout_uri = sys.argv[2:]
cognito = client('cognito-idp')
cognito.create_identity_provider(
    UserPoolId=pool,
    ProviderName=provider,
    ProviderType='OIDC',
    ProviderDetails={
        'client_id': 'user-pool',
        'client_secret': 'demo-provider-secret',
        'oidc_issuer': issuer,
        'authorize_scopes': 'openid email profile',
        'attributes_request_method': 'GET',
    },
    AttributeMapping={'email': 'email', 'name': 'name'},
)
created = cognito.create_user_pool_client(
    UserPoolId=pool,
    ClientName=name,
    GenerateSecret=True,
    PreventUserExistenceErrors='ENABLED',
    ExplicitAuthFlows=['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    SupportedIdentityProviders=[provider],
    CallbackURLs=[redirect_uri],
    LogoutURLs=[logout_uri],
    AllowedOAuthFlowsUserPoolClient=True,
    AllowedOAuthFlows=['code'],
    AllowedOAuthScopes=['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
)['UserPoolClient']
client('secretsmanager').create_secret(Name=name, SecretString=created['ClientSecret'])
print(created['ClientId'], end='')",
        &[
            &stack().description.user_pool_id,
            name,
            &format!("{}/provider", IDENTITY_PROVIDER.url()),
            PROVIDER,
            REDIRECT_URI,
            LOGOUT_URI,
        ],
    )
}

/// Makes the functions of a stack use the emulator as the domain of the pool. The domain that the template sets has HTTPS,
/// which the emulator does not serve.
fn use_domain_of_emulator(stack_name: &str) {
    aws(
        "
url, name = sys.argv[1:]
functions = client('lambda')
for resource in client('cloudformation').describe_stack_resources(StackName=name)['StackResources']:
    if resource['ResourceType'] != 'AWS::Lambda::Function':
        continue
    function = resource['PhysicalResourceId']
    variables = functions.get_function_configuration(FunctionName=function)['Environment']['Variables']
    if 'FEDERATION_URL' in variables:
        variables['FEDERATION_URL'] = url
        functions.update_function_configuration(FunctionName=function, Environment={'Variables': variables})
        version = functions.publish_version(FunctionName=function)['Version']
        functions.update_alias(FunctionName=function, Name='live', FunctionVersion=version)",
        &[stack_name],
    );
}

/// Creates a secret in Secrets Manager.
pub fn create_secret(name: &str, value: &str) {
    let script = "client('secretsmanager').create_secret(Name=sys.argv[2], SecretString=sys.argv[3])";
    aws(script, &[name, value]);
}

/// Stores the secret of the shared stack's app client in Secrets Manager under `name`, and returns the name.
pub fn store_client_secret(name: &str) -> &str {
    let Description { user_pool_id, client_id, .. } = &stack().description;
    aws(
        "pool, client_id, name = sys.argv[2:]; \
        secret = client('cognito-idp').describe_user_pool_client(UserPoolId=pool, ClientId=client_id)\
            ['UserPoolClient']['ClientSecret']; \
        client('secretsmanager').create_secret(Name=name, SecretString=secret)",
        &[user_pool_id, client_id, name],
    );
    name
}

/// Runs a script that has `client(service)`, and its arguments in `sys.argv[2:]`.
fn aws(script: &str, arguments: &[&str]) -> String {
    let script = format!(
        "import boto3, sys; \
        client = lambda service: boto3.client(service, endpoint_url=sys.argv[1], region_name='eu-west-1', \
            aws_access_key_id='test', aws_secret_access_key='test'); {script}"
    );
    let url = &stack().description.aws_endpoint_url;
    let output = python("emulator").args(["-c", &script, url]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
