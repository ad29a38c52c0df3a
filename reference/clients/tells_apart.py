"""That a client which openapi-python-client has made takes a challenge for a challenge, and tokens for tokens.

Run as `python tells_apart.py openapi.yaml FOLDER`, where FOLDER holds the package `sign_in_client`. Every example of a
sign-in's answer goes through the client's own parser, and comes out of it whole.
"""

import sys

import httpx
import yaml

reference, folder = sys.argv[1:]
sys.path.insert(0, folder)

from sign_in_client import Client  # noqa: E402
from sign_in_client.api.signing_in import answer_challenge, complete_password_change, login, start_login  # noqa: E402
from sign_in_client.models import (  # noqa: E402
    Challenge,
    CodeAnswer,
    CodeAnswerChallenge,
    CompletePasswordChangeRequest,
    LoginRequest,
    StartLoginRequest,
    Tokens,
)

ROUTES = {
    "login": (login, LoginRequest(username="user@igad.int", password="p")),
    "start-login": (start_login, StartLoginRequest(username="user@igad.int")),
    "answer-challenge": (
        answer_challenge,
        CodeAnswer(
            challenge=CodeAnswerChallenge.SOFTWARE_TOKEN_MFA, session="s", username="user@igad.int", code="123456"
        ),
    ),
    "complete-password-change": (
        complete_password_change,
        CompletePasswordChangeRequest(username="user@igad.int", session="s", new_password="p"),
    ),
}


def examples(document, route):
    answer = document["paths"][f"/api/auth/{route}"]["post"]["responses"]["200"]
    for example in answer["content"]["application/json"]["examples"].values():
        if "$ref" in example:
            example = document["components"]["examples"][example["$ref"].rsplit("/", 1)[1]]
        yield example["value"]


def main():
    with open(reference, encoding="utf-8") as file:
        document = yaml.safe_load(file)
    seen = {Challenge: 0, Tokens: 0}
    for route, (module, body) in ROUTES.items():
        for value in examples(document, route):
            transport = httpx.MockTransport(lambda _, value=value: httpx.Response(200, json=value))
            client = Client(base_url="https://auth.example.org", httpx_args={"transport": transport})
            parsed = module.sync(client=client, body=body)
            expected = Challenge if "challenge" in value else Tokens
            assert type(parsed) is expected, f"{route}: {value} became {parsed}"
            assert parsed.to_dict() == value, f"{route}: {value} became {parsed.to_dict()}"
            seen[expected] += 1
    assert all(seen.values()), seen
    print(", ".join(f"{count} times {kind.__name__}" for kind, count in seen.items()))


main()
