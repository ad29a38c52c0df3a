#!/usr/bin/env python3
"""Tries in one account what a first day there asks for, and prints what held.

    deploy/acceptance_test.py [--region REGION] [--build FOLDER]     in a disposable account, after cargo lambda build --release
    deploy/acceptance_test.py --emulator URL --build FOLDER          against the emulator of cargo run -p local, as far as that goes

It makes stacks called sign-in-first-day*, user pools with made-up users, a policy, secrets, and CloudFront with WAF, and
deletes all of it again. On AWS it may take three hours, most of which CodeDeploy and CloudFront wait, and costs some
dollars. Some steps ask what Cognito does where documentation and reports disagree: lines that begin with `observed:` are
its answers.
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
    # Nothing of a developer's own AWS set-up may be reached from here.
    for variable in "AWS_PROFILE", "AWS_SESSION_TOKEN", "CLOUDFORMATION_ROLE_ARN", "RELEASES_BUCKET":
        os.environ.pop(variable, None)
    os.environ |= {
        "AWS_ENDPOINT_URL": options.emulator,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
        # The emulator is done at once.
        "SAM_CLI_POLL_DELAY": "0.1",
        "POLL_SECONDS": "1",
    }

from releases import (  # noqa: E402
    ROOT, Environment, Refused, check_artifacts, delete, deploy, describe, go_back, main, new_release, prepare, values
)
from botocore.exceptions import ClientError  # noqa: E402 (releases says what to do where it is not installed)

PERSON, PASSWORD = "first-day@example.org", "SecureP@ssw0rd1"
ORIGIN = "https://first-day.example.org"
GIVEN = {"AllowedOrigins": ORIGIN, "ExistingUserPoolId": "none"}



def variable(name):
    return lambda configuration: configuration["Environment"]["Variables"][name]


# Parameters that reach the functions, each with another value than the default, and where a function's configuration has
# it. Those that need more than a value have a step of their own; that none was forgotten is a step as well.
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

# What the emulator cannot show: it has no CodeDeploy, and gives a role no boundary.
NEEDS_AN_ACCOUNT = {"PermissionsBoundaryArn", "TrafficShift"}

# The parameters that a step has changed, and has seen where a function runs.
tried = set()

outcomes = []


def environment(suffix="", parameters=()):
    return Environment("first-day", f"sign-in-first-day{suffix}", options.region, GIVEN | dict(parameters))


def step(words):
    """Makes a step of a function: tries it, and goes on to the next whatever became of it."""

    def tried(work):
        print(f"\n== {words}", flush=True)
        try:
            skipped = work()
        except Exception as error:  # noqa: BLE001 (whatever it is, the next step may hold)
            print(f"   {type(error).__name__}: {error}", flush=True)
            outcomes.append(("FAILED", f"{words}: {error}"))
        else:
            outcomes.append(("skipped", f"{words}: {skipped}") if skipped else ("held", words))

    return tried


def hold(condition, otherwise):
    if not condition:
        raise AssertionError(otherwise)


def reaching(template):
    """The parameters that reach a template's functions: what is said of these names them, or a condition that does."""
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
    """The template, and all of its parameters."""
    named = {"Architecture": own_architecture()} | dict(named)
    return prepare(where, options.build.resolve(), named, release or new_release())


def bring(where, named=(), change=lambda resources: None):
    """Deploys the build, of which `change` may alter resources, and returns the stack."""
    template, parameters = ready(where, named)
    change(template["Resources"])
    return deploy(where, template, parameters)


def api_of(where):
    """The API's address. In the emulator, once its routes are there, which it does not make by itself."""
    if not options.emulator:
        return values(describe(where), "Outputs")["ApiUrl"]
    provision = [ROOT / "target/local/emulator/bin/python", ROOT / "local/emulator/provision.py", options.emulator]
    result = subprocess.run([*provision, where.stack_name], capture_output=True, text=True, check=False)
    hold(result.returncode == 0, result.stderr)
    return json.loads(result.stdout)["api_url"]


def ask(where, route, body=None, method="POST", at=None, **headers):
    """The status, the JSON and the headers of an answer of the API, by its own address or `at` another."""
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


def ask_beforehand(where, origin, at=None, **headers):
    """The status and the headers of the answer to a preflight for a sign-in by a page of `origin`."""
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    headers |= {"Origin": origin, **asks}
    status, _, headers = ask(where, "login", method="OPTIONS", at=at, **headers)
    return status, headers


