#!/usr/bin/env python3
"""Invokes the release builds of login and me through `sam local invoke`, with the model of Cognito in `fake-cognito/`.

The name of an event says which status is expected: `login.json` 200, `login-401-wrong-password.json` 401.

Needs `sam` and `cargo lambda` on the PATH, and no registry: a private Docker daemon gets a small base image of this
machine's busybox. That needs root and a Debian-like machine. Elsewhere the script says why it does nothing, and exits
with 75 (EX_TEMPFAIL).
"""

import contextlib
import io
import json
import os
import platform
import re
import shutil
import signal
import socket
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
# Base of CodeUri for these invocations: builds for this machine stay out of target/lambda, where production's are.
BASE = LOCAL / "invoke"
SKIPPED = 75

ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
BASE_IMAGE = f"public.ecr.aws/lambda/provided:al2023-{ARCHITECTURE}"
# Commands that SAM's layer over the base image, and its shell, call.
COMMANDS = ["sh", "mv", "chmod", "cp", "ls", "cat", "mkdir", "rm"]
PROGRAMS = {"docker.io": "dockerd", "iptables": "iptables", "busybox-static": "busybox", "iproute2": "ip"}

# A bridge of its own, with addresses from the range for benchmarks (RFC 2544) that no network routes.
BRIDGE = "sign-in-ci"
BRIDGE_ADDRESS = "198.19.87.1"

# One event for each kind of response. The first builds SAM's image, which the others share.
EVENTS = [
    "login.json",
    "login-200-password-change-required.json",
    "login-204-warm-up.json",
    "login-401-wrong-password.json",
    "login-403-unconfirmed-user.json",
    "login-413-body-too-large.json",
    "login-415-not-declared-as-json.json",
    "login-422-password-missing.json",
    "me.json",
    "me-401-invalid-token.json",
]


def why_not():
    if ARCHITECTURE is None or platform.system() != "Linux":
        return f"not on {platform.system()} {platform.machine()}"
    if os.geteuid() != 0:
        return "only root can start a Docker daemon"
    missing = [package for package, program in PROGRAMS.items() if shutil.which(program) is None]
    if missing and shutil.which("apt-get") is None:
        return f"no apt-get to install {', '.join(missing)} with"
    return None


def install_missing():
    missing = [package for package, program in PROGRAMS.items() if shutil.which(program) is None]
    if missing:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *missing], check=True)


@contextlib.contextmanager
def docker_daemon(folder):
    """Private Docker daemon, as the environment of its clients."""
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
    while not condition():
        if process.poll() is not None:
            sys.exit(f"{process.args[0]} ended; see {LOCAL / log}.")
        time.sleep(0.1)


def import_base_image(environment, endpoint_url):
    """A base image for static executables: a shell to start them, and the address of Cognito."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for command in COMMANDS:
            tar.add(os.path.realpath(shutil.which("busybox")), f"bin/{command}")
        script = b'#!/bin/sh\nexec /var/task/bootstrap "$@"\n'
        entry_point = tarfile.TarInfo("lambda-entrypoint.sh")
        entry_point.size, entry_point.mode = len(script), 0o755
        tar.addfile(entry_point, io.BytesIO(script))
    subprocess.run(
        # SAM passes only the variables that the template names.
        ["docker", "import", "--change", f"ENV AWS_ENDPOINT_URL={endpoint_url}", "-", BASE_IMAGE],
        env=environment,
        input=archive.getvalue(),
        stdout=subprocess.DEVNULL,
        check=True,
    )


@contextlib.contextmanager
def local_stack(folder):
    """The local stack with the model of Cognito, as its own description."""
    stack_file = Path(folder) / "stack.json"
    with open(LOCAL / "sam-local-invoke-stack.log", "w") as log:
        local = subprocess.Popen(
            ["cargo", "run", "--quiet", "--locked", "-p", "local", "--"]
            + ["--until-stdin-closes", "--stack-file", stack_file],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(stack_file.exists, local, "sam-local-invoke-stack.log")
        yield json.loads(stack_file.read_text())
    finally:
        local.stdin.close()
        local.wait()


def relay(target_port):
    """Lets containers reach a server that listens on 127.0.0.1 only, and returns the port for them."""

    def pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def serve():
        while True:
            client, _ = listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", target_port))
            except ConnectionRefusedError:
                client.close()
                continue
            for pair in (client, server), (server, client):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    listener = socket.create_server((BRIDGE_ADDRESS, 0))
    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def invoke(name, environment, access_token=""):
    """Response of the function that an event's name names, or what SAM printed instead."""
    function = "".join(word.capitalize() for word in expected(name)[0].split("-")) + "Function"
    event = (ROOT / "events" / name).read_text().replace("{{access_token}}", access_token)
    command = ["sam", "local", "invoke", function, "--event", "-", "--docker-volume-basedir", BASE, "--skip-pull-image"]
    command += ["--parameter-overrides", f"Architecture={ARCHITECTURE}", "--env-vars", BASE / "variables.json"]
    command += ["--template", ROOT / "template.yaml"]
    result = subprocess.run(command, cwd=ROOT, env=environment, input=event, capture_output=True, text=True, check=False)
    # SAM exits with 0 and prints nothing if the function timed out.
    lines = [line for line in result.stdout.splitlines() if line.startswith('{"statusCode"')]
    return json.loads(lines[-1]) if lines else {"output": result.stderr[-2000:] + result.stdout[-2000:]}


