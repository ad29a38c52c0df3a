#!/usr/bin/env python3
"""Runs the services in examples/services as processes, and checks them with tokens of the local stack (STACK)."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ROOT / "examples/services"
sys.path.insert(0, str(SERVICES))

from check_service import check  # noqa: E402

# Folder and command of each service, which listens on the port PORT of 127.0.0.1.
COMMANDS = [
    ("axum", ["cargo", "run", "--quiet", "--locked"]),
    ("fastapi", [ROOT / "target/local/fastapi/bin/python", "server.py"]),
    ("express", ["node", "server.js"]),
]

# Seconds until a service must have started.
START_LIMIT = 60


@contextmanager
def running(folder, command, stack):
    """Runs a service. The value is its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "ISSUER": stack["issuer"],
        "USER_POOL_ID": stack["user_pool_id"],
        "CLIENT_ID": stack["client_id"],
        "JWKS_URI": stack["jwks_uri"],
        "PORT": str(port),
    }
    with subprocess.Popen(command, cwd=SERVICES / folder, env={**os.environ, **settings}) as process:
        try:
            wait_until_listening(folder, process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_until_listening(folder, process, port):
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    sys.exit(f"{folder} did not start")


def main():
    stack = json.loads(Path(os.environ["STACK"]).read_text())
    for folder, command in COMMANDS:
        with running(folder, command, stack) as url:
            check(stack, url)
        print(f"{folder}: checked with tokens of the local stack")


if __name__ == "__main__":
    main()
