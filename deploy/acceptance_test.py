#!/usr/bin/env python3
"""Acceptance test of deployment, rollback and operation in one account.

    deploy/acceptance_test.py [--region REGION] [--build FOLDER]     in a disposable account, after cargo lambda build --release
    deploy/acceptance_test.py --emulator URL --build FOLDER          the steps that the emulator of cargo run -p local supports

The test creates stacks named sign-in-first-day*, user pools with test users, a policy, secrets, and CloudFront with WAF,
and deletes all of them at the end. On AWS it may take three hours, mostly for CodeDeploy and CloudFront, and costs a few
dollars. Some steps record what Cognito does where documentation and reports disagree: see the lines that begin with
`observed:`.
"""

import argparse
import base64
import datetime
import hmac
import json
import os
import re
import struct
import subprocess
import sys
import threading
import time
import uuid
import urllib.error
import urllib.request
from pathlib import Path

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--region", default="eu-west-1")
options.add_argument("--build", type=Path, default=Path(__file__).resolve().parent.parent)
options.add_argument("--emulator", metavar="URL")
options = options.parse_args()
if options.emulator:
    # Keeps the test away from the developer's own AWS accounts.
    for variable in "AWS_PROFILE", "AWS_SESSION_TOKEN":
        os.environ.pop(variable, None)
    os.environ |= {
        "AWS_ENDPOINT_URL": options.emulator,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
        # The emulator completes operations immediately.
        "SAM_CLI_POLL_DELAY": "0.1",
        "POLL_SECONDS": "1",
    }

from releases import (  # noqa: E402
    ROOT, Environment, Refused, check_artifacts, delete, deploy, describe, go_back, main, new_release, prepare, values
)
from botocore.exceptions import ClientError  # noqa: E402 (releases prints instructions if it is not installed)

USERNAME, PASSWORD = "first-day@example.org", "SecureP@ssw0rd1"
ORIGIN = "https://first-day.example.org"
GIVEN = {"AllowedOrigins": ORIGIN, "ExistingUserPoolId": "none"}



def variable(name):
    return lambda configuration: configuration["Environment"]["Variables"][name]


# Parameters that reach the functions: a value other than the default, and a getter for a function's configuration. The
# parameters that need more than a value have their own steps. The last step but one checks that no parameter is missing.
REACHES = {
    "AdminEmails": ("head@example.org,chief@example.org", variable("ADMIN_EMAILS")),
    "AdminGroupName": ("heads", variable("ADMIN_GROUP")),
    "DefaultUserName": ("First Day", variable("DEFAULT_USER_NAME")),
    "EditableAttributes": ("updated_at", variable("EDITABLE_ATTRIBUTES")),
    "LogLevel": ("DEBUG", lambda configuration: configuration["LoggingConfig"]["ApplicationLogLevel"]),
    "MemorySize": ("512", lambda configuration: str(configuration["MemorySize"])),
    "PreventUserExistenceErrors": ("LEGACY", variable("PREVENT_USER_EXISTENCE_ERRORS")),
    "ReauthenticationMinutes": ("7", variable("REAUTHENTICATION_MINUTES")),
    "SelfSignUp": ("true", variable("SELF_SIGN_UP")),
    "TotpIssuer": ("First Day", variable("TOTP_ISSUER")),
    "Tracing": ("Active", lambda configuration: configuration["TracingConfig"]["Mode"]),
}
CHANGED = {name: value for name, (value, _) in REACHES.items()}

# Parameters that the emulator cannot test: it supports neither CodeDeploy nor permissions boundaries.
NEEDS_AWS = {"PermissionsBoundaryArn", "TrafficShift"}

# Parameters that a step has changed and verified in the functions' configuration.
tested = set()

outcomes = []


def environment(suffix="", parameters=()):
    return Environment("first-day", f"sign-in-first-day{suffix}", options.region, GIVEN | dict(parameters))


def step(words):
    """Decorator that runs a function as a step and records its outcome. Failures do not stop the test."""

    def run(work):
        print(f"\n== {words}", flush=True)
        try:
            skipped = work()
        except Exception as error:  # noqa: BLE001 (the next step may pass after any error)
            print(f"   {type(error).__name__}: {error}", flush=True)
            outcomes.append(("FAILED", f"{words}: {error}"))
        else:
            outcomes.append(("skipped", f"{words}: {skipped}") if skipped else ("held", words))

    return run


