"""Writes the responses that generated clients must decode, as JSON to standard output.

Run as `python cases.py openapi.yaml`. A case has a `schema` of the document, a `body`, and `kind`: the schema that the body has
if `schema` is a union. The bodies are the examples of the document, and copies of them with values and fields that a later
version may add.
"""

import copy
import json
import sys

import yaml

KINDS = ("Challenge", "ErrorResponse", "Factors", "GatewayError", "Profile", "Tokens")


def examples(document):
    """Schema name and value of each example of a response."""
    components = document["components"]
    for methods in document["paths"].values():
        for operation in methods.values():
            for response in operation["responses"].values():
                if "$ref" in response:
                    response = components["responses"][target(response)]
                content = response["content"]["application/json"]
                for example in content["examples"].values():
                    if "$ref" in example:
                        example = components["examples"][target(example)]
                    yield target(content["schema"]), example["value"]


def target(reference):
    return reference["$ref"].rsplit("/", 1)[1]


def kind_of(schema, body):
    if schema == "SignIn":
        return "Challenge" if "challenge" in body else "Tokens"
    if schema == "AnyError":
        return "ErrorResponse" if "detail" in body else "GatewayError"
    return schema


def with_later_values(body):
    """Copy of `body` with a challenge, factors, an attribute and a role that a later version may add."""
    body = copy.deepcopy(body)
    for user in (body, body.get("user", {})):
        if "role" in user:
            user["role"] = "auditor"
    if "challenge" in body:
        body.update(challenge="FACE_SCAN", choices=["FACE_SCAN"], required_attributes=["nationality"])
    if "factors" in body:
        body.update(factors=["FACE_SCAN"], mfa=["FACE_SCAN"], preferred="FACE_SCAN")
    return body


def with_later_field(body):
    return {**body, "added_later": {"level": 1}}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = yaml.safe_load(file)
    cases = {}
    for schema, body in examples(document):
        kind = kind_of(schema, body)
        if kind in KINDS:
            for variant in (body, with_later_values(body), with_later_field(body)):
                case = {"schema": schema, "kind": kind, "body": variant}
                cases[json.dumps(case, sort_keys=True)] = case
    missing = set(KINDS) - {case["kind"] for case in cases.values()}
    assert not missing, missing
    json.dump(list(cases.values()), sys.stdout, indent=1)


main()
