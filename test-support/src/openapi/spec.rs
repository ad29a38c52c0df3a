//! The OpenAPI document, parsed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, OnceLock},
};

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde_json::{Map, Value, json};
use yaml_rust2::{Yaml, YamlLoader};

use shared::testing::CognitoName;

const OPENAPI: &str = include_str!("../../../openapi/openapi.yaml");

/// The OpenAPI document as JSON.
pub(super) static OPENAPI_AS_JSON: LazyLock<Value> = LazyLock::new(|| {
    let documents = YamlLoader::load_from_str(OPENAPI).expect("the OpenAPI document is YAML");
    to_json(&documents[0])
});

/// The operation of each route, by the last part of its path.
pub(super) static OPERATIONS: LazyLock<BTreeMap<String, Operation>> = LazyLock::new(|| {
    let paths = OPENAPI_AS_JSON["paths"].as_object().expect("paths");
    paths
        .iter()
        .map(|(path, methods)| {
            let name = path.strip_prefix("/api/auth/").expect("a path of ours").to_owned();
            let methods = methods.as_object().expect("methods");
            assert_eq!(methods.len(), 1, "{path} has one method");
            let operation = methods.values().next().expect("a method");
            (name, Operation::read(&resolved(operation)))
        })
        .collect()
});

/// The headers of every response.
pub(super) static COMMON_HEADERS: LazyLock<BTreeMap<String, Header>> =
    LazyLock::new(|| headers(&OPENAPI_AS_JSON["x-common-headers"]));

/// The operation of a route.
pub(super) struct Operation {
    pub(super) bearer: Bearer,
    /// Names of request headers, in lower case.
    pub(super) header_parameters: BTreeSet<String>,
    pub(super) request: Option<Request>,
    pub(super) responses: BTreeMap<u16, Response>,
}

/// Whether a route requires a bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearer {
    None,
    Optional,
    Required,
}

/// The body of a request.
pub(super) struct Request {
    pub(super) is_required: bool,
    pub(super) body: Body,
    pub(super) examples: Vec<Example>,
}

/// A response.
pub(super) struct Response {
    /// By their names in lower case.
    pub(super) headers: BTreeMap<String, Header>,
    pub(super) body: Body,
    pub(super) examples: Vec<Example>,
}

/// An example of a request or a response. The example of an error is named after its `x-amzn-errortype`, followed by
/// more words if there are several of one type.
pub(super) struct Example {
    pub(super) name: String,
    pub(super) value: Value,
    /// The word that stands for any name of Cognito.
    pub(super) any_name: Option<String>,
}

/// A header.
pub(super) struct Header {
    /// Whether each response has the header. Unlike OpenAPI's own default, it does unless `required` is false.
    pub(super) is_required: bool,
    schema: Value,
    validator: OnceLock<Validator>,
}

/// A compiled schema.
pub(super) struct Validator {
    schemas: Schemas,
    schema: SchemaIndex,
}

/// The schema of a body.
pub(super) struct Body {
    schema: Value,
    validator: OnceLock<Validator>,
}

impl Operation {
    fn read(operation: &Value) -> Self {
        let security = operation["security"].as_array().expect("each route has a security requirement");
        let bearer = match security.as_slice() {
            [] => Bearer::None,
            [one] if *one == json!({ "bearer": [] }) => Bearer::Required,
            _ => Bearer::Optional,
        };
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let header_parameters = parameters
            .filter(|parameter| parameter["in"] == "header")
            .filter_map(|parameter| Some(parameter["name"].as_str()?.to_ascii_lowercase()))
            .collect();
        let request = operation.get("requestBody").map(|request| {
            let content = &request["content"]["application/json"];
            Request {
                is_required: request["required"].as_bool().expect("a body says whether it is required"),
                body: Body::new(content["schema"].clone()),
                examples: examples(content),
            }
        });
        let responses =
            operation["responses"].as_object().expect("responses").iter().map(|(status, response)| {
                let content = &response["content"]["application/json"];
                let response = Response {
                    headers: headers(&response["headers"]),
                    body: Body::new(strict(content["schema"].clone())),
                    examples: examples(content),
                };
                (status.parse().expect("a status"), response)
            });
        Self { bearer, header_parameters, request, responses: responses.collect() }
    }

    /// The examples of requests. None if the route has no body.
    pub(super) fn requests(&self) -> &[Example] {
        self.request.as_ref().map(|request| request.examples.as_slice()).unwrap_or_default()
    }

    /// Requests of which one leads to `response`: the one of the same name, or else all. A null body if there is none.
    pub(super) fn requests_for(&self, response: &Example) -> Vec<Value> {
        let requests = self.requests();
        if requests.is_empty() {
            return vec![Value::Null];
        }
        let has_same_name = requests.iter().any(|request| request.name == response.name);
        let requests = requests.iter().filter(|request| !has_same_name || request.name == response.name);
        requests.map(|request| request.value.clone()).collect()
    }

    /// Whether there is an example of `status` with `error_type` and `detail`.
    pub(super) fn has_example(&self, status: u16, error_type: &str, detail: &str) -> bool {
        let examples = || self.responses.get(&status).into_iter().flat_map(|response| &response.examples);
        let is_one_of_its_own = || {
            let mut all = self.responses.values().flat_map(|response| &response.examples);
            all.any(|example| example.error_type() == error_type)
        };
        examples().any(|example| example.error_type() == error_type && example.detail() == detail)
            || examples().any(|example| match example.name_in(detail) {
                // The placeholder stands for names without an example of their own.
                Some(name) if example.any_name.as_deref() == Some(example.error_type()) => {
                    name == error_type && !is_one_of_its_own()
                }
                Some(_) => example.error_type() == error_type,
                None => false,
            })
    }
}

