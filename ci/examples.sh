#!/usr/bin/env bash
# Runs the walkthroughs in examples/ against the local stack.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/local_stack.sh
source ci/local_stack.sh
start_stack examples-stack
examples/password_lifecycle.sh
examples/authenticator_app.sh
