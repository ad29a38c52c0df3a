#!/usr/bin/env bash
# The local pages in headless Chromium: `local/browser/run.sh`. With --keep it makes the pictures in docs/page anew.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v npm > /dev/null; then
  echo 'no npm to install the driver of the browser with'
  exit 75
fi
if ! command -v chromium > /dev/null; then
  apt-get update
  apt-get install --yes --no-install-recommends chromium fonts-dejavu-core
fi
npm ci --prefix local/browser --no-audit --no-fund --silent

# The tests start their stacks.
cargo build --locked --package local
if [[ ${1:-} == --keep ]]; then
  export PICTURES="$PWD/docs/page"
fi
# One file at a time: each has a stack of its own.
node --test --test-concurrency=1 local/browser/*.test.js
