#!/usr/bin/env bash
# Installs the pinned versions of the SAM CLI, cargo-lambda and zig, and puts them on the PATH of later steps. With `build`
# also installs the compiler of rust-toolchain.toml with the target of the production build.
set -euo pipefail
if [[ ${1:-} == build ]]; then
  rustup toolchain install
  rustup target add aarch64-unknown-linux-musl
fi
python3 -m venv "$RUNNER_TEMP/sam"
"$RUNNER_TEMP/sam/bin/pip" install --quiet --requirement deploy/requirements.txt
echo "$RUNNER_TEMP/sam/bin" >> "$GITHUB_PATH"
