//! API reference, displayed by Scalar: <https://github.com/scalar/scalar>.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;
use yaml_rust2::{Yaml, YamlEmitter, YamlLoader};

use crate::failure::Failure;

/// npm package with Scalar in one file. `openapi/page.py` reads it too.
const SCALAR: &str = include_str!("../pages/scalar.json");

/// Package to download.
#[derive(Deserialize)]
struct Package {
    /// Name and version.
    package: String,
    /// npm's checksum.
    integrity: String,
    /// File in the package that is served.
    file: String,
}

/// The OpenAPI document with the running API as its only server.
///
/// # Errors
///
/// The document cannot be read.
pub fn document(repository: &Path, api: &str) -> Result<String, Failure> {
    let path = repository.join("openapi/openapi.yaml");
    let text = fs::read_to_string(&path).map_err(|error| Failure::file(&path, error))?;
    with_server(&text, api)
        .ok_or_else(|| Failure::new(format!("{} is not YAML", path.display()), "Fix it and reload the page."))
}

fn with_server(text: &str, api: &str) -> Option<String> {
    let mut document = YamlLoader::load_from_str(text).ok()?.into_iter().next()?;
    let Yaml::Hash(fields) = &mut document else { return None };
    let string = |text: &str| Yaml::String(text.to_owned());
    let server = [("url", api), ("description", "The API that runs on this machine")];
    let server = server.into_iter().map(|(name, value)| (string(name), string(value))).collect();
    fields.replace(string("servers"), Yaml::Array(vec![Yaml::Hash(server)]));
    let mut written = String::new();
    YamlEmitter::new(&mut written).dump(&document).ok()?;
    Some(written)
}

/// Path of Scalar's file, which is downloaded the first time.
///
/// # Errors
///
/// npm is missing or cannot download the package, or its checksum differs.
pub fn scalar(repository: &Path) -> Result<PathBuf, Failure> {
    let Package { package, integrity, file } = wanted()?;
    let folder = repository.join("target/local/scalar").join(package.replace(['@', '/'], "-"));
    let path = folder.join(&file);
    if path.exists() {
        return Ok(path);
    }
    fs::create_dir_all(&folder).map_err(|error| Failure::file(&folder, error))?;
    // Only this package: the file contains its dependencies.
    let packed = output(&folder, "npm", &["pack", &package, "--json"])?;
    let packed: serde_json::Value = serde_json::from_slice(&packed).unwrap_or_default();
    if packed[0]["integrity"] != integrity {
        return Err(Failure::new(
            format!("the checksum of {package} differs"),
            "Check npm's configured registry.",
        ));
    }
    output(&folder, "tar", &["-xzf", packed[0]["filename"].as_str().unwrap_or_default(), &file])?;
    Ok(path)
}

/// Standard output of a command that succeeds.
fn output(folder: &Path, program: &str, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    let output = Command::new(program).current_dir(folder).args(arguments).stderr(Stdio::inherit()).output();
    match output {
        Ok(output) if output.status.success() => Ok(output.stdout),
        Ok(output) => Err(Failure::new(format!("{program}: {}", output.status), "See the output above.")),
        Err(error) => Err(Failure::new(format!("{program}: {error}"), format!("Install {program}."))),
    }
}

fn wanted() -> Result<Package, Failure> {
    serde_json::from_str(SCALAR)
        .map_err(|error| Failure::new(format!("local/pages/scalar.json: {error}"), "Fix it and build again."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop at once")]
mod tests {
    use super::*;

    #[test]
    fn package_has_a_checksum() {
        assert!(wanted().unwrap_or_else(|failure| panic!("{failure}")).integrity.starts_with("sha512-"));
    }

    #[test]
    fn running_api_is_the_only_server() {
        let text = "openapi: 3.1.0\nservers:\n  - url: https://auth.example.org\ninfo:\n  description: |\n    One: #1.\n\n    Two.\n";
        let written = with_server(text, "http://127.0.0.1:4566/api").unwrap();
        let read = YamlLoader::load_from_str(&written).unwrap().remove(0);
        assert_eq!(read["servers"][0]["url"].as_str(), Some("http://127.0.0.1:4566/api"));
        assert_eq!(read["servers"][1], Yaml::BadValue);
        assert_eq!(read["info"]["description"].as_str(), Some("One: #1.\n\nTwo.\n"));
        assert_eq!(read["openapi"].as_str(), Some("3.1.0"));
    }
}
