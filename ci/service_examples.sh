#!/usr/bin/env bash
# Tests the services in examples/services with the test vectors, and with tokens of the local stack.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/local_stack.sh
source ci/local_stack.sh

if ! command -v npm > /dev/null; then
  echo 'the Express example needs npm'
  exit 75
fi
fastapi=examples/services/fastapi
environment=$PWD/target/local/fastapi
if ! cmp --silent $fastapi/requirements.txt "$environment/installed.txt"; then
  python3 -m venv --clear "$environment"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement $fastapi/requirements.txt
  cp $fastapi/requirements.txt "$environment/installed.txt"
fi
npm ci --prefix examples/services/express --silent --no-audit --no-fund
python3 local/emulator/environments.py emulator

target/local/emulator/bin/python test-vectors/generate.py --check
(cd $fastapi && "$environment/bin/python" -m pytest --quiet -p no:cacheprovider)
npm test --prefix examples/services/express --silent -- --test-reporter dot

# The vectors and the axum example are part of `cargo test --workspace`.
cargo build --quiet --locked --package example-axum
start_stack service-examples
ci/service_examples.py
# With tokens of the stack too.
target/local/emulator/bin/python examples/services/api-gateway/test_template.py
