//! The reference, as it is read.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, OnceLock},
};

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde_json::{Map, Value, json};
use yaml_rust2::{Yaml, YamlLoader};

use shared::testing::CognitoName;

const REFERENCE: &str = include_str!("../../reference/openapi.yaml");

/// The reference as JSON.
pub(crate) static REFERENCE_AS_JSON: LazyLock<Value> = LazyLock::new(|| {
    let documents = YamlLoader::load_from_str(REFERENCE).expect("the reference is YAML");
    to_json(&documents[0])
});

/// What is documented of every route, by the last part of its path.
pub(crate) static OPERATIONS: LazyLock<BTreeMap<String, Operation>> = LazyLock::new(|| {
    let paths = REFERENCE_AS_JSON["paths"].as_object().expect("paths");
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

/// The headers of every answer.
pub(crate) static EVERY_ANSWER: LazyLock<BTreeMap<String, Header>> =
    LazyLock::new(|| headers(&REFERENCE_AS_JSON["x-every-answer"]));

/// What is documented of a route.
pub(crate) struct Operation {
    pub(crate) bearer: Bearer,
    pub(crate) request: Option<Request>,
    pub(crate) responses: BTreeMap<u16, Response>,
}

/// Whether a route wants a bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bearer {
    None,
    Optional,
    Required,
}

/// What is documented of the body that a route takes.
pub(crate) struct Request {
    pub(crate) is_required: bool,
    pub(crate) body: Body,
    pub(crate) examples: Vec<Example>,
}

/// What is documented of an answer.
pub(crate) struct Response {
    /// By their names in lower case.
    pub(crate) headers: BTreeMap<String, Header>,
    pub(crate) body: Body,
    pub(crate) examples: Vec<Example>,
}

/// An example of a request or an answer. That of an error is called after its `x-amzn-errortype`, with more words
/// where there are several of one type.
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// The word in it that stands for any name of Cognito.
    pub(crate) any_name: Option<String>,
}

/// What is documented of a header.
pub(crate) struct Header {
    schema: Value,
    validator: OnceLock<Validator>,
}

/// A schema that was read, and what can be validated with it.
pub(crate) struct Validator {
    schemas: Schemas,
    schema: SchemaIndex,
}

/// The schema of a body.
pub(crate) struct Body {
    schema: Value,
    validator: OnceLock<Validator>,
}

impl Operation {
    fn read(operation: &Value) -> Self {
        let security = operation["security"].as_array().expect("each route says whether it wants a token");
        let bearer = match security.as_slice() {
            [] => Bearer::None,
            [one] if *one == json!({ "bearer": [] }) => Bearer::Required,
            _ => Bearer::Optional,
        };
        let request = operation.get("requestBody").map(|request| {
            let content = &request["content"]["application/json"];
            Request {
                is_required: request["required"].as_bool().expect("a body says whether it is required"),
                body: Body::new(content["schema"].clone()),
                examples: examples(content),
            }
        });
        let responses =
            operation["responses"].as_object().expect("answers").iter().map(|(status, response)| {
                let content = &response["content"]["application/json"];
                let response = Response {
                    headers: headers(&response["headers"]),
                    body: Body::new(closed(content["schema"].clone())),
                    examples: examples(content),
                };
                (status.parse().expect("a status"), response)
            });
        Self { bearer, request, responses: responses.collect() }
    }

    /// The examples of requests, or one of none.
    pub(crate) fn requests(&self) -> &[Example] {
        self.request.as_ref().map(|request| request.examples.as_slice()).unwrap_or_default()
    }

    /// What is sent before `answer` comes: the request of the same name, or else the first.
    pub(crate) fn request_for(&self, answer: &Example) -> Option<&Value> {
        let requests = self.requests();
        let of_its_name = requests.iter().find(|request| request.name == answer.name);
        of_its_name.or(requests.first()).map(|request| &request.value)
    }

    /// Whether an example says that with `status`, `error_type` comes with `detail`.
    pub(crate) fn has_example(&self, status: u16, error_type: &str, detail: &str) -> bool {
        let examples = || self.responses.get(&status).into_iter().flat_map(|response| &response.examples);
        let is_one_of_its_own = || {
            let mut all = self.responses.values().flat_map(|response| &response.examples);
            all.any(|example| example.error_type() == error_type)
        };
        examples().any(|example| example.error_type() == error_type && example.detail() == detail)
            || examples().any(|example| match example.name_in(detail) {
                // The name is that of the cause: then it is none that has an example of its own.
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
    pub(crate) fn error_type(&self) -> &str {
        self.name.split(' ').next().unwrap_or_default()
    }

    /// The sentence of an error.
    pub(crate) fn detail(&self) -> &str {
        self.value["detail"].as_str().unwrap_or_default()
    }

    /// True for what API Gateway answers by itself.
    pub(crate) fn is_of_the_gateway(&self) -> bool {
        self.name == "Gateway"
    }

    /// What stands in `detail` where this example has any name of Cognito.
    fn name_in<'a>(&self, detail: &'a str) -> Option<&'a str> {
        let (before, after) = self.detail().split_once(self.any_name.as_deref()?)?;
        let name = detail.strip_prefix(before)?.strip_suffix(after)?;
        CognitoName::parse(name).map(|_| name)
    }
}

impl Header {
    /// Whether it may have this value.
    pub(crate) fn allows(&self, value: &Value) -> bool {
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

    /// Whether `body` is one.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub(crate) fn fits(&self, body: &Value) -> Result<(), String> {
        self.validator.get_or_init(|| Validator::of(&self.schema)).validate(body)
    }
}

impl Validator {
    /// Reads `schema`, of JSON Schema 2020-12, whose every reference was followed ([`resolved`]).
    fn of(schema: &Value) -> Self {
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        compiler.set_default_draft(Draft::V2020_12);
        let name = "schema.json";
        compiler.add_resource(name, schema.clone()).expect("a name of its own");
        let schema = compiler.compile(name, &mut schemas).expect("a schema of JSON Schema 2020-12");
        Self { schemas, schema }
    }

    /// Whether `value` is as the schema wants it.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    fn validate(&self, value: &Value) -> Result<(), String> {
        self.schemas.validate(value, self.schema).map_err(|error| error.to_string())
    }
}

fn headers(headers: &Value) -> BTreeMap<String, Header> {
    let header = |(name, header): (&String, &Value)| {
        let schema = header["schema"].clone();
        (name.to_ascii_lowercase(), Header { schema, validator: OnceLock::new() })
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

/// `value` with what its references point to in their place. What stands beside a reference goes before it.
pub(crate) fn resolved(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut whole = match members.get("$ref").and_then(Value::as_str) {
                Some(reference) => {
                    let pointer = reference.strip_prefix('#').expect("a reference within the document");
                    let target = REFERENCE_AS_JSON.pointer(pointer);
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

/// `schema`, where every object has the properties that it names and no other, unless it says that it may.
fn closed(schema: Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut members: Map<String, Value> =
                members.into_iter().map(|(name, member)| (name, closed(member))).collect();
            let names_types = members.get("type").is_some_and(Value::is_string);
            if names_types
                && members.contains_key("properties")
                && !members.contains_key("additionalProperties")
            {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            Value::Object(members)
        }
        Value::Array(values) => values.into_iter().map(closed).collect(),
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
        other => panic!("{other:?} is nothing that stands in the reference"),
    }
}

#[cfg(test)]
mod tests;
