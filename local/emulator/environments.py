#!/usr/bin/env python3
"""Creates the Python environments of SAM and of the emulator in target/local, if their requirements have changed.

    environments.py [sam] [emulator]

They are separate because their versions of botocore differ.
"""

import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOCAL = ROOT / "target/local"
REQUIREMENTS = {"sam": ROOT / "deploy/requirements.txt", "emulator": ROOT / "local/emulator/requirements.txt"}


def environment(name):
    """The folder of an environment, which is created first if necessary."""
    requirements = REQUIREMENTS[name].read_text()
    folder = LOCAL / name
    installed = folder / "installed.txt"
    if not installed.exists() or installed.read_text() != requirements:
        print(f"Installing {name} in {folder}", file=sys.stderr, flush=True)
        venv.create(folder, clear=True, with_pip=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", REQUIREMENTS[name]], check=True)
        installed.write_text(requirements)
    return folder


def environments(names):
    LOCAL.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        return list(pool.map(environment, names))


if __name__ == "__main__":
    environments(sys.argv[1:] or REQUIREMENTS)
