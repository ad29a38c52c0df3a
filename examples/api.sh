# shellcheck shell=bash
# What the walkthroughs share: the address of the running local stack, and functions to call it.
STACK=${STACK:-target/local/stack.json}
API=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["api_url"])' "$STACK")

# Prints a member of a JSON object.
field() { python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }

# Posts JSON to a route, and prints the response.
post() { curl --silent "$API/api/auth/$1" --header 'Content-Type: application/json' --data "$2" "${@:3}"; echo; }

# Fails unless a response contains a text.
expect() { tee /dev/stderr | grep --quiet --fixed-strings "$1" || { echo "expected: $1" >&2; exit 1; }; }
