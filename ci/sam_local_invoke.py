#!/usr/bin/env python3
"""Invokes every function with every event under events/ through `sam local invoke`, against the local Cognito.

    ci/sam_local_invoke.py [EVENT ...]        all events unless some are named: login.json me.json

An event's name promises the answer: `login.json` a 200, `login-401-wrong-password.json` a 401.

No registry need be reached: a private Docker daemon gets a small base image, made of this machine's
own libraries. That takes root and a Debian-like machine; elsewhere this says why it does nothing,
and ends with 75 (EX_TEMPFAIL).

It runs after `cargo test -p local`, which builds the functions.
"""

import base64
import contextlib
import hmac
import io
import json
import os
import platform
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / "target/local"
TEMPLATE = LOCAL / "build/template.yaml"
# SAM reads the template for each event, for seconds as YAML.
AS_JSON = TEMPLATE.with_suffix(".json")
SKIPPED = 75

ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
BASE_IMAGE = f"public.ecr.aws/lambda/provided:al2023-{ARCHITECTURE}"
# All that SAM's own layer over the base image, and a shell for it, call.
COMMANDS = ["sh", "mv", "chmod", "cp", "ls", "cat", "mkdir", "rm"]
PROGRAMS = {"docker.io": "dockerd", "iptables": "iptables", "busybox-static": "busybox", "iproute2": "ip"}

# Its own bridge and addresses, from the range for benchmarks (RFC 2544) that no network routes.
BRIDGE = "sign-in-ci"
BRIDGE_ADDRESS = "198.19.87.1"

USERNAME, PASSWORD = "user@igad.int", "SecureP@ssw0rd1"
# They change what the other events rely on, and so come last, one after the other.
LAST = [
    "logout-200-everywhere.json",
    "logout-200-everywhere-and-this-session.json",
    "logout-200-everywhere-without-access-token.json",
    "confirm-sign-up.json",
    "verify-totp.json",
    "change-password.json",
    "reset-password.json",
    "complete-password-change.json",
    "answer-challenge.json",
    "reset-password-200-code-with-space.json",
]
# From then on this user is asked for a code.
USERNAMES = {"verify-totp.json": "admin@igad.int"}
# What the emulator has no operation for.
NOT_HERE = {
    "factors.json": "GetUserAuthFactors",
    "start-login.json": "USER_AUTH",
    "start-passkey.json": "StartWebAuthnRegistration",
    "complete-passkey.json": "CompleteWebAuthnRegistration",
    "passkeys.json": "ListWebAuthnCredentials",
    "delete-passkey.json": "DeleteWebAuthnCredential",
}

TOKENS = {"access_token", "token_type", "user", "expires_in"}
SHAPES = {
    "login": TOKENS | {"refresh_token"},
    "login-200-password-change-required": TOKENS
    | {"requires_password_change", "challenge", "session", "username", "message"},
    "complete-password-change": TOKENS | {"refresh_token", "message"},
    "answer-challenge": TOKENS | {"refresh_token"},
    "refresh-token": TOKENS,
    "logout": {"message"},
    "forgot-password": {"success", "message", "delivery"},
    "reset-password": {"success", "message"},
    "change-password": {"message"},
    "me": {"user_id", "email", "username", "role", "name", "is_admin", "email_verified", "attributes"},
    "set-up-totp": {"secret", "uri"},
    "verify-totp": {"message"},
    "prefer-factor": {"message"},
    "sign-up": {"success", "message", "delivery"},
    "confirm-sign-up": {"success", "message"},
    "resend-code": {"success", "message", "delivery"},
}


def why_not():
    if ARCHITECTURE is None or platform.system() != "Linux":
        return f"not on {platform.system()} {platform.machine()}"
    if os.geteuid() != 0:
        return "only root can start a Docker daemon"
    missing = [package for package, program in PROGRAMS.items() if shutil.which(program) is None]
    if missing and shutil.which("apt-get") is None:
        return f"no apt-get to install {', '.join(missing)} with"
    if not TEMPLATE.exists():
        return "the functions are not built; run cargo test -p local first"
    return None


def install_what_is_missing():
    missing = [package for package, program in PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *missing], check=True)


