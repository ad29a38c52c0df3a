//! The exceptions that AWS documents for each operation that is asked for here.

/// A line for each operation: its name, and the names of its exceptions without the `Exception` in which all end. As
/// the API reference and the SDK have them, which are both made from AWS's own model of the service; a test holds
/// them against the SDK.
const EXCEPTIONS: &str = include_str!("exceptions.txt");

/// Those that may be raised in front of every operation
/// (<https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html>), and that did
/// reach somebody who asked Cognito.
const COMMON: [&str; 3] = ["AccessDeniedException", "ThrottlingException", "UnrecognizedClientException"];

/// Every exception that is documented for `operation`.
pub fn exceptions(operation: &str) -> Vec<String> {
    let line = EXCEPTIONS.lines().find_map(|line| line.strip_prefix(operation)?.strip_prefix(": "));
    let names = line.unwrap_or_else(|| panic!("{operation} is not in exceptions.txt")).split(' ');
    names.map(|name| format!("{name}Exception")).chain(COMMON.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, env, fs, path::Path, process::Command};

    use serde_json::Value;

    use super::*;

    /// Where Cargo keeps the source of the SDK.
    fn sdk() -> String {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let metadata = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--locked"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let sdk =
            packages.iter().find(|package| package["name"] == "aws-sdk-cognitoidentityprovider").unwrap();
        let manifest = Path::new(sdk["manifest_path"].as_str().unwrap());
        manifest.parent().unwrap().to_str().unwrap().to_owned()
    }

    /// `AdminInitiateAuth`, say, as the SDK names its file: `admin_initiate_auth`. `MFA` is one word.
    fn snake_case(operation: &str) -> String {
        let mut name = String::new();
        for letter in operation.replace("MFA", "Mfa").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }

    #[test]
    fn the_exceptions_are_those_that_the_sdk_knows() {
        let sdk = sdk();
        for line in EXCEPTIONS.lines() {
            let (operation, _) = line.split_once(": ").unwrap();
            let file = format!("{sdk}/src/operation/{}.rs", snake_case(operation));
            let source = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
            let (_, variants) = source.split_once("\npub enum ").unwrap();
            let (variants, _) = variants.split_once("\n}").unwrap();
            // `    SignUpException(crate::types::error::SignUpException),`
            let known: BTreeSet<_> = variants
                .lines()
                .filter_map(|line| Some(line.trim().split_once("(crate::types::error::")?.0.to_lowercase()))
                .collect();
            let ours = exceptions(operation).into_iter().filter(|name| !COMMON.contains(&name.as_str()));
            assert_eq!(ours.map(|name| name.to_lowercase()).collect::<BTreeSet<_>>(), known, "{operation}");
        }
    }
}
