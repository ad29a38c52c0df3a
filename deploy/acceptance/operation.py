"""Steps about the commands for operators."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from acceptance.harness import (
    deployed, describe, go_back, options, report, require, require_everywhere, run_periodically, sign_in,
    step, values, variable,
)
from acceptance.parameters import client_of
from rotate_secret import rotate_client_secret


class ClientSecrets(BaseHTTPRequestHandler):
    """Stub of Cognito's operations for secrets of an app client, which the emulator lacks. Records the operations."""

    operations = []
    secrets = {"first": "generated-by-cognito"}

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        operation = self.headers["x-amz-target"].split(".")[-1]
        self.operations.append(operation)
        match operation:
            case "ListUserPoolClientSecrets":
                result = {"ClientSecrets": [{"ClientSecretId": one, "ClientSecretCreateDate": 0} for one in self.secrets]}
            case "AddUserPoolClientSecret":
                self.secrets["second"] = body["ClientSecret"]
                result = {"ClientSecretDescriptor": {"ClientSecretId": "second"}}
            case "DeleteUserPoolClientSecret":
                del self.secrets[body["ClientSecretId"]]
                result = {}
        text = json.dumps(result).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class WithStub:
    """Environment whose client for Cognito calls the stub."""

    def __init__(self, where, url):
        self.where, self.url = where, url

    def __getattr__(self, name):
        return getattr(self.where, name)

    def client(self, service):
        if service != "cognito-idp":
            return self.where.client(service)
        import boto3

        return boto3.client(service, region_name=self.where.region, endpoint_url=self.url)


@step("client-secret", "The rotation of the client secret interrupts no sign-in, and a rollback keeps the new secret")
def _(scratch):
    deployed({"DefaultUserName": "Before"})
    where = deployed()
    before = where.client("secretsmanager").get_secret_value(SecretId=values(describe(where), "Outputs")["ClientSecretArn"])
    if options.emulator:
        server = HTTPServer(("127.0.0.1", 0), ClientSecrets)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        rotate_client_secret(WithStub(where, f"http://127.0.0.1:{server.server_port}"))
        operations = ["ListUserPoolClientSecrets", "AddUserPoolClientSecret", "DeleteUserPoolClientSecret"]
        require(ClientSecrets.operations == operations, f"operations: {ClientSecrets.operations}")
        require_everywhere(where, "ClientSecretVersion", ClientSecrets.secrets["second"], variable("COGNITO_CLIENT_SECRET"))
        secret = ClientSecrets.secrets["second"]
    else:
        statuses = set()
        stop = run_periodically(lambda: statuses.add(sign_in(where)[0]), 1)
        try:
            rotate_client_secret(where)
        finally:
            stop()
        report(f"statuses of sign-ins during the rotation: {sorted(statuses)}")
        require(statuses == {200}, "a sign-in failed")
        secret = where.client("secretsmanager").get_secret_value(SecretId=before["ARN"])["SecretString"]
        deployed({"AccessTokenMinutes": "30"})
        report(f"DescribeUserPoolClient returns a secret: {'ClientSecret' in client_of(where)}")
        require(sign_in(where)[0] == 200, "users cannot sign in after an update of the app client")
    require(secret != before["SecretString"], "the secret has not changed")
    go_back(where)
    require_everywhere(where, "ClientSecretVersion", secret, variable("COGNITO_CLIENT_SECRET"))
    deployed(again=True)
    require_everywhere(where, "ClientSecretVersion", secret, variable("COGNITO_CLIENT_SECRET"))
    if options.emulator:
        # The emulator's app client still has the first secret.
        restore = where.client("secretsmanager").put_secret_value(SecretId=before["ARN"], SecretString=before["SecretString"])
        deployed({"ClientSecretVersion": restore["VersionId"]})


@step("queries", "The saved queries run", "has no saved queries")
def _(scratch):
    where = deployed()
    sign_in(where)
    logs, prefix = where.client("logs"), f"{where.stack_name}/"
    for query in logs.describe_query_definitions(queryDefinitionNamePrefix=prefix)["queryDefinitions"]:
        started = logs.start_query(
            logGroupNames=query["logGroupNames"], queryString=query["queryString"], startTime=0, endTime=2**31
        )
        while (result := logs.get_query_results(queryId=started["queryId"]))["status"] in ("Scheduled", "Running"):
            pass
        report(f"{query['name']}: {result['status']}, {len(result['results'])} rows")
        require(result["status"] == "Complete", f"{query['name']}: {result['status']}")
