//! The reference of the API, shown by Scalar: <https://github.com/scalar/scalar>.

use std::{fs, path::PathBuf, process::Command};

use serde::Deserialize;
use yaml_rust2::{Yaml, YamlEmitter, YamlLoader};

use crate::{command, failure::Failure, folders::Folders, supervisor::Supervisor};

/// The package of npm that has Scalar, with all that it needs in one file. `reference/page.py` reads it too.
const SCALAR: &str = include_str!("../pages/scalar.json");

/// What is to be fetched.
#[derive(Deserialize)]
struct Package {
    /// Its name and version.
    package: String,
    /// What npm computes of it.
    integrity: String,
    /// The file in it that is served.
    file: String,
}

/// The document, with the running API as its only server.
///
/// # Errors
///
/// Where there is no such document.
pub fn document(folders: &Folders, api: &str) -> Result<String, Failure> {
    let path = folders.root.join("reference/openapi.yaml");
    let text = fs::read_to_string(&path).map_err(|error| Failure::file(&path, error))?;
    with_server(&text, api).ok_or_else(|| {
        Failure::new(format!("{} is no YAML", path.display()), "Mend it, and load the page again.")
    })
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

/// Scalar's one file, fetched the first time that somebody wants to see it.
///
/// # Errors
///
/// Where npm is not there or cannot fetch it, or fetches something else.
pub fn scalar(folders: &Folders, supervisor: &Supervisor) -> Result<PathBuf, Failure> {
    let Package { package, integrity, file } = wanted()?;
    let folder = folders.local.join("scalar").join(package.replace(['@', '/'], "-"));
    let path = folder.join(&file);
    if path.exists() {
        return Ok(path);
    }
    fs::create_dir_all(&folder).map_err(|error| Failure::file(&folder, error))?;
    let log = folders.local.join("scalar.log");
    let mut npm = Command::new("npm");
    // The one package: what it names as its dependencies is in the file already.
    npm.current_dir(&folder).args(["pack", &package, "--json"]);
    let packed = command::run(&mut npm, &log, "Install npm, and load the page again.", supervisor)?;
    let packed: serde_json::Value = serde_json::from_str(&packed).unwrap_or_default();
    if packed[0]["integrity"] != integrity {
        return Err(Failure::new(
            format!("npm fetched another {package} than is expected"),
            "Look into what npm is set up to fetch from.",
        ));
    }
    let mut tar = Command::new("tar");
    tar.current_dir(&folder).arg("-xzf").arg(packed[0]["filename"].as_str().unwrap_or_default()).arg(file);
    command::run(&mut tar, &log, "Install tar, and load the page again.", supervisor)?;
    Ok(path)
}

fn wanted() -> Result<Package, Failure> {
    serde_json::from_str(SCALAR).map_err(|error| {
        Failure::new(
            format!("local/pages/scalar.json names no package: {error}"),
            "Mend it, and build again.",
        )
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot be set up should stop at once")]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_package_that_is_wanted() {
        assert!(wanted().unwrap_or_else(|failure| panic!("{failure}")).integrity.starts_with("sha512-"));
    }

    #[test]
    fn the_document_is_served_with_the_running_api_in_the_place_of_others() {
        let text = "openapi: 3.1.0\nservers:\n  - url: https://auth.example.org\ninfo:\n  description: |\n    One: #1.\n\n    Two.\n";
        let written = with_server(text, "http://127.0.0.1:4566/api").unwrap();
        let read = YamlLoader::load_from_str(&written).unwrap().remove(0);
        assert_eq!(read["servers"][0]["url"].as_str(), Some("http://127.0.0.1:4566/api"));
        assert_eq!(read["servers"][1], Yaml::BadValue);
        assert_eq!(read["info"]["description"].as_str(), Some("One: #1.\n\nTwo.\n"));
        assert_eq!(read["openapi"].as_str(), Some("3.1.0"));
    }
}
