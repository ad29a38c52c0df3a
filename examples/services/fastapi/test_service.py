"""Holds the service against test-vectors/tokens.json."""

import importlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "../../../test-vectors/tokens.json").read_text())
TOKENS = {token["name"]: token["token"] for token in VECTORS["tokens"]}
DIFFERENCES = json.loads((HERE / "differences.json").read_text())


class KeySet(BaseHTTPRequestHandler):
    """Endpoint of the key set. Other paths fail."""

    def do_GET(self):
        self.send_response(503 if self.path == "/unavailable" else 200)
        self.end_headers()
        self.wfile.write(b"<html>" if self.path == "/page" else json.dumps(VECTORS["jwks"]).encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def key_set():
    with HTTPServer(("127.0.0.1", 0), KeySet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def start(jwks_uri):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ISSUER", VECTORS["issuer"])
        environment.setenv("CLIENT_ID", VECTORS["client_id"])
        environment.setenv("JWKS_URI", jwks_uri)
        import service

        return TestClient(importlib.reload(service).app)


@pytest.fixture(scope="session")
def client(key_set):
    return start(f"{key_set}/jwks.json")


def get(client, path, token):
    return client.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("vector", VECTORS["tokens"], ids=lambda vector: vector["name"])
def test_verdict_is_reached(client, vector):
    response = get(client, "/reports", vector["token"])
    assert response.status_code in (200, 401)
    accepted = response.status_code == 200
    differs = vector["name"] in DIFFERENCES
    assert accepted == ((vector["verdict"] == "valid") != differs)
    if not accepted:
        assert response.headers["www-authenticate"].startswith("Bearer")


def test_differences_name_vectors():
    assert DIFFERENCES.keys() <= TOKENS.keys()


def test_valid_token_returns_the_user(client):
    assert get(client, "/reports", TOKENS["access-token"]).json() == {"user_id": "b7d8f6e4-0001"}


def test_missing_token_returns_401(client):
    response = client.get("/reports")
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(("token", "status"), [("access-token", 200), ("no-groups", 403), ("groups-string", 401)])
def test_group_admin_is_required(client, token, status):
    assert get(client, "/admin/reports", TOKENS[token]).status_code == status


def test_invalid_token_returns_401(client):
    response = get(client, "/reports", TOKENS["exp-past"])
    assert (response.status_code, response.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')


@pytest.mark.parametrize("path", ["unavailable", "page"])
def test_unavailable_key_set_returns_503(key_set, path):
    response = get(start(f"{key_set}/{path}"), "/reports", TOKENS["access-token"])
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
