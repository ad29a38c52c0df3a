//! Conversion between JSON and Smithy documents, for the WebAuthn objects in Cognito's operations.

use aws_smithy_types::{Document, Number};
use serde_json::{Map, Value, json};

/// Converts a document to JSON.
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

/// Converts a JSON object to a document.
pub(super) fn from_json(object: Map<String, Value>) -> Document {
    Document::Object(object.into_iter().map(|(name, member)| (name, to_document(member))).collect())
}

fn to_document(value: Value) -> Document {
    match value {
        Value::Object(members) => from_json(members),
        Value::Array(elements) => Document::Array(elements.into_iter().map(to_document).collect()),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            // serde_json represents all other numbers as doubles, as JavaScript does.
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
        Value::String(text) => Document::String(text),
        Value::Bool(truth) => Document::Bool(truth),
        Value::Null => Document::Null,
    }
}

#[cfg(test)]
mod tests;
