//! JSON that passes through Cognito's operations as it is: what a browser and an authenticator say to each other.

use aws_smithy_types::{Document, Number};
use serde_json::{Map, Value, json};

/// A document of Cognito as JSON.
pub(super) fn to_json(document: &Document) -> Value {
    match document {
        Document::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), to_json(member))).collect())
        }
        Document::Array(elements) => elements.iter().map(to_json).collect(),
        Document::Number(Number::PosInt(number)) => json!(number),
        Document::Number(Number::NegInt(number)) => json!(number),
        Document::Number(Number::Float(number)) => json!(number),
        Document::String(text) => json!(text),
        Document::Bool(truth) => json!(truth),
        Document::Null => Value::Null,
    }
}

/// An object of JSON as a document of Cognito.
pub(super) fn from_json(object: Map<String, Value>) -> Document {
    Document::Object(object.into_iter().map(|(name, member)| (name, document(member))).collect())
}

fn document(value: Value) -> Document {
    match value {
        Value::Object(members) => from_json(members),
        Value::Array(elements) => Document::Array(elements.into_iter().map(document).collect()),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            // What is no integer of 64 bits is a double in serde_json, as in JavaScript.
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
        Value::String(text) => Document::String(text),
        Value::Bool(truth) => Document::Bool(truth),
        Value::Null => Document::Null,
    }
}

#[cfg(test)]
mod tests;
