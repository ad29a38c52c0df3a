#!/usr/bin/env bash
# Runs the walkthroughs in examples/ against the local stack.
set -euo pipefail
cd "$(dirname "$0")/.."
export STACK=$PWD/target/local/examples-stack.json
log=target/local/examples-stack.log
rm -f "$STACK"
cargo build --quiet --locked --package local
# It ends when its standard input closes, which is the end of this script.
coproc { exec target/debug/local --until-stdin-closes --no-watch --stack-file "$STACK" > "$log" 2>&1; }
until [[ -f $STACK ]]; do
  kill -0 "$COPROC_PID" || { cat "$log"; exit 1; }
  sleep 0.1
done
examples/password_lifecycle.sh
examples/authenticator_app.sh
