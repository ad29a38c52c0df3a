"""Deploys the template to a running emulator, and prints a description of the stack as JSON.

    deploy_stack.py URL STACK_NAME [--functions FOLDER] [--parameter NAME=VALUE ...]

Runs in the emulator's Python environment, and runs `sam deploy` in SAM's. FOLDER has `<function>/bootstrap` for each
function. The output of `sam deploy` goes to standard error.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from environments import LOCAL, ROOT
from provision import REGION, client, complete

PACKAGES = LOCAL / "packages"
BUCKET = "sign-in-local"

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("url")
options.add_argument("stack_name")
options.add_argument("--functions", type=Path, default=LOCAL / "lambda")
options.add_argument("--parameter", action="append", default=[])


def main():
    arguments = options.parse_args()
    pack(arguments.functions)
    s3 = client("s3", arguments.url)
    # An earlier deployment may have created it.
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    sam_deploy(arguments.url, arguments.stack_name, arguments.parameter)
    print(json.dumps(complete(arguments.url, arguments.stack_name)), flush=True)


def pack(functions):
    """Packs the functions that have changed."""
    PACKAGES.mkdir(exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(pack_function, functions.iterdir()))


def pack_function(function):
    bootstrap, package = function / "bootstrap", PACKAGES / f"{function.name}.zip"
    if package.exists() and package.stat().st_mtime > bootstrap.stat().st_mtime:
        return
    unfinished = package.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(unfinished, "w") as archive:
        # The date is always the same, so that SAM uploads an unchanged package once.
        executable = zipfile.ZipInfo("bootstrap")
        executable.external_attr = 0o755 << 16
        archive.writestr(executable, bootstrap.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=1)
    unfinished.replace(package)


def sam_deploy(url, stack_name, parameters):
    sam = LOCAL / "sam/bin"
    package_template = [sam / "python", ROOT / "local/emulator/package_template.py", ROOT / "template.yaml", PACKAGES]
    subprocess.run(package_template, check=True)
    architecture = "arm64" if platform.machine() == "aarch64" else "x86_64"
    usual = [
        f"Architecture={architecture}",
        "AllowedOrigins=http://localhost:3000",
        "ExistingUserPoolId=none",
        # Each deployment publishes new versions.
        f"Release=local-{time.time_ns()}",
    ]
    home = LOCAL / "sam-home"
    home.mkdir(exist_ok=True)
    # SAM looks for a newer version of itself unless it has done so recently.
    (home / "metadata.json").write_text(json.dumps({"lastVersionCheck": time.time()}))
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        # Nothing of the developer's own AWS configuration applies.
        "AWS_CONFIG_FILE": str(LOCAL / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(LOCAL / "no-aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(home),
        # The emulator is done at once; SAM polls every five seconds by default.
        "SAM_CLI_POLL_DELAY": "0.1",
    }
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        environment.pop(name, None)
    command = [sam / "sam", "deploy", "--config-env", "local", "--config-file", ROOT / "samconfig.toml"]
    command += ["--template-file", PACKAGES / "template.yaml", "--stack-name", stack_name, "--s3-bucket", BUCKET]
    # Of a name that occurs twice, SAM uses the last value.
    command += ["--parameter-overrides", *usual, *parameters]
    subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(str(error))