@contextlib.contextmanager
def docker_daemon(folder):
    """A Docker daemon of our own, and the client's environment for it."""
    host = f"unix://{folder}/docker.sock"
    subprocess.run(["ip", "link", "delete", BRIDGE], stderr=subprocess.DEVNULL, check=False)
    subprocess.run(["ip", "link", "add", BRIDGE, "type", "bridge"], check=True)
    try:
        subprocess.run(["ip", "address", "add", f"{BRIDGE_ADDRESS}/24", "dev", BRIDGE], check=True)
        subprocess.run(["ip", "link", "set", BRIDGE, "up"], check=True)
        with open(LOCAL / "dockerd.log", "w") as log:
            daemon = subprocess.Popen(
                ["dockerd", f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"]
                + [f"--host={host}", f"--bridge={BRIDGE}", "--storage-driver=overlay2"]
                + ["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"],
                stdout=log,
                stderr=log,
            )
        try:
            environment = {**os.environ, "DOCKER_HOST": host}
            wait_until(lambda: succeeds(["docker", "info"], environment), daemon, "dockerd.log")
            yield environment
        finally:
            daemon.terminate()
            daemon.wait()
    finally:
        subprocess.run(["ip", "link", "delete", BRIDGE], check=True)


def succeeds(command, environment):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.run(command, env=environment, check=False, **quiet).returncode == 0


def wait_until(condition, process, log):
    for _ in range(300):
        if condition():
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"It did not come up; see {LOCAL / log}.")


def import_base_image(environment, endpoint_url):
    """A base image that can run a function, which needs no libraries, and the shell that starts it."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for command in COMMANDS:
            tar.add(os.path.realpath(shutil.which("busybox")), f"bin/{command}")
        script = b'#!/bin/sh\nexec /var/task/bootstrap "$@"\n'
        entry_point = tarfile.TarInfo("lambda-entrypoint.sh")
        entry_point.size, entry_point.mode = len(script), 0o755
        tar.addfile(entry_point, io.BytesIO(script))
    subprocess.run(
        # SAM hands over only the variables that the template names.
        ["docker", "import", "--change", f"ENV AWS_ENDPOINT_URL={endpoint_url}", "-", BASE_IMAGE],
        env=environment,
        input=archive.getvalue(),
        stdout=subprocess.DEVNULL,
        check=True,
    )


@contextlib.contextmanager
def local_stack(folder):
    """The local stack, and what it says of itself."""
    stack_file = Path(folder) / "stack.json"
    with open(LOCAL / "sam-local-invoke-stack.log", "w") as log:
        local = subprocess.Popen(
            ["cargo", "run", "--quiet", "--locked", "-p", "local", "--"]
            + ["--until-stdin-closes", "--no-watch", "--stack-file", stack_file],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
    try:
        for _ in range(12_000):
            if stack_file.exists() or local.poll() is not None:
                break
            time.sleep(0.1)
        if not stack_file.exists():
            sys.exit(f"The local stack did not come up; see {LOCAL / 'sam-local-invoke-stack.log'}.")
        yield json.loads(stack_file.read_text())
    finally:
        local.stdin.close()
        local.wait()


def relay(target_port):
    """Lets containers reach the emulator, which listens on 127.0.0.1 alone, and gives the port for them."""

    def pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def serve():
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", target_port))
            for pair in (client, server), (server, client):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    listener = socket.create_server((BRIDGE_ADDRESS, 0))
    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def post(stack, route, body, **headers):
    request = urllib.request.Request(
        f"{stack['api_url']}/api/auth/{route}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", **headers},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def client_secret(stack):
    """The app client's secret, which the template gives to a deployed function."""
    script = (
        "import sys; from emulated import client; print(client('cognito-idp', sys.argv[1]).describe_user_pool_client("
        "UserPoolId=sys.argv[2], ClientId=sys.argv[3])['UserPoolClient'].get('ClientSecret', ''), end='')"
    )
    command = [LOCAL / "emulator/bin/python", "-c", script]
    arguments = [stack["aws_endpoint_url"], stack["user_pool_id"], stack["client_id"]]
    return subprocess.run(command + arguments, cwd=ROOT / "local/python", check=True, capture_output=True, text=True).stdout


def filled_in(name, stack):
    """The event's text, with the tokens of a fresh sign-in, and an app's first code, in the place of its placeholders."""
    event = (ROOT / "events" / name).read_text()
    if "{{" not in event:
        return event
    values = post(stack, "login", {"username": USERNAMES.get(name, USERNAME), "password": PASSWORD})
    if "{{totp_code}}" in event:
        set_up = post(stack, "set-up-totp", {}, Authorization=f"Bearer {values['access_token']}")
        values["totp_code"] = totp_code(set_up["secret"])
    for placeholder in "access_token", "refresh_token", "totp_code":
        event = event.replace("{{" + placeholder + "}}", values.get(placeholder, ""))
    return event


