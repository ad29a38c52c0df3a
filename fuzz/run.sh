#!/usr/bin/env bash
# Runs the fuzz targets one after the other, each for the given number of seconds: fuzz/run.sh [seconds [target...]]
#
# New inputs are stored in fuzz/target/corpus, failing inputs in fuzz/artifacts. The summary prints executions and coverage
# of each target.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-600}
shift || true
targets=("$@")
((${#targets[@]})) || targets=(event body bearer_token reply username)

# Instrumentation and the profile hint `mostly-unused` are unstable. RUSTC_BOOTSTRAP enables them for the stable compiler.
export RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_PROFILE_HINT_MOSTLY_UNUSED=true
command -v cargo-fuzz > /dev/null || env -u RUSTC_BOOTSTRAP -u CARGO_UNSTABLE_PROFILE_HINT_MOSTLY_UNUSED cargo install cargo-fuzz --locked --version 0.13.2
# `cargo fuzz` has no option --locked.
cargo fetch --locked --manifest-path fuzz/Cargo.toml
cargo fuzz build

summary=()
for target in "${targets[@]}"; do
  found=fuzz/target/corpus/$target log=fuzz/target/$target.log
  mkdir -p "$found"
  echo "fuzzing $target for $seconds s"
  # One input may take seconds on a busy machine; the default of 20 minutes would hide an endless loop.
  if ! cargo fuzz run "$target" "$found" "fuzz/corpus/$target" -- -max_total_time="$seconds" -timeout=30 \
    -max_len=8192 -dict="fuzz/dictionaries/$target.txt" -print_final_stats=1 > "$log" 2>&1; then
    tail -n 100 "$log"
    echo "$target failed; the input is in fuzz/artifacts/$target"
    exit 1
  fi
  covered=$(grep -o 'cov: [0-9]* ft: [0-9]*' "$log" | tail -n 1)
  summary+=("$target: $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) .*/\1 executions in \2 s/p' "$log"), $covered")
done
printf '%s\n' "${summary[@]}"
