#!/usr/bin/env python3
"""Checks executables for Lambda: existence, architecture and static linking.

    deploy/artifacts.py arm64|x86_64 FILE ...
"""

import os
import struct
import sys
from pathlib import Path

# By architecture: e_machine of elf(5), and the command that builds for it.
BUILDS = {
    "arm64": (183, "cargo lambda build --release"),
    "x86_64": (62, "cargo lambda build --release --target x86_64-unknown-linux-musl"),
}
PT_INTERP = 3

# Everything that the executables are compiled from, except the crates of the registry.
SOURCES = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "cognito-token-verifier", "functions", "shared"]


class Unusable(Exception):
    """Reason why an executable must not be deployed, and the command that builds another."""

    def __init__(self, executable, problem, architecture):
        super().__init__(f"{os.path.relpath(executable)} {problem}. Run: {BUILDS[architecture][1]}")


def executables(template):
    """Executables of all functions in a template whose paths are absolute."""
    functions = [one for one in template["Resources"].values() if one["Type"] == "AWS::Serverless::Function"]
    return [Path(function["Properties"]["CodeUri"]) / "bootstrap" for function in functions]


def check(executable, architecture):
    """Checks one executable: a static ELF file for the architecture."""
    if not executable.is_file():
        raise Unusable(executable, "does not exist", architecture)
    elf = executable.read_bytes()
    # ELFCLASS64 (2) and ELFDATA2LSB (1) on both architectures.
    if elf[:6] != b"\x7fELF\x02\x01" or len(elf) < 64:
        raise Unusable(executable, "is not an executable for Linux", architecture)
    machine = struct.unpack_from("<H", elf, 18)[0]
    if machine != BUILDS[architecture][0]:
        built = next((name for name, (number, _) in BUILDS.items() if number == machine), f"machine {machine}")
        raise Unusable(executable, f"is built for {built}, but Architecture is {architecture}", architecture)
    headers = struct.unpack_from("<Q", elf, 32)[0]
    size, count = struct.unpack_from("<HH", elf, 54)
    if PT_INTERP in [struct.unpack_from("<I", elf, headers + index * size)[0] for index in range(count)]:
        raise Unusable(executable, "is not linked statically", architecture)


def check_age(executable, root, architecture):
    """Checks that no source below `root` was edited after an executable was built."""
    files = [file for name in SOURCES for file in [root / name, *(root / name).rglob("*")] if file.is_file()]
    edited = max(files, key=lambda file: file.stat().st_mtime)
    if executable.stat().st_mtime < edited.stat().st_mtime:
        raise Unusable(executable, f"is older than {os.path.relpath(edited)}", architecture)


if __name__ == "__main__":
    try:
        for name in sys.argv[2:]:
            check(Path(name), sys.argv[1])
    except Unusable as reason:
        sys.exit(str(reason))
