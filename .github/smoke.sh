#!/usr/bin/env bash
# What holds of the API wherever it is deployed, tried on an environment:
#
#   .github/smoke.sh --build FOLDER   puts the test into a folder; what compiles it gets no role, wherever that is
#   .github/smoke.sh dev FOLDER       runs it
#
# With SMOKE_USERNAME and SMOKE_PASSWORD a person signs in too. A page of the first of the environment's origins asks
# beforehand, as a browser would. Where something stands in front of the API, PUBLIC_URL is its address: the API's own is
# closed then.
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
# What fails here is undone. That is no answer to a deploy that is sound, and is yet to be pointed at.
if [[ -z ${PUBLIC_URL:-} && -n $(value Parameter EdgeSecretArn) ]]; then
  echo '::warning::Nothing was tried: only CloudFront reaches the API, and the variable PUBLIC_URL does not say where that is'
  exit
fi
host=${SIGN_IN_API_URL#*://}
if [[ -n $(value Parameter DomainName) ]] && ! getent hosts "${host%%[:/]*}" > /dev/null; then
  echo "::warning::Nothing was tried: $host does not resolve yet. Its record is to point at the output DomainTarget"
  exit
fi
if [[ -z ${SMOKE_USERNAME:-} ]]; then
  echo '::warning::Nobody signs in: the secret SMOKE_USERNAME is empty (.github/settings.sh, once there is a pool)'
fi
"${without_role[@]}" "$2/smoke" smoke
