//! Deployments to the emulator, and resources in addition to the stack.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::stack::{Description, Stack, stack};

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

/// Creates an app client with a secret, stores the secret in Secrets Manager under `name`, and returns the client's id.
pub fn create_client_with_secret(name: &str) -> String {
    aws(
        "pool, name = sys.argv[2:]; \
        created = client('cognito-idp').create_user_pool_client(UserPoolId=pool, ClientName=name, \
            GenerateSecret=True, PreventUserExistenceErrors='ENABLED', \
            ExplicitAuthFlows=['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'])['UserPoolClient']; \
        client('secretsmanager').create_secret(Name=name, SecretString=created['ClientSecret']); \
        print(created['ClientId'], end='')",
        &[&stack().description.user_pool_id, name],
    )
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
