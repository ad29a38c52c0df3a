"""Checks how `examples/python/api_errors.py` reads errors.

Run as `python check_example.py FOLDER`, with the folder of the package `sign_in_client`.
"""

import sys
from pathlib import Path

import httpx

sys.path[:0] = [sys.argv[1], str(Path(__file__).parents[2] / "examples/python")]

from api_errors import ApiError, body_of, create_client  # noqa: E402
from sign_in_client.api.signing_in import login  # noqa: E402
from sign_in_client.models import LoginRequest, Tokens  # noqa: E402

CREDENTIALS = LoginRequest(username="user@igad.int", password="p")
USER = {"user_id": "1", "email": "user@igad.int", "role": "user", "name": "John Doe", "is_admin": False}
TOKENS = {"access_token": "a", "token_type": "bearer", "user": USER, "expires_in": 3600}
UNAUTHORIZED = {"x-amzn-errortype": "NotAuthorizedException"}
THROTTLED = {"x-amzn-errortype": "TooManyRequestsException", "retry-after": "5"}
DEVELOPERS = "Authentication error: TooManyRequestsException"
HTML = {"content-type": "text/html"}
ERRORS = [
    # A function.
    (
        httpx.Response(401, json={"detail": "Invalid credentials"}, headers=UNAUTHORIZED),
        ApiError(401, "NotAuthorizedException", "Invalid credentials", None),
    ),
    (
        httpx.Response(429, json={"detail": DEVELOPERS}, headers=THROTTLED),
        ApiError(429, "TooManyRequestsException", DEVELOPERS, 5),
    ),
    # API Gateway.
    (httpx.Response(404, json={"message": "Not Found"}), ApiError(404, None, None, None)),
    (httpx.Response(429, json={"message": "Too Many Requests"}), ApiError(429, None, None, None)),
    # CloudFront.
    (httpx.Response(403, text="<html></html>", headers=HTML), ApiError(403, None, None, None)),
    (httpx.Response(502, text="<html></html>", headers=HTML), ApiError(502, None, None, None)),
    (httpx.Response(503, text="", headers={"retry-after": "soon"}), ApiError(503, None, None, None)),
    # Another server.
    (httpx.Response(200, text="<html></html>", headers=HTML), ApiError(200, None, None, None)),
]


def call(response):
    client = create_client("https://auth.example.org", transport=httpx.MockTransport(lambda _: response))
    return body_of(login.sync_detailed(client=client, body=CREDENTIALS))


assert isinstance(call(httpx.Response(200, json=TOKENS)), Tokens)
for response, expected in ERRORS:
    try:
        body = call(response)
    except ApiError as error:
        assert error == expected, f"{response}: {error}"
        assert error.message == (None if error.detail == DEVELOPERS else error.detail)
    else:
        raise AssertionError(f"{response} became {body}")