def expected(name):
    """Function and status in the file name of an event."""
    function, status = re.fullmatch(r"([a-z-]+?)(?:-(\d{3})-.+)?\.json", name).groups()
    return function, int(status or 200)


def report(name, response, status):
    """Prints whether a response has the expected status, and the shape of an error if it is one."""
    matches = response.get("statusCode") == status
    if matches and status >= 400:
        matches = list(json.loads(response["body"])) == ["detail"]
    print(f"{'ok' if matches else 'FAILED':6} {status} {name}" + ("" if matches else f"\n       {response}"), flush=True)
    return matches


def main():
    reason = why_not()
    if reason:
        print(reason)
        return SKIPPED
    install_missing()
    # Clean up on SIGTERM too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    LOCAL.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["cargo", "lambda", "build", "--release", "--locked", "-p", "login", "-p", "me"]
        + ["--target", f"{platform.machine()}-unknown-linux-musl", "--lambda-dir", BASE / "target/lambda"],
        cwd=ROOT,
        check=True,
    )
    # Short, because the path of a socket is limited.
    with tempfile.TemporaryDirectory(prefix="sam-") as folder, docker_daemon(folder) as environment:
        environment |= {"SAM_CLI_TELEMETRY": "0", "AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-west-1"}
        environment |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        with local_stack(folder) as stack:
            port = relay(int(stack["aws_endpoint_url"].rsplit(":", 1)[1]))
            import_base_image(environment, f"http://{BRIDGE_ADDRESS}:{port}")
            # SAM asks STS for the account, and would wait for AWS.
            environment["AWS_ENDPOINT_URL"] = stack["aws_endpoint_url"]
            variables = {
                "COGNITO_USER_POOL_ID": stack["user_pool_id"],
                "COGNITO_CLIENT_ID": stack["client_id"],
                "COGNITO_CLIENT_SECRET": "",
            }
            (BASE / "variables.json").write_text(json.dumps({"Parameters": variables}))
            # The stack has no unconfirmed user.
            user = json.dumps({"username": "unconfirmed@igad.int", "password": "SecureP@ssw0rd1"}).encode()
            headers = {"Content-Type": "application/json"}
            urllib.request.urlopen(urllib.request.Request(f"{stack['api_url']}/api/auth/sign-up", user, headers)).close()

            first = invoke(EVENTS[0], environment)
            access_token = json.loads(first.get("body", "{}")).get("access_token", "")
            results = [report(EVENTS[0], first, 200)]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                others = EVENTS[1:]
                responses = pool.map(lambda name: invoke(name, environment, access_token), others)
                results += [report(name, response, expected(name)[1]) for name, response in zip(others, responses, strict=True)]
        # The model of Cognito has ended.
        results.append(report(EVENTS[0], invoke(EVENTS[0], environment), 503))
    print(f"{sum(results)} of {len(results)} responses are as expected.")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
