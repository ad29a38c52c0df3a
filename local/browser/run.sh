#!/usr/bin/env bash
# Tests the local pages in headless Chromium. With --keep, also updates the screenshots in docs/page.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v npm > /dev/null; then
  echo 'the browser driver needs npm'
  exit 75
fi
if ! command -v chromium > /dev/null; then
  apt-get update
  apt-get install --yes --no-install-recommends chromium fonts-dejavu-core
fi
npm ci --prefix local/browser --no-audit --no-fund --silent

# Build before the tests, which start their own stacks.
cargo build --locked --package local
if [[ ${1:-} == --keep ]]; then
  export PICTURES="$PWD/docs/page"
fi
# One file at a time: each starts its own stack.
node --test --test-concurrency=1 local/browser/*.test.js