def sign_in(where, password=PASSWORD):
    status, body, _ = ask(where, "login", {"username": PERSON, "password": password})
    return status, body


def make_person(where, username=PERSON):
    outputs, cognito = values(describe(where), "Outputs"), where.client("cognito-idp")
    attributes = [{"Name": "email", "Value": username}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(
        UserPoolId=outputs["UserPoolId"], Username=username, UserAttributes=attributes, MessageAction="SUPPRESS"
    )
    cognito.admin_set_user_password(UserPoolId=outputs["UserPoolId"], Username=username, Password=PASSWORD, Permanent=True)


def simulated(name):
    """An address of Amazon's mailbox simulator, which accepts mail and keeps none. All have the same masked form."""
    return f"success+{name}@simulator.amazonses.com"


def totp(secret):
    """The current code of an authenticator app: RFC 6238."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def claims(token):
    """The claims of a token, which is not verified: it has come from Cognito or from our API just now."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def report(observed):
    """Prints what AWS did, so that a document can quote it."""
    print(f"   observed: {observed}", flush=True)


def without_code(where, username):
    """The responses to a user who begins a sign-in without a password, without what differs for each user and request."""
    def comparable(status, body):
        body.pop("session", None)
        return f"{status} {json.dumps(body, sort_keys=True).replace(username, 'USERNAME')}"

    begun = {"username": username}
    preferred = ask(where, "start-login", begun | {"preferred": "EMAIL_OTP"})[:2]
    status, offered, _ = ask(where, "start-login", begun)
    responses = {"start-login with EMAIL_OTP": preferred, "start-login": (status, dict(offered))}
    if offered.get("challenge") == "SELECT_CHALLENGE":
        answer = {"challenge": "SELECT_CHALLENGE", "choice": "EMAIL_OTP"}
        answer |= {"session": offered["session"], "username": offered["username"]}
        responses["answer-challenge with EMAIL_OTP"] = ask(where, "answer-challenge", answer)[:2]
    return {route: comparable(*response) for route, response in responses.items()}


def write_email_at_first_sign_in(cognito, kept):
    """The ID token's claims of an invited user who sends another address at NEW_PASSWORD_REQUIRED, or Cognito's exception.

    The pool is one in which `email` is neither required nor an alias.
    """
    pool = cognito.create_user_pool(PoolName="sign-in-first-day-attributes")["UserPool"]["Id"]
    kept["pool of attributes"] = pool
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="first-day", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    attributes = [{"Name": "email", "Value": PERSON}, {"Name": "email_verified", "Value": "true"}]
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
    """The configuration of the version that each function's alias names."""
    aws_lambda = where.client("lambda")
    found = {
        name: aws_lambda.get_function_configuration(FunctionName=name, Qualifier="live") for name in functions(where)
    }
    hold(found, "the stack has no functions")
    return found


def versions(where):
    return {name: configuration["Version"] for name, configuration in live(where).items()}


def hold_everywhere(where, parameter, value, see):
    """Holds a parameter's value against what each function has that the API calls. What they have may be a secret."""
    wrong = [name for name, configuration in live(where).items() if see(configuration) != value]
    hold(not wrong, f"{parameter} has not reached {', '.join(wrong)}")
    tried.add(parameter)


def boundary_of(where):
    """Where the role of a function has its boundary."""
    iam = where.client("iam")

    def see(configuration):
        role = iam.get_role(RoleName=configuration["Role"].split("/")[-1])["Role"]
        return role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")

    return see


def break_deploy(resources):
    """Adds a resource that cannot be created, after all functions are published and their aliases are updated."""
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
    """Change that replaces the code of login by a program that ends at once."""
    bootstrap = folder / "bootstrap"
    bootstrap.write_text("#!/bin/sh\nexit 1\n")
    bootstrap.chmod(0o755)

    def change(resources):
        resources["LoginFunction"]["Properties"]["CodeUri"] = str(folder)

    return change


def logged(where, group, request):
    """The line of a log that tells of a request, once it is there."""
    for _ in range(60):
        events = where.client("logs").filter_log_events(logGroupName=group, filterPattern=f'"{request}"')["events"]
        if events:
            return json.loads(events[0]["message"])
        time.sleep(10)
    raise AssertionError(f"{group} has no line of {request} after ten minutes")


def stop_in(work, seconds):
    """Does `work` every so many seconds, beside whatever else is done, until what is returned is called."""
    stop = threading.Event()

    def go_on():
        while not stop.wait(seconds):
            work()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    return lambda: (stop.set(), thread.join())


def make_edge(where, kept):
    """CloudFront in front of the API: its address, what it adds to a request, and the parameter of the API."""
    if options.emulator:
        # What it would send is sent by hand, then.
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


def try_all(scratch):
    where, kept = environment(), {}

    @step("A first deploy that fails leaves nothing, and the next one works")
    def _():
        fails = environment("-fails")
        before = pools(fails)
        try:
            bring(fails, change=break_deploy)
        except Refused:
            pass
        else:
            delete(fails)
            hold(False, "the broken template was deployed")
        hold(pools(fails) == before, f"a user pool is left: {pools(fails) - before}")
        bring(fails, {"DeletionProtection": "INACTIVE"})
        hold(describe(fails)["StackStatus"] == "CREATE_COMPLETE", describe(fails)["StackStatus"])
        throw_away(fails)

    @step("A first deploy: a person signs in, a page of ours may call the API, the pool is protected")
    def _():
        bring(where)
        make_person(where)
        status, body = sign_in(where)
        hold(status == 200, f"{status} {body.get('detail')}")
        kept["tokens"] = body
        status, headers = ask_beforehand(where, ORIGIN)
        hold(headers.get("access-control-allow-origin") == ORIGIN, f"{status} {headers}")
        hold("traceparent" in headers.get("access-control-allow-headers", "").lower(), f"no trace headers: {headers}")
        pool = values(describe(where), "Outputs")["UserPoolId"]
        described = where.client("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]
        hold(described.get("DeletionProtection") == "ACTIVE", described.get("DeletionProtection"))

    @step("A refused sign-in is told so")
    def _():
        status, body = sign_in(where, "WrongP@ssw0rd1")
        hold((status, body) == (401, {"detail": "Invalid credentials"}), f"{status} {body}")

    @step("A refused sign-in is counted, and the access log is JSON")
    def _():
        if options.emulator:
            return "the emulator neither writes an access log nor counts what is in a log"
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
        hold(counted, "CloudWatch counts no RefusedCredentials after ten minutes")
        hold(lines, "the access log is empty after ten minutes")
        for line in lines:
            json.loads(line["message"])

    @step("An authenticator app stays in force while a second set-up is abandoned")
    def _():
        user = "authenticator-app@example.org"
        make_person(where, user)
        credentials = {"username": user, "password": PASSWORD}
        status, body, _ = ask(where, "login", credentials)
        hold(status == 200, f"{status} {body}")
        bearer = {"Authorization": f"Bearer {body['access_token']}"}
        status, set_up, _ = ask(where, "set-up-totp", {}, **bearer)
        hold(status == 200, f"set-up-totp: {status} {set_up.get('detail')}")
        status, verified, _ = ask(where, "verify-totp", {"code": totp(set_up["secret"])}, **bearer)
        hold(status == 200, f"verify-totp: {status} {verified}")
        status, again, _ = ask(where, "set-up-totp", {}, **bearer)
        hold(status == 200, f"the second set-up-totp: {status} {again.get('detail')}")
        status, body, _ = ask(where, "login", credentials)
        report(f"sign-in after an abandoned set-up: {status}, challenge {body.get('challenge')}")
        asked = body.get("challenge") == "SOFTWARE_TOKEN_MFA"
        hold(asked, "no second factor is asked for: set-up-totp must require a code of the present app")

    @step("An invited user cannot keep email_verified with another address")
    def _():
        if options.emulator:
            return "the emulator has its own rules for attributes"
        result = write_email_at_first_sign_in(where.client("cognito-idp"), kept)
        if isinstance(result, str):
            report(result)
            return
        report(f"email {result.get('email')}, email_verified {result.get('email_verified')}")
        unchanged = result.get("email") == PERSON or result.get("email_verified") not in (True, "true")
        hold(unchanged, "email and phone_number must not be accepted in attributes for such a pool")

    @step("start-login answers for an unknown user as for an existing one")
    def _():
        if options.emulator:
            return "the emulator has no sign-in without a password"
        bring(where, {"EmailCodeSignIn": "true", "SelfSignUp": "true"})
        names = {kind: simulated(kind) for kind in ("existing", "unknown", "unconfirmed")}
        make_person(where, names["existing"])
        new = {"username": names["unconfirmed"], "password": PASSWORD, "name": "First Day"}
        status, body, _ = ask(where, "sign-up", new)
        hold(status == 200, f"sign-up: {status} {body}")
        shown = {kind: without_code(where, username) for kind, username in names.items()}
        for kind, responses in shown.items():
            for route, response in responses.items():
                report(f"{kind}, {route}: {response}")
        if shown["unconfirmed"] != shown["existing"]:
            report("start-login reveals an unconfirmed user, as SECURITY.md says")
        hold(shown["unknown"] == shown["existing"], "start-login reveals which users exist")

    @step("A session is refreshed twice while refresh tokens rotate")
    def _():
        if options.emulator:
            return "the emulator does not rotate refresh tokens"
        bring(where, {"RefreshTokenRotation": "ENABLED"})
        status, body = sign_in(where)
        hold(status == 200, f"{status} {body}")
        token, results = body["refresh_token"], []
        for _ in range(2):
            status, body, _ = ask(where, "refresh-token", {"refresh_token": token})
            rotated = body.get("refresh_token") not in (None, token)
            results.append(f"{status} {body.get('detail', 'with a new token' if rotated else 'without a new token')}")
            token = body.get("refresh_token", token)
        report(f"refreshes: {', '.join(results)}")
        hold(results == ["200 with a new token"] * 2, "RefreshTokenRotation does not work (aws-sdk-js-v3#7162)")

    @step("A second deploy of the same build publishes a version of every function")
    def _():
        before = versions(where)
        bring(where)
        after = versions(where)
        same = [name for name in after if after[name] == before[name]]
        hold(not same, f"as before: {', '.join(same)}")
        hold(sign_in(where)[0] == 200, "nobody can sign in any more")
        hold_everywhere(where, "Release", values(describe(where), "Parameters")["Release"], variable("RELEASE"))

    @step("A parameter that is changed, with no code changed, reaches what the API calls")
    def _():
        for name, (value, see) in REACHES.items():
            as_before = [function for function, configuration in live(where).items() if see(configuration) == value]
            hold(not as_before, f"{name} is {value} without being changed: this would prove nothing")
        bring(where, CHANGED)
        for name, (value, see) in REACHES.items():
            hold_everywhere(where, name, value, see)
        hold(sign_in(where)[1]["user"]["name"] == "First Day", "the answer has the old name")

    @step("So does the other processor, for which this build is not")
    def _():
        other = "x86_64" if own_architecture() == "arm64" else "arm64"
        bring(where, {"Architecture": other})
        hold_everywhere(where, "Architecture", [other], lambda configuration: configuration["Architectures"])

    @step("A permissions boundary reaches every function's role")
    def _():
        if options.emulator:
            return "the emulator gives a role no boundary"
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        policy = where.client("iam").create_policy(
            PolicyName="sign-in-first-day-boundary", PolicyDocument=json.dumps(document)
        )
        kept["boundary"] = policy["Policy"]["Arn"]
        bring(where, {"PermissionsBoundaryArn": kept["boundary"]})
        hold_everywhere(where, "PermissionsBoundaryArn", kept["boundary"], boundary_of(where))
        bring(where, CHANGED)

    @step("A deploy that fails half way goes back by itself")
    def _():
        bring(where, CHANGED)
        try:
            bring(where, CHANGED | {"DefaultUserName": "Never"}, break_deploy)
        except Refused:
            pass
        else:
            hold(False, "the broken template was deployed")
        hold(describe(where)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", describe(where)["StackStatus"])
        hold(sign_in(where)[1]["user"]["name"] == "First Day", "the failed deploy's parameter is live")

    @step("The same commit again, after it was rolled back, is deployed and live")
    def _():
        bring(where, CHANGED | {"DefaultUserName": "Again"})
        hold(sign_in(where)[1]["user"]["name"] == "Again", "the answer has the old name")

    @step("An older commit does not replace a newer one")
    def _():
        git = ["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD~1"]
        older = subprocess.run(git, capture_output=True, text=True, check=False)
        if older.returncode != 0:
            return "git knows no commit before this one: this is a clone of no depth"
        try:
            deploy(where, *ready(where, CHANGED, f"{older.stdout.strip()}-older"))
        except Refused as reason:
            hold("which is newer than" in str(reason), reason)
        else:
            hold(False, "it was deployed")

    @step("Going back is one action, and what ran before runs")
    def _():
        go_back(where)
        hold(sign_in(where)[1]["user"]["name"] == "First Day", "the answer has another name")

    @step("A version that crashes is taken back by the alarm of its alias, before everybody has met it")
    def _():
        if options.emulator:
            return "the emulator has no CodeDeploy and no alarms that ring"
        gradual = {"TrafficShift": "Canary10Percent5Minutes"}
        bring(where, gradual)
        before, began = versions(where), datetime.datetime.now(datetime.timezone.utc)
        # One request in ten goes to the new version: fewer failures in a minute than the alarm of the whole API bears.
        stop = stop_in(lambda: ask(where, "login", {}), 4)
        try:
            bring(where, gradual, crash_login(scratch))
        except Refused:
            pass
        else:
            hold(False, "it was deployed although it crashes")
        finally:
            stop()
        hold(versions(where) == before, "other versions are live than before")
        history = where.client("cloudwatch").describe_alarm_history(
            AlarmName=f"{where.stack_name}-crashes-login", HistoryItemType="StateUpdate", StartDate=began
        )["AlarmHistoryItems"]
        hold(any("to ALARM" in one["HistorySummary"] for one in history), f"another alarm did it: {history}")
        tried.add("TrafficShift")

    @step("An alarm that rings forbids a gradual deploy, and not one that is all at once")
    def _():
        if options.emulator:
            return "the emulator has no CodeDeploy and no alarms that ring"
        before, cloudwatch = versions(where), where.client("cloudwatch")
        ringing = {"StateValue": "ALARM", "StateReason": "a first day's trial"}
        stop = stop_in(lambda: cloudwatch.set_alarm_state(AlarmName=f"{where.stack_name}-failures", **ringing), 5)
        try:
            try:
                bring(where, {"TrafficShift": "Canary10Percent5Minutes", "DefaultUserName": "Never"})
            except Refused:
                pass
            else:
                hold(False, "it was deployed while the alarm rang")
            hold(versions(where) == before, "other versions are live than before")
            bring(where, {"TrafficShift": "AllAtOnce", "DefaultUserName": "Mended"})
        finally:
            stop()
        hold(sign_in(where)[1]["user"]["name"] == "Mended", "the mend is not live")

    @step("Behind CloudFront our pages, and no others, may call the API, and nobody comes past")
    def _():
        url, added, arn = make_edge(where, kept)
        kept["edge"] = url
        bring(where, {"EdgeSecretArn": arn})
        secret = where.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        hold_everywhere(where, "EdgeSecretArn", secret, variable("EDGE_SECRET"))
        credentials = {"username": PERSON, "password": PASSWORD}
        for origin, allowed in (ORIGIN, ORIGIN), ("https://evil.example", None):
            status, headers = ask_beforehand(where, origin, url, **added)
            hold(headers.get("access-control-allow-origin") == allowed, f"preflight of {origin}: {status} {headers}")
            status, _, headers = ask(where, "login", credentials, at=url, Origin=origin, **added)
            hold(status == 200, f"through CloudFront: {status}")
            hold(headers.get("access-control-allow-origin") == allowed, f"answer to {origin}: {headers}")
        request = headers["x-request-id"]
        status, body, headers = ask(where, "login", credentials, Origin=ORIGIN, **{"x-viewer-address": "198.51.100.1"})
        refused = status == 403 and headers.get("x-amzn-errortype") == "PublicAddressRequired"
        hold(refused, f"past CloudFront: {status} {body}")
        hold(headers.get("access-control-allow-origin") == ORIGIN, f"our page cannot read why: {headers}")
        if not options.emulator:
            audited = logged(where, resource(where, "LoginLogGroup"), request)["source_ip"]
            seen = logged(where, f"/aws/vendedlogs/{where.stack_name}", request)["sourceIp"]
            hold(audited != seen, f"the audit line has CloudFront's address, {seen}")

    @step("WAF answers who guesses too often with a 429 that a page can read, and their preflights as before")
    def _():
        if options.emulator:
            return "the emulator has no CloudFront and no WAF"
        for _ in range(600):
            status, body, headers = ask(where, "login", {}, at=kept["edge"], Origin=ORIGIN)
            if status == 429:
                break
            time.sleep(1)
        hold(status == 429, f"after ten minutes of it: {status}")
        hold(set(body) == {"detail"} and headers.get("retry-after"), f"not of the contract's shape: {body} {headers}")
        hold(headers.get("access-control-allow-origin") == "*", f"no page can read it: {headers}")
        status, headers = ask_beforehand(where, ORIGIN, kept["edge"])
        hold(headers.get("access-control-allow-origin") == ORIGIN, f"the preflight is refused, too: {status} {headers}")

    @step("A stack is deleted, its people stay, and another stack attaches them again, sessions and all")
    def _():
        bring(where)
        outputs, cognito = values(describe(where), "Outputs"), where.client("cognito-idp")
        kept["pool"], client = outputs["UserPoolId"], outputs["UserPoolClientId"]
        status, kept["tokens"] = sign_in(where)
        hold(status == 200, status)
        delete(where)
        hold(describe(where) is None, "the stack is still there")
        secret = cognito.describe_user_pool_client(UserPoolId=kept["pool"], ClientId=client)["UserPoolClient"]["ClientSecret"]
        named = where.client("secretsmanager").create_secret(Name="sign-in-first-day-client", SecretString=secret)
        kept["secret"] = named["ARN"]
        again = environment(parameters={"ExistingUserPoolId": kept["pool"]})
        attached = {"ExistingUserPoolClientId": client, "ClientSecretArn": kept["secret"]}
        bring(again, attached)
        hold_everywhere(again, "ExistingUserPoolId", kept["pool"], variable("COGNITO_USER_POOL_ID"))
        hold_everywhere(again, "ExistingUserPoolClientId", client, variable("COGNITO_CLIENT_ID"))
        hold_everywhere(again, "ClientSecretArn", secret, variable("COGNITO_CLIENT_SECRET"))
        status, body, _ = ask(again, "refresh-token", {"refresh_token": kept["tokens"]["refresh_token"]})
        hold(status == 200, f"the session of before: {status} {body}")
        hold(sign_in(again)[0] == 200, "the person cannot sign in")
        # Not Cognito's, so nobody can sign in with it. What is tried is that the version is read which is named.
        another = where.client("secretsmanager").put_secret_value(SecretId=kept["secret"], SecretString="another")
        bring(again, attached | {"ClientSecretVersion": another["VersionId"]})
        hold_everywhere(again, "ClientSecretVersion", "another", variable("COGNITO_CLIENT_SECRET"))
        bring(again, attached | {"ClientSecretVersion": named["VersionId"]})
        hold(sign_in(again)[0] == 200, "the person cannot sign in with the version of before")
        kept["attached"] = again, attached, named["VersionId"], another["VersionId"]

    @step("A gradual deployment with a wrong client secret is rolled back, and no user is signed out meanwhile")
    def _():
        if options.emulator:
            return "the emulator has no CodeDeploy and no alarms that fire"
        again, attached, right, wrong = kept["attached"]
        gradual = attached | {"TrafficShift": "Canary10Percent5Minutes"}
        bring(again, gradual | {"ClientSecretVersion": right})
        before, began = versions(again), datetime.datetime.now(datetime.timezone.utc)
        statuses = set()
        # One request in ten reaches the new version, and the alarm needs five failures in a minute.
        stop = stop_in(lambda: statuses.add(sign_in(again)[0]), 0.2)
        try:
            bring(again, gradual | {"ClientSecretVersion": wrong})
        except Refused:
            pass
        else:
            hold(False, "it was deployed although no user can sign in")
        finally:
            stop()
        report(f"statuses of sign-ins meanwhile: {sorted(statuses)}")
        hold(versions(again) == before, "other versions are live than before")
        hold(statuses <= {200, 500}, f"a wrong client secret must be 500, never 401: {sorted(statuses)}")
        history = where.client("cloudwatch").describe_alarm_history(
            AlarmName=f"{again.stack_name}-failures", HistoryItemType="StateUpdate", StartDate=began
        )["AlarmHistoryItems"]
        hold(any("to ALARM" in one["HistorySummary"] for one in history), f"another alarm did it: {history}")
        hold(sign_in(again)[0] == 200, "the person cannot sign in after the rollback")

    @step("No parameter that reaches a function was forgotten")
    def _():
        reach = reaching(ready(where)[0])
        untried = reach - tried - (NEEDS_AN_ACCOUNT if options.emulator else set())
        hold(not untried, f"not tried, or not seen: {', '.join(sorted(untried))}")
        hold(tried <= reach, f"no function has these any more: {', '.join(sorted(tried - reach))}")

    @step("All of it is deleted again")
    def _():
        if describe(where):
            throw_away(where)
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


def throw_away(where):
    """Deletes a stack, and the user pool that it has made."""
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
        raise Refused("There is a stack sign-in-first-day already: this is no account to throw away.")
    with tempfile.TemporaryDirectory() as scratch:
        try_all(Path(scratch))
    print("\n== What held")
    for outcome, words in outcomes:
        print(f"{outcome:8} {words}")
    sys.exit(any(outcome == "FAILED" for outcome, _ in outcomes))


main(work)
