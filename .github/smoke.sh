#!/usr/bin/env bash
# Smoke test of a deployed environment:
#
#   .github/smoke.sh --build FOLDER   builds the test into a folder, without AWS credentials
#   .github/smoke.sh dev FOLDER       runs the test
#
# With SMOKE_USERNAME and SMOKE_PASSWORD the test also signs a user in. CORS preflights use the first allowed origin. If
# CloudFront is in front of the API, PUBLIC_URL is its base URL, because the API rejects direct requests.
set -euo pipefail
without_role=(env --unset=AWS_ACCESS_KEY_ID --unset=AWS_SECRET_ACCESS_KEY --unset=AWS_SESSION_TOKEN
  --unset=ACTIONS_ID_TOKEN_REQUEST_TOKEN --unset=ACTIONS_ID_TOKEN_REQUEST_URL)
if [[ $1 == --build ]]; then
  built=$("${without_role[@]}" cargo test -p local --test end_to_end --locked --no-run --message-format json)
  cp "$(python3 -c '
import json, sys
made = [json.loads(line) for line in sys.stdin]
print(*(one["executable"] for one in made if one.get("executable") and one["target"]["name"] == "end_to_end"))
' <<< "$built")" "$2/smoke"
  exit
fi

described=$(aws cloudformation describe-stacks --stack-name "sign-in-$1" --output json)
value() {
  python3 -c '
import json, sys
of, name = sys.argv[1:]
pairs = json.load(sys.stdin)["Stacks"][0][of + "s"]
print({one[of + "Key"]: one.get(of + "Value", "") for one in pairs}.get(name, ""))
' "$1" "$2" <<< "$described"
}
SIGN_IN_API_URL=${PUBLIC_URL:-$(value Output ApiUrl)}
origins=$(value Output Origins)
export SIGN_IN_API_URL SIGN_IN_ORIGIN=${origins%%,*}
: "${SIGN_IN_API_URL:?the stack has no output ApiUrl}"
# A failure of this test rolls the deployment back. A missing public URL or DNS record must not, so it is only a warning.
if [[ -z ${PUBLIC_URL:-} && -n $(value Parameter EdgeSecretArn) ]]; then
  echo '::warning::Smoke test skipped: the API accepts requests from CloudFront only, and the variable PUBLIC_URL is not set'
  exit
fi
host=${SIGN_IN_API_URL#*://}
if [[ -n $(value Parameter DomainName) ]] && ! getent hosts "${host%%[:/]*}" > /dev/null; then
  echo "::warning::Smoke test skipped: $host does not resolve. Create a DNS record for it with the output DomainTarget"
  exit
fi
if [[ -z ${SMOKE_USERNAME:-} ]]; then
  echo '::warning::No sign-in was tested: the secret SMOKE_USERNAME is empty. Run .github/settings.sh after the first deployment'
fi
"${without_role[@]}" "$2/smoke" smoke
