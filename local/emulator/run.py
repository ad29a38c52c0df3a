#!/usr/bin/env python3
"""Runs ministack, an emulator of AWS, and deploys the template to it. Prints a description of the stack as JSON.

    run.py --functions FOLDER [--port PORT] [--parameter NAME=VALUE ...]

FOLDER has `<function>/bootstrap` for each function. Ends when its standard input closes.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from environments import LOCAL, ROOT, environments

# Seconds until the emulator must have started.
START_LIMIT = 60

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("--functions", required=True)
options.add_argument("--port", type=int, default=0)
options.add_argument("--parameter", action="append", default=[])


def main():
    arguments = options.parse_args()
    _, emulator = environments(["sam", "emulator"])
    port = free_port(arguments.port)
    url = f"http://127.0.0.1:{port}"
    ministack = start(emulator, port, url)
    try:
        wait_until_healthy(ministack, url)
        deploy = [emulator / "bin/python", ROOT / "local/emulator/deploy_stack.py", url, "sign-in-local"]
        parameters = [word for parameter in arguments.parameter for word in ("--parameter", parameter)]
        subprocess.run([*deploy, "--functions", arguments.functions, *parameters], check=True)
        # The caller holds the other end of the pipe.
        sys.stdin.read()
    finally:
        ministack.kill()


def free_port(port=0):
    """The port, if it is free, or any free port for 0."""
    with socket.create_server(("127.0.0.1", port)) as free:
        return free.getsockname()[1]


def start(emulator, port, url):
    folder = LOCAL / f"emulator-{port}"
    folder.mkdir(exist_ok=True)
    settings = {
        # Without it, forged tokens are accepted.
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(folder / "state"),
        "TMPDIR": str(folder),
    }
    with open(LOCAL / "emulator.log", "w") as log:
        return subprocess.Popen(
            [emulator / "bin/ministack"], cwd=folder, env={**os.environ, **settings},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )


def wait_until_healthy(ministack, url):
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end and ministack.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/_ministack/health").close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    sys.exit("ministack did not start; see target/local/emulator.log")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(str(error))
