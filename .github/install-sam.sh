#!/usr/bin/env bash
# Puts the SAM CLI and cargo-lambda, in the versions that the project pins, on the PATH of the steps that follow, and
# their Python first. With `build` also the compiler that rust-toolchain.toml names, for what production runs.
set -euo pipefail
if [[ ${1:-} == build ]]; then
  rustup toolchain install
  rustup target add aarch64-unknown-linux-musl
fi
python3 -m venv "$RUNNER_TEMP/sam"
"$RUNNER_TEMP/sam/bin/pip" install --quiet --requirement local/python/sam-requirements.txt
echo "$RUNNER_TEMP/sam/bin" >> "$GITHUB_PATH"
