use std::collections::BTreeMap;

use proptest::{
    collection::{hash_map, vec},
    prelude::*,
};
use serde_json::{Map, Value, json};

use super::{from_json, to_json};

fn round_trip(object: &Map<String, Value>) -> Value {
    to_json(&from_json(object.clone()))
}

/// Text of a value with sorted members, in which 1.0 differs from 1, and -0.0 from 0.0.
fn text(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().map(|(name, member)| (name, text(member))).collect();
            format!("{members:?}")
        }
        Value::Array(elements) => format!("{:?}", elements.iter().map(text).collect::<Vec<_>>()),
        other => other.to_string(),
    }
}

#[test]
fn webauthn_object_is_unchanged_by_a_round_trip() {
    let registration = json!({
        "id": "a-_b", "rawId": "a-_b", "type": "public-key", "authenticatorAttachment": null,
        "clientExtensionResults": { "credProps": { "rk": true } },
        "response": { "publicKeyAlgorithm": -7, "transports": ["internal", "hybrid"], "attestationObject": "o2" },
        "numbers": [0, 1.5, -0.25, u64::MAX, i64::MIN, 1e300]
    });
    let Value::Object(object) = &registration else { unreachable!() };
    assert_eq!(round_trip(object), registration);
    assert_eq!(text(&round_trip(object)), text(&registration));
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has finite numbers alone", |number| number.is_finite())
            .prop_map(Value::from),
        r"\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            hash_map(r"\PC{0,8}", inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn any_object_is_unchanged_by_a_round_trip(members in hash_map(r"\PC{0,8}", values(), 0..6)) {
        let object: Map<String, Value> = members.into_iter().collect();
        prop_assert_eq!(text(&round_trip(&object)), text(&Value::Object(object)));
    }
}
