"""What the steps of the acceptance test share: options, the stack, requests to the API."""

import argparse
import base64
import hmac
import json
import os
import struct
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

options = argparse.ArgumentParser(usage="see the description at the top of deploy/acceptance_test.py")
options.add_argument("--region", default="eu-west-1")
options.add_argument("--build", type=Path, default=Path(__file__).resolve().parent.parent.parent)
options.add_argument("--emulator", metavar="URL")
options.add_argument("--list", action="store_true")
options.add_argument("--only", action="append", default=[], metavar="NAME")
options.add_argument("--keep", action="store_true")
options.add_argument("--ses-identity", metavar="ARN")
options.add_argument("--domain", metavar="NAME")
options.add_argument("--certificate", metavar="ARN")
options.add_argument("--pool-domain", metavar="NAME")
options.add_argument("--pool-certificate", metavar="ARN")
options.add_argument("--saml-metadata", metavar="URL")
options = options.parse_args()
if options.emulator:
    # Keeps the test away from the developer's own AWS accounts.
    for variable in "AWS_PROFILE", "AWS_SESSION_TOKEN", "GITHUB_ACTIONS":
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
    ROOT, Environment, Refused, change_parameters, check_artifacts, delete, deploy, describe, go_back, main, new_release,
    prepare, resource, resources, values,
)

__all__ = ["ROOT", "Environment", "Refused", "change_parameters", "delete", "describe", "go_back", "main", "resource", "resources", "values"]

NAME = "sign-in-trial"
USERNAME, PASSWORD = "trial@example.org", "SecureP@ssw0rd1"
ORIGIN = "https://trial.example.org"
GIVEN = {"AllowedOrigins": ORIGIN, "ExistingUserPoolId": "none"}


@dataclass
class Step:
    """A step of the test. `work` returns why it was skipped, or nothing."""

    name: str
    text: str
    work: Callable[[Path], str | None]


STEPS: list[Step] = []

outcomes = []

# Resources outside the stack, by their use, for the deletion at the end.
kept = {}


def step(name, text, needs_aws=None):
    """Decorator that registers a function as a step. `needs_aws` says what the emulator lacks."""

    def register(work):
        reason = f"the emulator {needs_aws}" if needs_aws and options.emulator else None
        STEPS.append(Step(name, text, (lambda scratch: reason) if reason else work))
        return work

    return register


def run(step, scratch):
    """Runs a step, and records its outcome. A failure does not stop the test."""
    print(f"\n== {step.name}: {step.text}", flush=True)
    folder = scratch / step.name
    folder.mkdir()
    try:
        skipped = step.work(folder)
    except Exception as error:  # noqa: BLE001 (the next step may pass after any error)
        print(f"   {type(error).__name__}: {error}", flush=True)
        outcomes.append(("FAILED", f"{step.name}: {error}"))
    else:
        outcomes.append(("skipped", f"{step.name}: {skipped}") if skipped else ("held", f"{step.name}: {step.text}"))


def require(condition, otherwise):
    if not condition:
        raise AssertionError(otherwise)


def require_refused(work, otherwise):
    """Checks that an operation is rejected, and returns the message."""
    try:
        work()
    except Refused as reason:
        return str(reason)
    raise AssertionError(otherwise)


def report(observed):
    """Prints an observation of AWS's behavior, for the documentation."""
    print(f"   observed: {observed}", flush=True)


def environment(suffix="", parameters=()):
    return Environment("trial", f"{NAME}{suffix}", options.region, GIVEN | dict(parameters), ["application=sign-in-trial"])


def check_account():
    where = environment()
    if not options.emulator:
        check_artifacts(options.build.resolve(), *ready(where))
    if not options.only and describe(where) is not None:
        raise Refused(f"The stack {NAME} already exists. Use a disposable account, or delete the stack first.")


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




def deployed(parameters=(), again=False):
    """Environment of a stack with these parameters, and defaults otherwise. Creates the stack and its user if there is none."""
    where, parameters = environment(), dict(parameters)
    stack = describe(where)
    if stack and not again:
        _, wanted = ready(where, parameters)
        running = values(stack, "Parameters")
        ignored = {"Release", "DeletionProtection", "PermissionsBoundaryArn", "ClientSecretVersion"} - parameters.keys()
        if stack["StackStatus"].endswith("_COMPLETE") and all(running.get(k) == v for k, v in wanted.items() if k not in ignored):
            return where
    deploy_build(where, parameters)
    if not stack:
        create_user(where)
    return where


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
        with urllib.request.urlopen(request) as response:
            return response.status, json.loads(response.read() or b"{}"), response.headers
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


def variable(name):
    """Getter for a variable in a function's configuration."""
    return lambda configuration: configuration["Environment"]["Variables"][name]


def optional_variable(name):
    """Getter for a variable that only some functions have."""
    return lambda configuration: configuration["Environment"]["Variables"].get(name)


def require_everywhere(where, parameter, value, see):
    """Checks that a parameter's value has reached each live function for which `see` does not return None.

    Does not print values, which may be secrets.
    """
    seen = {name: see(configuration) for name, configuration in live(where).items()}
    require(any(one is not None for one in seen.values()), f"no function has {parameter}")
    wrong = [name for name, one in seen.items() if one not in (None, value)]
    require(not wrong, f"{parameter} has not reached {', '.join(wrong)}")
    tested.add(parameter)


# Parameters that a step has changed and verified in the functions' configuration.
tested = set()


def logged(where, group, request):
    """Log line of a request. Waits until it is available."""
    for _ in range(60):
        events = where.client("logs").filter_log_events(logGroupName=group, filterPattern=f'"{request}"')["events"]
        if events:
            return json.loads(events[0]["message"])
        time.sleep(10)
    raise AssertionError(f"{group} has no line for request {request} after ten minutes")


def run_periodically(work, seconds):
    """Runs `work` periodically in a thread. Call the returned function to stop it, and to raise its exception."""
    stop, errors = threading.Event(), []

    def go_on():
        try:
            while not stop.wait(seconds):
                work()
        except Exception as error:  # noqa: BLE001 (raised in the main thread)
            errors.append(error)

    def end():
        stop.set()
        thread.join()
        if errors:
            raise errors[0]

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    return end


def pools(where):
    pages = where.client("cognito-idp").get_paginator("list_user_pools").paginate(MaxResults=60)
    return {pool["Id"] for page in pages for pool in page["UserPools"]}
