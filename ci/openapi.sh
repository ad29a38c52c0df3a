#!/usr/bin/env bash
# Checks the OpenAPI document with third-party tools (openapi/README.md):
#   ci/openapi.sh document      the document itself, and the Python and TypeScript clients that are generated from it
#   ci/openapi.sh rust-client   a generated Rust client
#   ci/openapi.sh go-client     a generated Go client
#   ci/openapi.sh running       against the local stack
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/local_stack.sh
source ci/local_stack.sh
export REDOCLY_TELEMETRY=off
tools=$PWD/target/local/openapi openapi=$PWD/openapi
mkdir -p "$tools"

install_python_tools() {
  if ! cmp --silent ci/openapi-requirements.txt "$tools/installed.txt"; then
    python3 -m venv --clear "$tools/python"
    "$tools/python/bin/python" -m pip install --quiet --disable-pip-version-check \
      --requirement ci/openapi-requirements.txt
    cp ci/openapi-requirements.txt "$tools/installed.txt"
  fi
}

# redocly 2.77.0 is the last version for Node.js 20.
install_node_tools() {
  if ! command -v npm > /dev/null; then
    echo 'redocly needs npm'
    exit 75
  fi
  npm install --silent --no-save --prefix "$tools/npm" \
    @redocly/cli@2.77.0 openapi-typescript@7.13.0 typescript@5.9.3
}

# Generates a client with a target of openapi-generator, such as `python`.
generate() {
  "$tools/python/bin/openapi-generator-cli" generate --generator-name "$1" --output "$2" "${@:3}" \
    --input-spec openapi/openapi.yaml --global-property apiDocs=false,modelDocs=false,apiTests=false,modelTests=false
}

write_cases() {
  "$tools/python/bin/python" openapi/clients/cases.py openapi/openapi.yaml > "$1"
}

document() {
  install_node_tools
  install_python_tools
  local node=$tools/npm/node_modules/.bin clients=$tools/clients python=$tools/python/bin/python
  "$node/redocly" lint openapi/openapi.yaml --config openapi/redocly.yaml
  # Breaking changes are allowed if info.version reflects them.
  "$node/redocly" diff openapi/released.yaml openapi/openapi.yaml --fail-on none --check-version

  rm -rf "$clients"
  mkdir -p "$clients"
  write_cases "$clients/cases.json"
  "$node/openapi-typescript" openapi/openapi.yaml --output "$clients/openapi.d.ts"
  cp openapi/clients/check_union_types.ts "$clients"
  "$node/tsc" --strict --noEmit --module nodenext --target es2022 "$clients/check_union_types.ts"

  # openapi-python-client formats its output with ruff, which is in the same environment.
  PATH="$tools/python/bin:$PATH" openapi-python-client generate --path openapi/openapi.yaml --meta none \
    --output-path "$clients/sign_in_client" --fail-on-warning
  "$python" openapi/clients/check_union_types.py "$clients/cases.json" "$clients"
  "$python" openapi/clients/check_example.py "$clients"

  generate python "$clients/python" > "$clients/python.log"
  "$python" openapi/clients/check_openapi_generator.py "$clients/cases.json" "$clients/python"
}

# Compiles the client with the pinned dependencies, without TLS, which would need OpenSSL.
rust-client() {
  install_python_tools
  local client=$tools/rust
  rm -rf "$client"
  mkdir -p "$client"
  write_cases "$client/cases.json"
  # Cargo.lock has this version.
  generate rust "$client" --additional-properties packageVersion=0.0.0 > "$client/generator.log"
  cp openapi/clients/rust/Cargo.lock "$client"
  mkdir "$client/tests"
  cp openapi/clients/rust/check.rs "$client/tests"
  printf '\n[workspace]\n' >> "$client/Cargo.toml"
  CASES=$client/cases.json CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$tools/rust-target \
    cargo test --quiet --locked --no-default-features --test check --manifest-path "$client/Cargo.toml"
}

# Go and the only dependency of the client come from Debian or Ubuntu, so that no module proxy is needed.
go-client() {
  if ! command -v go > /dev/null || ! [[ -d /usr/share/gocode/src/gopkg.in/validator.v2 ]]; then
    local as_root=()
    ((EUID == 0)) || as_root=(sudo --non-interactive)
    if ! command -v apt-get > /dev/null || ! "${as_root[@]}" true; then
      echo 'Go and golang-gopkg-validator.v2-dev are missing'
      exit 75
    fi
    "${as_root[@]}" apt-get update --quiet=2
    "${as_root[@]}" apt-get install --quiet=2 --yes --no-install-recommends golang-go golang-gopkg-validator.v2-dev
  fi
  install_python_tools
  local client=$tools/go/src/sign-in
  rm -rf "$tools/go"
  mkdir -p "$client"
  write_cases "$tools/go/cases.json"
  # The first option makes the client accept fields that are added later, the second keeps names of constants unique.
  generate go "$client" \
    --additional-properties disallowAdditionalPropertiesIfNotPresent=false,enumClassPrefix=true > "$tools/go/go.log"
  cp openapi/clients/go/check_test.go "$client"
  cd "$client"
  CASES=$tools/go/cases.json GO111MODULE=off GOTOOLCHAIN=local GOPATH=$tools/go:/usr/share/gocode CGO_ENABLED=0 go test
}

running() {
  install_python_tools
  # With the cookie, which openapi.yaml allows in requests, and the origin of schemathesis.toml.
  start_stack openapi-stack --parameter RefreshTokenCookie=true --parameter AllowedOrigins=https://app.example
  schemathesis
}

schemathesis() {
  local settings
  settings=$(python3 - "$STACK" << 'END'
# Creates users whose passwords are in no example, because requests with their tokens change passwords and factors and sign
# users out globally.
import json, sys, urllib.request

PASSWORD = "NoExampl3-has-this"
stack = json.load(open(sys.argv[1]))

def post(url, body, headers):
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)

def cognito(operation, username, **body):
    target = f"AWSCognitoIdentityProviderService.{operation}"
    # The signature is not verified.
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target, "authorization": "AWS4-HMAC-SHA256"}
    post(stack["aws_endpoint_url"], {"UserPoolId": stack["user_pool_id"], "Username": username, **body}, headers)

def create(username):
    attributes = [{"Name": "email", "Value": username}, {"Name": "email_verified", "Value": "true"}]
    cognito("AdminCreateUser", username, UserAttributes=attributes, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    cognito("AdminSetUserPassword", username, Password=PASSWORD, Permanent=True)

def token(username):
    body = {"username": username, "password": PASSWORD}
    return post(stack["api_url"] + "/api/auth/login", body, {"content-type": "application/json"})["access_token"]

for username in ("schemathesis@igad.int", "sign-out@igad.int", "mfa@igad.int"):
    create(username)
print(stack["api_url"], token("sign-out@igad.int"), token("mfa@igad.int"))
END
  ) || return
  local api SIGN_OUT_TOKEN MFA_TOKEN
  read -r api SIGN_OUT_TOKEN MFA_TOKEN <<< "$settings"
  export SIGN_OUT_TOKEN MFA_TOKEN
  # schemathesis writes its files to the working directory.
  (cd "$tools" && python/bin/schemathesis --config-file "$openapi/schemathesis.toml" --no-color run \
    "$openapi/openapi.yaml" --url "$api")
}

"$1"
