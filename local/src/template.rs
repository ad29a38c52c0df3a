//! What the stub of API Gateway reads from `template.yaml`.

use std::{fs, path::Path};

use axum::http::Method;
use yaml_rust2::{Yaml, YamlLoader};

use crate::failure::Failure;

/// Template.
#[derive(Debug)]
pub struct Template(Yaml);

impl Template {
    /// Reads the template of a repository.
    ///
    /// # Errors
    ///
    /// There is none, or it is not YAML.
    pub fn read(repository: &Path) -> Result<Self, Failure> {
        let path = repository.join("template.yaml");
        let text = fs::read_to_string(&path).map_err(|error| Failure::file(&path, error))?;
        let documents = YamlLoader::load_from_str(&text).map_err(|error| {
            Failure::new(
                format!("{}: {error}", path.display()),
                "Fix the template and run the command again.",
            )
        })?;
        Ok(Self(documents.into_iter().next().unwrap_or(Yaml::Null)))
    }

    /// Method, path and function's name of each route.
    pub fn routes(&self) -> impl Iterator<Item = (Method, String, String)> {
        let resources = self.0["Resources"].as_hash();
        resources.into_iter().flat_map(|resources| resources.values()).filter_map(|resource| {
            let properties = &resource["Properties"];
            let (_, name) = properties["CodeUri"].as_str()?.rsplit_once('/')?;
            let route = &properties["Events"]["Route"]["Properties"];
            let method = route["Method"].as_str()?.parse().ok()?;
            Some((method, route["Path"].as_str()?.to_owned(), name.to_owned()))
        })
    }

    /// Default of a parameter.
    pub fn default(&self, parameter: &str) -> Option<String> {
        match &self.0["Parameters"][parameter]["Default"] {
            Yaml::String(text) => Some(text.clone()),
            Yaml::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// List of the API's CORS configuration, joined by commas. In `!If [condition, list with a parameter, list]` the
    /// last list counts, since parameters have no value here.
    pub fn cors(&self, name: &str) -> String {
        let cors = &self.0["Resources"]["Api"]["Properties"]["DefinitionBody"]["x-amazon-apigateway-cors"];
        let list = cors[name].as_vec().map(|list| list.last().and_then(Yaml::as_vec).unwrap_or(list));
        list.into_iter().flatten().filter_map(Yaml::as_str).collect::<Vec<_>>().join(",")
    }
}