impl Example {
    /// The `x-amzn-errortype` of an error.
    pub(super) fn error_type(&self) -> &str {
        self.name.split(' ').next().unwrap_or_default()
    }

    /// The `detail` of an error.
    pub(super) fn detail(&self) -> &str {
        self.value["detail"].as_str().unwrap_or_default()
    }

    /// Whether API Gateway sends this response by itself.
    pub(super) fn is_of_the_gateway(&self) -> bool {
        self.name == "Gateway"
    }

    /// The part of `detail` in the place of `any_name`.
    fn name_in<'a>(&self, detail: &'a str) -> Option<&'a str> {
        let (before, after) = self.detail().split_once(self.any_name.as_deref()?)?;
        let name = detail.strip_prefix(before)?.strip_suffix(after)?;
        CognitoName::parse(name).map(|_| name)
    }
}

impl Header {
    /// Whether the header may have this value.
    pub(super) fn allows(&self, value: &Value) -> bool {
        let text = value.as_str().unwrap_or_default();
        let value = match self.schema["type"].as_str() {
            Some("integer") => text.parse::<u64>().map_or(Value::Null, Value::from),
            _ => text.into(),
        };
        self.validator.get_or_init(|| Validator::of(&self.schema)).validate(&value).is_ok()
    }
}

impl Body {
    fn new(schema: Value) -> Self {
        Self { schema, validator: OnceLock::new() }
    }

    /// Validates `body`.
    ///
    /// # Errors
    ///
    /// The violations of the schema.
    pub(super) fn fits(&self, body: &Value) -> Result<(), String> {
        self.validator.get_or_init(|| Validator::of(&self.schema)).validate(body)
    }
}

impl Validator {
    /// Compiles `schema` (JSON Schema 2020-12, without references: see [`resolved`]).
    fn of(schema: &Value) -> Self {
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        compiler.set_default_draft(Draft::V2020_12);
        let name = "schema.json";
        compiler.add_resource(name, schema.clone()).expect("a name of its own");
        let schema = compiler.compile(name, &mut schemas).expect("a schema of JSON Schema 2020-12");
        Self { schemas, schema }
    }

    /// Validates `value`.
    ///
    /// # Errors
    ///
    /// The violations of the schema.
    fn validate(&self, value: &Value) -> Result<(), String> {
        self.schemas.validate(value, self.schema).map_err(|error| error.to_string())
    }
}

fn headers(headers: &Value) -> BTreeMap<String, Header> {
    let header = |(name, header): (&String, &Value)| {
        let header = Header {
            is_required: header["required"] != false,
            schema: header["schema"].clone(),
            validator: OnceLock::new(),
        };
        (name.to_ascii_lowercase(), header)
    };
    headers.as_object().into_iter().flatten().map(header).collect()
}

fn examples(content: &Value) -> Vec<Example> {
    let example = |(name, example): (&String, &Value)| Example {
        name: name.clone(),
        value: example["value"].clone(),
        any_name: example["x-any-name"].as_str().map(str::to_owned),
    };
    content["examples"].as_object().into_iter().flatten().map(example).collect()
}

/// `value` with each reference replaced by its target. Members beside a reference take precedence.
pub(super) fn resolved(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut whole = match members.get("$ref").and_then(Value::as_str) {
                Some(reference) => {
                    let pointer = reference.strip_prefix('#').expect("a reference within the document");
                    let target = OPENAPI_AS_JSON.pointer(pointer);
                    let target = resolved(target.unwrap_or_else(|| panic!("{reference} points nowhere")));
                    target.as_object().cloned().unwrap_or_default()
                }
                None => Map::new(),
            };
            let others = members.iter().filter(|(name, _)| *name != "$ref");
            whole.extend(others.map(|(name, member)| (name.clone(), resolved(member))));
            Value::Object(whole)
        }
        Value::Array(values) => values.iter().map(resolved).collect(),
        _ => value.clone(),
    }
}

/// `schema` as this version of the service uses it: without additional properties in any object, unless the object allows
/// them, and with the known values of an `x-extensible-enum` only.
fn strict(schema: Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut members: Map<String, Value> =
                members.into_iter().map(|(name, member)| (name, strict(member))).collect();
            let names_types = members.get("type").is_some_and(Value::is_string);
            if names_types
                && members.contains_key("properties")
                && !members.contains_key("additionalProperties")
            {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            if let Some(known) = members.get("x-extensible-enum").cloned() {
                members.insert("enum".to_owned(), known);
            }
            Value::Object(members)
        }
        Value::Array(values) => values.into_iter().map(strict).collect(),
        _ => schema,
    }
}

fn to_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Hash(members) => members
            .iter()
            .map(|(name, member)| (name.as_str().expect("a name is text").to_owned(), to_json(member)))
            .collect::<Map<_, _>>()
            .into(),
        Yaml::Array(values) => values.iter().map(to_json).collect(),
        Yaml::String(text) => text.as_str().into(),
        Yaml::Integer(number) => (*number).into(),
        Yaml::Boolean(flag) => (*flag).into(),
        Yaml::Null => Value::Null,
        other => panic!("{other:?} is not in the OpenAPI document"),
    }
}

#[cfg(test)]
mod tests;
