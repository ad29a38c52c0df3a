"""Deploys template.yaml to the emulator of AWS, and holds it against test-vectors/tokens.json. Needs Linux, for 127.0.0.2.

    target/local/emulator/bin/python examples/services/api-gateway/test_template.py

If STACK is the description of a running local stack, its tokens are tested too.
"""

import json
import os
import re
import sys
import threading
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path[:0] = [str(ROOT / "local/emulator"), str(HERE.parent)]

from check_service import check  # noqa: E402
from environments import LOCAL  # noqa: E402
from provision import client  # noqa: E402
from run import free_port, start, wait_until_healthy  # noqa: E402

VECTORS = json.loads((ROOT / "test-vectors/tokens.json").read_text())
TOKENS = {token["name"]: token["token"] for token in VECTORS["tokens"]}
DIFFERENCES = json.loads((HERE / "differences.json").read_text())
STACK = json.loads(Path(os.environ["STACK"]).read_text()) if "STACK" in os.environ else None

# The emulator gets the keys of Cognito's issuers from its own host, on its own port. This name makes it another address,
# where this test serves the keys of the vectors and of the local stack.
KEY_SET_HOST = "127.0.0.2"


class KeySet(BaseHTTPRequestHandler):
    """Endpoint of the key set."""

    def do_GET(self):
        keys = list(VECTORS["jwks"]["keys"])
        if STACK:
            with urllib.request.urlopen(STACK["jwks_uri"]) as response:
                keys += json.load(response)["keys"]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"keys": keys}).encode())

    def log_message(self, *_):
        pass


def deploy(url, stack_name, values):
    """Deploys the template with these parameters, and returns the URL of the API."""
    cloudformation, apigateway = client("cloudformation", url), client("apigatewayv2", url)
    cloudformation.create_stack(
        StackName=stack_name,
        TemplateBody=(HERE / "template.yaml").read_text(),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    waiter.wait(StackName=stack_name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    resources = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    }
    template = cloudformation.get_template(StackName=stack_name, TemplateStage="Processed")["TemplateBody"]
    if isinstance(template, str):
        template = json.loads(template)
    import_document(apigateway, resources, values, template["Resources"]["Api"]["Properties"]["Body"])
    return f"{url}/_aws/execute-api/{resources['Api']}"


def import_document(apigateway, resources, values, document):
    """Creates the authorizers and routes of the API's OpenAPI document, which the emulator ignores."""
    api = resources["Api"]
    authorizers = {}
    for name, scheme in document["components"]["securitySchemes"].items():
        authorizer = scheme["x-amazon-apigateway-authorizer"]
        configuration = authorizer["jwtConfiguration"]
        authorizers[name] = apigateway.create_authorizer(
            ApiId=api,
            Name=name,
            AuthorizerType=authorizer["type"].upper(),
            IdentitySource=[authorizer["identitySource"]],
            JwtConfiguration={
                "Issuer": values[configuration["issuer"]["Ref"]],
                "Audience": [values[audience["Ref"]] for audience in configuration["audience"]],
            },
        )["AuthorizerId"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            integration = operation["x-amazon-apigateway-integration"]
            function = re.search(r"\$\{(\w+)\.Arn\}", json.dumps(integration["uri"])).group(1)
            integration_id = apigateway.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=resources[function],
                PayloadFormatVersion=integration["payloadFormatVersion"],
            )["IntegrationId"]
            [(authorizer, scopes)] = operation["security"][0].items()
            apigateway.create_route(
                ApiId=api,
                RouteKey=f"{method.upper()} {path}",
                Target=f"integrations/{integration_id}",
                AuthorizationType="JWT",
                AuthorizerId=authorizers[authorizer],
                AuthorizationScopes=scopes,
            )


class TemplateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        port = free_port()
        os.environ["MINISTACK_HOST"] = KEY_SET_HOST
        keys = HTTPServer((KEY_SET_HOST, port), KeySet)
        threading.Thread(target=keys.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{port}"
        ministack = start(LOCAL / "emulator", port, url)
        cls.addClassCleanup(ministack.wait)
        cls.addClassCleanup(ministack.kill)
        wait_until_healthy(ministack, url)
        cls.url = url
        cls.api = deploy(url, "service", {"Issuer": VECTORS["issuer"], "ClientId": VECTORS["client_id"]})

    def get(self, path, token=None, api=None):
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request((api or self.api) + path, headers=headers)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def test_verdicts_are_reached(self):
        accepted = {name for name, token in TOKENS.items() if self.get("/reports", token)[0] == 200}
        valid = {token["name"] for token in VECTORS["tokens"] if token["verdict"] == "valid"}
        self.assertEqual(accepted ^ valid, DIFFERENCES.keys())

    def test_valid_token_returns_the_user(self):
        status, body = self.get("/reports", TOKENS["access-token"])
        self.assertEqual((status, json.loads(body)), (200, {"user_id": "b7d8f6e4-0001"}))

    def test_missing_token_returns_401(self):
        self.assertEqual(self.get("/reports")[0], 401)

    def test_id_tokens_lack_the_scope(self):
        for name in ["id-token", "id-token-with-client-id"]:
            self.assertEqual(self.get("/reports", TOKENS[name])[0], 403)

    def test_group_admin_is_required(self):
        for name, status in [("access-token", 200), ("no-groups", 403), ("many-groups", 200), ("groups-string", 403)]:
            self.assertEqual(self.get("/admin/reports", TOKENS[name])[0], status)

    @unittest.skipUnless(STACK, "STACK is not set")
    def test_tokens_of_the_local_stack_are_verified(self):
        api = deploy(self.url, "local", {"Issuer": STACK["issuer"], "ClientId": STACK["client_id"]})
        check(STACK, api)


if __name__ == "__main__":
    unittest.main()