def require(condition, otherwise):
    if not condition:
        raise AssertionError(otherwise)


def reaching(template):
    """Parameters that the functions of a template refer to, directly or in a condition."""
    parameters, conditions = template["Parameters"], template["Conditions"]
    found = set()

    def read(node):
        match node:
            case {"Ref": name} if name in parameters:
                found.add(name)
            case {"Fn::If": [condition, *values]}:
                read(conditions[condition])
                read(values)
            case {"Condition": str(condition)} if len(node) == 1:
                read(conditions[condition])
            case {"Fn::Sub": text}:
                text, others = (text, {}) if isinstance(text, str) else text
                found.update(name for name in re.findall(r"\$\{(\w+)\}", text) if name in parameters)
                read(others)
            case dict():
                read(list(node.values()))
            case list():
                for one in node:
                    read(one)

    read(template["Globals"]["Function"])
    read([one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Serverless::Function"])
    return found


def own_architecture():
    return ("arm64" if os.uname().machine == "aarch64" else "x86_64") if options.emulator else "arm64"


def ready(where, named=(), release=None):
    """Template of the build, and the values of all parameters."""
    named = {"Architecture": own_architecture()} | dict(named)
    return prepare(where, options.build.resolve(), named, release or new_release())


def deploy_build(where, named=(), change=lambda resources: None):
    """Deploys the build, after `change` has altered its resources, and returns the stack."""
    template, parameters = ready(where, named)
    change(template["Resources"])
    return deploy(where, template, parameters)


def api_of(where):
    """Base URL of the API. In the emulator, first creates the routes, which the emulator does not."""
    if not options.emulator:
        return values(describe(where), "Outputs")["ApiUrl"]
    provision = [ROOT / "target/local/emulator/bin/python", ROOT / "local/emulator/provision.py", options.emulator]
    result = subprocess.run([*provision, where.stack_name], capture_output=True, text=True, check=False)
    require(result.returncode == 0, result.stderr)
    return json.loads(result.stdout)["api_url"]


def send(where, route, body=None, method="POST", at=None, **headers):
    """Sends a request to the API, or to the base URL `at`, and returns status, JSON and headers of the response."""
    request = urllib.request.Request(
        f"{at or api_of(where)}/api/auth/{route}",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", **headers},
        method=method,
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or b"{}"), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}"), error.headers


def preflight(where, origin, at=None, **headers):
    """Sends a CORS preflight for `login` from `origin`, and returns status and headers of the response."""
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    headers |= {"Origin": origin, **asks}
    status, _, headers = send(where, "login", method="OPTIONS", at=at, **headers)
    return status, headers


def sign_in(where, password=PASSWORD):
    status, body, _ = send(where, "login", {"username": USERNAME, "password": password})
    return status, body


def create_user(where, username=USERNAME):
    outputs, cognito = values(describe(where), "Outputs"), where.client("cognito-idp")
    attributes = [{"Name": "email", "Value": username}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(
        UserPoolId=outputs["UserPoolId"], Username=username, UserAttributes=attributes, MessageAction="SUPPRESS"
    )
    cognito.admin_set_user_password(UserPoolId=outputs["UserPoolId"], Username=username, Password=PASSWORD, Permanent=True)


def simulated(name):
    """Address of Amazon's mailbox simulator, which accepts email and stores none. All have the same masked form."""
    return f"success+{name}@simulator.amazonses.com"


def totp(secret):
    """Current code of an authenticator app (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def claims(token):
    """Claims of a token. Does not verify it, because it comes directly from Cognito or the API."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def report(observed):
    """Prints an observation of AWS's behavior, for the documentation."""
    print(f"   observed: {observed}", flush=True)


def passwordless_responses(where, username):
    """Responses of a passwordless sign-in, without values that differ by user and request."""
    def comparable(status, body):
        body.pop("session", None)
        return f"{status} {json.dumps(body, sort_keys=True).replace(username, 'USERNAME')}"

    begun = {"username": username}
    preferred = send(where, "start-login", begun | {"preferred": "EMAIL_OTP"})[:2]
    status, offered, _ = send(where, "start-login", begun)
    responses = {"start-login with EMAIL_OTP": preferred, "start-login": (status, dict(offered))}
    if offered.get("challenge") == "SELECT_CHALLENGE":
        answer = {"challenge": "SELECT_CHALLENGE", "choice": "EMAIL_OTP"}
        answer |= {"session": offered["session"], "username": offered["username"]}
        responses["answer-challenge with EMAIL_OTP"] = send(where, "answer-challenge", answer)[:2]
    return {route: comparable(*response) for route, response in responses.items()}


def write_email_at_first_sign_in(cognito, kept):
    """ID token claims of an invited user who changes `email` at NEW_PASSWORD_REQUIRED, or Cognito's exception.

    In this pool `email` is neither required nor an alias.
    """
    pool = cognito.create_user_pool(PoolName="sign-in-first-day-attributes")["UserPool"]["Id"]
    kept["pool of attributes"] = pool
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="first-day", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    attributes = [{"Name": "email", "Value": USERNAME}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(
        UserPoolId=pool, Username="first-day", TemporaryPassword=PASSWORD, UserAttributes=attributes,
        MessageAction="SUPPRESS",
    )
    challenge = cognito.admin_initiate_auth(
        UserPoolId=pool, ClientId=client, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "first-day", "PASSWORD": PASSWORD},
    )
    try:
        tokens = cognito.admin_respond_to_auth_challenge(
            UserPoolId=pool, ClientId=client, ChallengeName="NEW_PASSWORD_REQUIRED", Session=challenge["Session"],
            ChallengeResponses={
                "USERNAME": "first-day", "NEW_PASSWORD": f"{PASSWORD}2", "userAttributes.email": "chief@example.org",
            },
        )
    except ClientError as error:
        return str(error)
    return claims(tokens["AuthenticationResult"]["IdToken"])


def resources(where):
    pages = where.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=where.stack_name)
    return [one for page in pages for one in page["StackResourceSummaries"]]


def resource(where, name):
    return next(one["PhysicalResourceId"] for one in resources(where) if one["LogicalResourceId"] == name)


def functions(where):
    functions = [one for one in resources(where) if one["ResourceType"] == "AWS::Lambda::Function"]
    return sorted(one["PhysicalResourceId"] for one in functions)


def live(where):
    """Configuration of the live version of each function."""
    aws_lambda = where.client("lambda")
    found = {
        name: aws_lambda.get_function_configuration(FunctionName=name, Qualifier="live") for name in functions(where)
    }
    require(found, "the stack has no functions")
    return found


def versions(where):
    return {name: configuration["Version"] for name, configuration in live(where).items()}


def require_everywhere(where, parameter, value, see):
    """Checks that a parameter's value has reached each live function. Does not print values, which may be secrets."""
    wrong = [name for name, configuration in live(where).items() if see(configuration) != value]
    require(not wrong, f"{parameter} has not reached {', '.join(wrong)}")
    tested.add(parameter)


def boundary_of(where):
    """Getter for the permissions boundary of a function's role."""
    iam = where.client("iam")

    def see(configuration):
        role = iam.get_role(RoleName=configuration["Role"].split("/")[-1])["Role"]
        return role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")

    return see


def break_deploy(resources):
    """Adds a resource whose creation fails after all functions are published and their aliases are updated."""
    functions = [name for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"]
    resources["CannotBeMade"] = {
        "Type": "AWS::Logs::MetricFilter",
        "DependsOn": [f"{name}Aliaslive" for name in functions],
        "Properties": {
            "LogGroupName": "there-is-no-such-log-group",
            "FilterPattern": "nothing",
            "MetricTransformations": [{"MetricName": "nothing", "MetricNamespace": "nothing", "MetricValue": "1"}],
        },
    }


def crash_login(folder):
    """Change that replaces the code of login with a program that exits immediately."""
    bootstrap = folder / "bootstrap"
    bootstrap.write_text("#!/bin/sh\nexit 1\n")
    bootstrap.chmod(0o755)

    def change(resources):
        resources["LoginFunction"]["Properties"]["CodeUri"] = str(folder)

    return change


def logged(where, group, request):
    """Log line of a request. Waits until it is available."""
    for _ in range(60):
        events = where.client("logs").filter_log_events(logGroupName=group, filterPattern=f'"{request}"')["events"]
        if events:
            return json.loads(events[0]["message"])
        time.sleep(10)
    raise AssertionError(f"{group} has no line for request {request} after ten minutes")


def run_periodically(work, seconds):
    """Runs `work` periodically in a thread. Call the returned function to stop it."""
    stop = threading.Event()

    def go_on():
        while not stop.wait(seconds):
            work()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    return lambda: (stop.set(), thread.join())


def deploy_edge(where, kept):
    """Deploys CloudFront in front of the API. Returns base URL, headers to add to requests, and EdgeSecretArn."""
    if options.emulator:
        # The emulator has no CloudFront, so the test adds its headers.
        secret = str(uuid.uuid4())
        made = where.client("secretsmanager").create_secret(Name="sign-in-first-day-edge", SecretString=secret)
        kept["edge secret"] = made["ARN"]
        return api_of(where), {"x-edge-secret": secret, "x-viewer-address": "198.51.100.7"}, made["ARN"]
    edge = edge_environment()
    named = {"ApiHost": api_of(where).removeprefix("https://"), "ApiRegion": options.region, "GuessesPerAddress": "10"}
    cloudformation = edge.client("cloudformation")
    cloudformation.create_stack(
        StackName=edge.stack_name,
        TemplateBody=(ROOT / "deploy/edge.yaml").read_text(),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in named.items()],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=edge.stack_name)
    outputs = values(describe(edge), "Outputs")
    return outputs["Url"], {}, outputs["EdgeSecretArn"]


def edge_environment():
    return Environment("first-day", "sign-in-first-day-edge", "us-east-1", {})


def run_steps(scratch):
    where, kept = environment(), {}

    @step("A failed first deployment leaves no resources, and the next one succeeds")
    def _():
        fails = environment("-fails")
        before = pools(fails)
        try:
            deploy_build(fails, change=break_deploy)
        except Refused:
            pass
        else:
            delete(fails)
            require(False, "the broken template was deployed")
        require(pools(fails) == before, f"a user pool was not deleted: {pools(fails) - before}")
        deploy_build(fails, {"DeletionProtection": "INACTIVE"})
        require(describe(fails)["StackStatus"] == "CREATE_COMPLETE", describe(fails)["StackStatus"])
        delete_with_pool(fails)

    @step("A first deployment: a user signs in, CORS allows the configured origin, the pool has deletion protection")
    def _():
        deploy_build(where)
        create_user(where)
        status, body = sign_in(where)
        require(status == 200, f"{status} {body.get('detail')}")
        kept["tokens"] = body
        status, headers = preflight(where, ORIGIN)
        require(headers.get("access-control-allow-origin") == ORIGIN, f"{status} {headers}")
        require("traceparent" in headers.get("access-control-allow-headers", "").lower(), f"no trace headers: {headers}")
        pool = values(describe(where), "Outputs")["UserPoolId"]
        described = where.client("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]
        require(described.get("DeletionProtection") == "ACTIVE", described.get("DeletionProtection"))

    @step("A wrong password returns 401")
    def _():
        status, body = sign_in(where, "WrongP@ssw0rd1")
        require((status, body) == (401, {"detail": "Invalid credentials"}), f"{status} {body}")

    @step("A rejected sign-in is counted in a metric, and the access log is JSON")
    def _():
        if options.emulator:
            return "the emulator supports neither access logs nor metric filters"
        urllib.request.urlopen(f"{api_of(where)}/api/auth/logout", data=b"{}", timeout=30)
        logs, cloudwatch = where.client("logs"), where.client("cloudwatch")
        for _ in range(60):
            lines = logs.filter_log_events(logGroupName=f"/aws/vendedlogs/{where.stack_name}", limit=50)["events"]
            counted = cloudwatch.get_metric_statistics(
                Namespace=where.stack_name, MetricName="RefusedCredentials",
                StartTime=time.time() - 3600, EndTime=time.time() + 60, Period=3600, Statistics=["Sum"],
            )["Datapoints"]
            if lines and counted:
                break
            time.sleep(10)
        require(counted, "CloudWatch has no RefusedCredentials after ten minutes")
        require(lines, "the access log is empty after ten minutes")
        for line in lines:
            json.loads(line["message"])

    @step("An authenticator app stays active if a second set-up is abandoned")
    def _():
        user = "authenticator-app@example.org"
        create_user(where, user)
        credentials = {"username": user, "password": PASSWORD}
        status, body, _ = send(where, "login", credentials)
        require(status == 200, f"{status} {body}")
        bearer = {"Authorization": f"Bearer {body['access_token']}"}
        status, set_up, _ = send(where, "set-up-totp", {}, **bearer)
        require(status == 200, f"set-up-totp: {status} {set_up.get('detail')}")
        status, verified, _ = send(where, "verify-totp", {"code": totp(set_up["secret"])}, **bearer)
        require(status == 200, f"verify-totp: {status} {verified}")
        status, again, _ = send(where, "set-up-totp", {}, **bearer)
        require(status == 200, f"the second set-up-totp: {status} {again.get('detail')}")
        status, body, _ = send(where, "login", credentials)
        report(f"sign-in after an abandoned set-up: {status}, challenge {body.get('challenge')}")
        asked = body.get("challenge") == "SOFTWARE_TOKEN_MFA"
        require(asked, "no second factor is required: set-up-totp must require a code of the current app")

    @step("An invited user cannot keep email_verified with another address")
    def _():
        if options.emulator:
            return "the emulator has different rules for attributes"
        result = write_email_at_first_sign_in(where.client("cognito-idp"), kept)
        if isinstance(result, str):
            report(result)
            return
        report(f"email {result.get('email')}, email_verified {result.get('email_verified')}")
        unchanged = result.get("email") == USERNAME or result.get("email_verified") not in (True, "true")
        require(unchanged, "email and phone_number must not be accepted in attributes for such a pool")

    @step("start-login returns the same response for unknown and existing users")
    def _():
        if options.emulator:
            return "the emulator does not support passwordless sign-in"
        deploy_build(where, {"EmailCodeSignIn": "true", "SelfSignUp": "true"})
        names = {kind: simulated(kind) for kind in ("existing", "unknown", "unconfirmed")}
        create_user(where, names["existing"])
        new = {"username": names["unconfirmed"], "password": PASSWORD, "name": "First Day"}
        status, body, _ = send(where, "sign-up", new)
        require(status == 200, f"sign-up: {status} {body}")
        shown = {kind: passwordless_responses(where, username) for kind, username in names.items()}
        for kind, responses in shown.items():
            for route, response in responses.items():
                report(f"{kind}, {route}: {response}")
        if shown["unconfirmed"] != shown["existing"]:
            report("start-login reveals unconfirmed users, see SECURITY.md")
        require(shown["unknown"] == shown["existing"], "start-login reveals which users exist")

    @step("A session is refreshed twice with refresh token rotation")
    def _():
        if options.emulator:
            return "the emulator does not rotate refresh tokens"
        deploy_build(where, {"RefreshTokenRotation": "ENABLED"})
        status, body = sign_in(where)
        require(status == 200, f"{status} {body}")
        token, results = body["refresh_token"], []
        for _ in range(2):
            status, body, _ = send(where, "refresh-token", {"refresh_token": token})
            rotated = body.get("refresh_token") not in (None, token)
            results.append(f"{status} {body.get('detail', 'with a new token' if rotated else 'without a new token')}")
            token = body.get("refresh_token", token)
        report(f"refreshes: {', '.join(results)}")
        require(results == ["200 with a new token"] * 2, "RefreshTokenRotation does not work (aws-sdk-js-v3#7162)")

    @step("A second deployment of the same build publishes a version of every function")
    def _():
        before = versions(where)
        deploy_build(where)
        after = versions(where)
        same = [name for name in after if after[name] == before[name]]
        require(not same, f"unchanged versions: {', '.join(same)}")
        require(sign_in(where)[0] == 200, "users cannot sign in")
        require_everywhere(where, "Release", values(describe(where), "Parameters")["Release"], variable("RELEASE"))

    @step("Changed parameters reach the live functions without a code change")
    def _():
        for name, (value, see) in REACHES.items():
            as_before = [function for function, configuration in live(where).items() if see(configuration) == value]
            require(not as_before, f"{name} is already {value}, so the step would prove nothing")
        deploy_build(where, CHANGED)
        for name, (value, see) in REACHES.items():
            require_everywhere(where, name, value, see)
        require(sign_in(where)[1]["user"]["name"] == "First Day", "the response has the old name")

    @step("A changed Architecture reaches the live functions")
    def _():
        other = "x86_64" if own_architecture() == "arm64" else "arm64"
        deploy_build(where, {"Architecture": other})
        require_everywhere(where, "Architecture", [other], lambda configuration: configuration["Architectures"])

    @step("A permissions boundary reaches every function's role")
    def _():
        if options.emulator:
            return "the emulator does not support permissions boundaries"
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        policy = where.client("iam").create_policy(
            PolicyName="sign-in-first-day-boundary", PolicyDocument=json.dumps(document)
        )
        kept["boundary"] = policy["Policy"]["Arn"]
        deploy_build(where, {"PermissionsBoundaryArn": kept["boundary"]})
        require_everywhere(where, "PermissionsBoundaryArn", kept["boundary"], boundary_of(where))
        deploy_build(where, CHANGED)

    @step("A deployment that fails halfway is rolled back automatically")
    def _():
        deploy_build(where, CHANGED)
        try:
            deploy_build(where, CHANGED | {"DefaultUserName": "Never"}, break_deploy)
        except Refused:
            pass
        else:
            require(False, "the broken template was deployed")
        require(describe(where)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", describe(where)["StackStatus"])
        require(sign_in(where)[1]["user"]["name"] == "First Day", "a parameter of the failed deployment is live")

    @step("The same commit can be deployed again after its rollback")
    def _():
        deploy_build(where, CHANGED | {"DefaultUserName": "Again"})
        require(sign_in(where)[1]["user"]["name"] == "Again", "the response has the old name")

    @step("An older commit does not replace a newer one")
    def _():
        git = ["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD~1"]
        older = subprocess.run(git, capture_output=True, text=True, check=False)
        if older.returncode != 0:
            return "the clone is shallow, so there is no previous commit"
        try:
            deploy(where, *ready(where, CHANGED, f"{older.stdout.strip()}-older"))
        except Refused as reason:
            require("which is newer than" in str(reason), reason)
        else:
            require(False, "the older commit was deployed")

    @step("One command restores the previous release")
    def _():
        go_back(where)
        require(sign_in(where)[1]["user"]["name"] == "First Day", "the response has another name")

    @step("The alarm of the alias rolls a crashing version back before all traffic reaches it")
    def _():
        if options.emulator:
            return "the emulator has no CodeDeploy and no alarms that fire"
        gradual = {"TrafficShift": "Canary10Percent5Minutes"}
        deploy_build(where, gradual)
        before, began = versions(where), datetime.datetime.now(datetime.timezone.utc)
        # One request in ten reaches the new version: too few failures in a minute for the alarm of the whole API.
        stop = run_periodically(lambda: send(where, "login", {}), 4)
        try:
            deploy_build(where, gradual, crash_login(scratch))
        except Refused:
            pass
        else:
            require(False, "the crashing version was deployed")
        finally:
            stop()
        require(versions(where) == before, "the live versions have changed")
        history = where.client("cloudwatch").describe_alarm_history(
            AlarmName=f"{where.stack_name}-crashes-login", HistoryItemType="StateUpdate", StartDate=began
        )["AlarmHistoryItems"]
        require(any("to ALARM" in one["HistorySummary"] for one in history), f"another alarm caused the rollback: {history}")
        tested.add("TrafficShift")

    @step("An alarm in state ALARM blocks a gradual deployment, but not AllAtOnce")
    def _():
        if options.emulator:
            return "the emulator has no CodeDeploy and no alarms that fire"
        before, cloudwatch = versions(where), where.client("cloudwatch")
        alarm = {"StateValue": "ALARM", "StateReason": "acceptance test"}
        stop = run_periodically(lambda: cloudwatch.set_alarm_state(AlarmName=f"{where.stack_name}-failures", **alarm), 5)
        try:
            try:
                deploy_build(where, {"TrafficShift": "Canary10Percent5Minutes", "DefaultUserName": "Never"})
            except Refused:
                pass
            else:
                require(False, "the deployment succeeded in state ALARM")
            require(versions(where) == before, "the live versions have changed")
            deploy_build(where, {"TrafficShift": "AllAtOnce", "DefaultUserName": "Fixed"})
        finally:
            stop()
        require(sign_in(where)[1]["user"]["name"] == "Fixed", "the fix is not live")

    @step("Behind CloudFront, CORS allows only the configured origin, and requests that bypass CloudFront are rejected")
    def _():
        url, added, arn = deploy_edge(where, kept)
        kept["edge"] = url
        deploy_build(where, {"EdgeSecretArn": arn})
        secret = where.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        require_everywhere(where, "EdgeSecretArn", secret, variable("EDGE_SECRET"))
        credentials = {"username": USERNAME, "password": PASSWORD}
        for origin, allowed in (ORIGIN, ORIGIN), ("https://evil.example", None):
            status, headers = preflight(where, origin, url, **added)
            require(headers.get("access-control-allow-origin") == allowed, f"preflight of {origin}: {status} {headers}")
            status, _, headers = send(where, "login", credentials, at=url, Origin=origin, **added)
            require(status == 200, f"through CloudFront: {status}")
            require(headers.get("access-control-allow-origin") == allowed, f"response to {origin}: {headers}")
        request = headers["x-request-id"]
        status, body, headers = send(where, "login", credentials, Origin=ORIGIN, **{"x-viewer-address": "198.51.100.1"})
        refused = status == 403 and headers.get("x-amzn-errortype") == "PublicAddressRequired"
        require(refused, f"bypassing CloudFront: {status} {body}")
        require(headers.get("access-control-allow-origin") == ORIGIN, f"the page cannot read the error: {headers}")
        if not options.emulator:
            audited = logged(where, resource(where, "LoginLogGroup"), request)["source_ip"]
            seen = logged(where, f"/aws/vendedlogs/{where.stack_name}", request)["sourceIp"]
            require(audited != seen, f"the audit line has CloudFront's address, {seen}")

    @step("WAF blocks password guessing with a 429 that pages can read, and does not block preflights")
    def _():
        if options.emulator:
            return "the emulator has no CloudFront and no WAF"
        for _ in range(600):
            status, body, headers = send(where, "login", {}, at=kept["edge"], Origin=ORIGIN)
            if status == 429:
                break
            time.sleep(1)
        require(status == 429, f"status after ten minutes of requests: {status}")
        require(set(body) == {"detail"} and headers.get("retry-after"), f"not the error format of openapi/openapi.yaml: {body} {headers}")
        require(headers.get("access-control-allow-origin") == "*", f"pages cannot read the response: {headers}")
        status, headers = preflight(where, ORIGIN, kept["edge"])
        require(headers.get("access-control-allow-origin") == ORIGIN, f"the preflight is blocked, too: {status} {headers}")

    @step("The user pool survives the deletion of its stack, and a new stack uses it with its sessions")
    def _():
        deploy_build(where)
        outputs, cognito = values(describe(where), "Outputs"), where.client("cognito-idp")
        kept["pool"], client = outputs["UserPoolId"], outputs["UserPoolClientId"]
        status, kept["tokens"] = sign_in(where)
        require(status == 200, status)
        delete(where)
        require(describe(where) is None, "the stack still exists")
        secret = cognito.describe_user_pool_client(UserPoolId=kept["pool"], ClientId=client)["UserPoolClient"]["ClientSecret"]
        named = where.client("secretsmanager").create_secret(Name="sign-in-first-day-client", SecretString=secret)
        kept["secret"] = named["ARN"]
        again = environment(parameters={"ExistingUserPoolId": kept["pool"]})
        attached = {"ExistingUserPoolClientId": client, "ClientSecretArn": kept["secret"]}
        deploy_build(again, attached)
        require_everywhere(again, "ExistingUserPoolId", kept["pool"], variable("COGNITO_USER_POOL_ID"))
        require_everywhere(again, "ExistingUserPoolClientId", client, variable("COGNITO_CLIENT_ID"))
        require_everywhere(again, "ClientSecretArn", secret, variable("COGNITO_CLIENT_SECRET"))
        status, body, _ = send(again, "refresh-token", {"refresh_token": kept["tokens"]["refresh_token"]})
        require(status == 200, f"the session of the deleted stack: {status} {body}")
        require(sign_in(again)[0] == 200, "the user cannot sign in")
        # A wrong secret, so users cannot sign in. The step checks that the given version is the one that is read.
        another = where.client("secretsmanager").put_secret_value(SecretId=kept["secret"], SecretString="another")
        deploy_build(again, attached | {"ClientSecretVersion": another["VersionId"]})
        require_everywhere(again, "ClientSecretVersion", "another", variable("COGNITO_CLIENT_SECRET"))
        deploy_build(again, attached | {"ClientSecretVersion": named["VersionId"]})
        require(sign_in(again)[0] == 200, "the user cannot sign in with the previous version of the secret")
        kept["attached"] = again, attached, named["VersionId"], another["VersionId"]

    @step("A gradual deployment with a wrong client secret is rolled back, and no user is signed out")
    def _():
        if options.emulator:
            return "the emulator has no CodeDeploy and no alarms that fire"
        again, attached, right, wrong = kept["attached"]
        gradual = attached | {"TrafficShift": "Canary10Percent5Minutes"}
        deploy_build(again, gradual | {"ClientSecretVersion": right})
        before, began = versions(again), datetime.datetime.now(datetime.timezone.utc)
        statuses = set()
        # One request in ten reaches the new version, and the alarm needs five failures in a minute.
        stop = run_periodically(lambda: statuses.add(sign_in(again)[0]), 0.2)
        try:
            deploy_build(again, gradual | {"ClientSecretVersion": wrong})
        except Refused:
            pass
        else:
            require(False, "the deployment succeeded with a wrong client secret")
        finally:
            stop()
        report(f"statuses of sign-ins during the deployment: {sorted(statuses)}")
        require(versions(again) == before, "the live versions have changed")
        require(statuses <= {200, 500}, f"a wrong client secret must be 500, never 401: {sorted(statuses)}")
        history = where.client("cloudwatch").describe_alarm_history(
            AlarmName=f"{again.stack_name}-failures", HistoryItemType="StateUpdate", StartDate=began
        )["AlarmHistoryItems"]
        require(any("to ALARM" in one["HistorySummary"] for one in history), f"another alarm caused the rollback: {history}")
        require(sign_in(again)[0] == 200, "the user cannot sign in after the rollback")

    @step("All parameters that reach a function were tested")
    def _():
        reach = reaching(ready(where)[0])
        untried = reach - tested - (NEEDS_AWS if options.emulator else set())
        require(not untried, f"not tested: {', '.join(sorted(untried))}")
        require(tested <= reach, f"parameters that no longer reach a function: {', '.join(sorted(tested - reach))}")

    @step("All resources are deleted")
    def _():
        if describe(where):
            delete_with_pool(where)
        if "pool" in kept:
            cognito = where.client("cognito-idp")
            cognito.update_user_pool(UserPoolId=kept["pool"], DeletionProtection="INACTIVE")
            cognito.delete_user_pool(UserPoolId=kept["pool"])
        if "pool of attributes" in kept:
            where.client("cognito-idp").delete_user_pool(UserPoolId=kept["pool of attributes"])
        for secret in kept.keys() & {"secret", "edge secret"}:
            where.client("secretsmanager").delete_secret(SecretId=kept[secret], ForceDeleteWithoutRecovery=True)
        if "boundary" in kept:
            where.client("iam").delete_policy(PolicyArn=kept["boundary"])
        if not options.emulator and describe(edge_environment()):
            delete(edge_environment())


def pools(where):
    pages = where.client("cognito-idp").get_paginator("list_user_pools").paginate(MaxResults=60)
    return {pool["Id"] for page in pages for pool in page["UserPools"]}


def delete_with_pool(where):
    """Deletes a stack, and the user pool that it created."""
    made = where.client("cloudformation").describe_stack_resources(StackName=where.stack_name)["StackResources"]
    own = [one["PhysicalResourceId"] for one in made if one["ResourceType"] == "AWS::Cognito::UserPool"]
    delete(where)
    for pool in own:
        cognito = where.client("cognito-idp")
        cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
        cognito.delete_user_pool(UserPoolId=pool)


def work():
    import tempfile

    if not options.emulator:
        check_artifacts(options.build.resolve(), *ready(environment()))
    if describe(environment()) is not None:
        raise Refused("The stack sign-in-first-day already exists. Use a disposable account, or delete the stack first.")
    with tempfile.TemporaryDirectory() as scratch:
        run_steps(Path(scratch))
    print("\n== Summary")
    for outcome, words in outcomes:
        print(f"{outcome:8} {words}")
    sys.exit(any(outcome == "FAILED" for outcome, _ in outcomes))


main(work)
