#!/usr/bin/env python3
"""Checks a running service with tokens of the local stack.

    check_service.py STACK_FILE URL
"""

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path


def send(url, headers, body=None):
    """Status and JSON body of a response; None if the body is not JSON."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, None


def access_token(stack, user):
    """Access token of a sign-in through the API."""
    body = {"username": user["username"], "password": user["password"]}
    return send(f"{stack['api_url']}/api/auth/login", {"Content-Type": "application/json"}, body)[1]["access_token"]


def id_token(stack, user):
    """ID token of a sign-in at Cognito, since the API returns none. The fake of Cognito ignores the signature of the request."""
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.AdminInitiateAuth",
        "Authorization": "AWS4-HMAC-SHA256",
    }
    body = {
        "UserPoolId": stack["user_pool_id"],
        "ClientId": stack["client_id"],
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": user["username"], "PASSWORD": user["password"]},
    }
    return send(stack["aws_endpoint_url"], headers, body)[1]["AuthenticationResult"]["IdToken"]


def check(stack, url):
    """Fails unless the service at `url` opens for access tokens of the stack, and only for them."""
    users = {user["state"]: user for user in stack["users"]}
    user, administrator = access_token(stack, users["confirmed"]), access_token(stack, users["admin"])
    head, body, signature = user.split(".")
    # The first character of a signature has no unused bits.
    forged = f"{head}.{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    vectors = json.loads((Path(__file__).parent / "../../test-vectors/tokens.json").read_text())
    hostile = {vector["name"]: vector["token"] for vector in vectors["tokens"]}
    rows = [
        ("access token", "/reports", user, [200]),
        ("access token of another group", "/admin/reports", user, [403]),
        ("access token of an administrator", "/admin/reports", administrator, [200]),
        ("changed signature", "/reports", forged, [401]),
        ("signature of an unknown key", "/reports", hostile["unknown-key"], [401]),
        ("algorithm none", "/reports", hostile["alg-none"], [401]),
        # API Gateway returns 403 if the scope is missing.
        ("ID token", "/reports", id_token(stack, users["confirmed"]), [401, 403]),
    ]
    for name, path, token, statuses in rows:
        status, response = send(url + path, {"Authorization": f"Bearer {token}"})
        if status not in statuses:
            raise AssertionError(f"{name}: status {status}, expected {statuses}")
        if status == 200 and not response["user_id"]:
            raise AssertionError(f"{name}: no user")


if __name__ == "__main__":
    check(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2])