def totp_code(secret):
    """What an authenticator app shows: RFC 6238."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def invoke(function, event, environment, variables, emulator_url):
    """What `sam local invoke` prints: the function's answer."""
    result = subprocess.run(
        [LOCAL / "sam/bin/sam", "local", "invoke", function, "--config-env", "local"]
        + ["--config-file", ROOT / "samconfig.toml", "--template", AS_JSON, "--event", "-"]
        + ["--parameter-overrides", f"Architecture={ARCHITECTURE}", "--env-vars", variables]
        + ["--skip-pull-image"],
        env={
            **environment,
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(LOCAL / "sam-home"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            # SAM asks whose account this is, and would wait for an answer from AWS.
            "AWS_ENDPOINT_URL": emulator_url,
        },
        input=event,
        capture_output=True,
        text=True,
        check=False,
    )
    # It ends with 0 and prints nothing where the function timed out.
    lines = [line for line in result.stdout.splitlines() if line.startswith('{"statusCode"')]
    return json.loads(lines[-1]) if lines else {"problem": result.stderr[-2000:] + result.stdout[-2000:]}


def promised(name):
    """The function, and the status, that an event's file name promises."""
    function, status = re.fullmatch(r"([a-z-]+?)(?:-(\d{3})-.+)?\.json", name).groups()
    return function, int(status or 200)


def what_is_wrong(answer, name):
    """What differs between an answer and what the event's name promises, or nothing."""
    function, status = promised(name)
    if answer.get("statusCode") != status:
        return f"expected {status}, got {answer}"
    if status == 204:
        return f"expected no body, got {answer['body']}" if answer["body"] else None
    body = json.loads(answer["body"])
    if status != 200:
        is_an_error = list(body) == ["detail"] and isinstance(body["detail"], str)
        return None if is_an_error else f"not the shape of an error: {body}"
    shape = SHAPES.get(name.removesuffix(".json"), SHAPES[function])
    return None if set(body) == shape else f"expected {sorted(shape)}, got {sorted(body)}"


def events():
    """The events that are asked for: those that may be sent at the same time, and those that come last."""
    named = sys.argv[1:] or sorted(os.listdir(ROOT / "events"))
    return [name for name in named if name not in LAST], [name for name in LAST if name in named]


def main():
    reason = why_not()
    if reason:
        print(reason)
        return SKIPPED
    install_what_is_missing()
    # Leave nothing behind when told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))

    # Short, since the path of a socket may not be long.
    with tempfile.TemporaryDirectory(prefix="sam-") as folder, docker_daemon(folder) as environment:
        with local_stack(folder) as stack:
            port = relay(int(stack["aws_endpoint_url"].rsplit(":", 1)[1]))
            import_base_image(environment, f"http://{BRIDGE_ADDRESS}:{port}")
            variables = Path(folder) / "variables.json"
            named = {
                "COGNITO_USER_POOL_ID": stack["user_pool_id"],
                "COGNITO_CLIENT_ID": stack["client_id"],
                "COGNITO_CLIENT_SECRET": client_secret(stack),
                "AUDIT_KEY": "a-key-for-tests",
                "SELF_SIGN_UP": "true",
            }
            variables.write_text(json.dumps({"Parameters": named}))
            as_json = [LOCAL / "sam/bin/python", ROOT / "local/python/as_json.py", TEMPLATE, AS_JSON]
            subprocess.run(as_json, check=True)

            def holds(name):
                if name in NOT_HERE:
                    print(f"skip   {name}: the emulator has no {NOT_HERE[name]}", flush=True)
                    return None
                if name == "reset-password-200-code-with-space.json":
                    post(stack, "forgot-password", {"username": USERNAME})
                function = "".join(word.capitalize() for word in promised(name)[0].split("-")) + "Function"
                event = filled_in(name, stack)
                start = time.monotonic()
                answer = invoke(function, event, environment, variables, stack["aws_endpoint_url"])
                wrong = what_is_wrong(answer, name)
                told = f"\n       {wrong}" if wrong else ""
                print(f"{'FAILED' if wrong else 'ok':6} {name} ({time.monotonic() - start:.1f} s){told}", flush=True)
                return not wrong

            at_any_time, last = events()
            # The first has SAM make the image that all others use.
            held = [holds(name) for name in at_any_time[:1]]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                held += pool.map(holds, at_any_time[1:])
            held += [holds(name) for name in last]
    invoked = [one for one in held if one is not None]
    print(f"{sum(invoked)} of {len(invoked)} events got the answer that their names promise.")
    return 0 if all(invoked) else 1


if __name__ == "__main__":
    sys.exit(main())
