#!/usr/bin/env bash
# An authenticator app, from its enrolment to the sign-in that asks for its code. Needs `cargo run -p local` in another
# terminal, curl and Python.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=examples/api.sh
source examples/api.sh

# Prints the current code of an authenticator app with this secret.
app_code() { cargo run --quiet --package local -- code --secret "$1"; }

USERNAME=admin@igad.int PASSWORD=SecureP@ssw0rd1
login() { post login "{\"username\": \"$USERNAME\", \"password\": \"$PASSWORD\"}"; }

ACCESS=$(login | field access_token)
echo '1. The secret for the app'
SET_UP=$(post set-up-totp "{\"account\": \"$USERNAME\"}" --header "Authorization: Bearer $ACCESS")
SECRET=$(field secret <<< "$SET_UP")
field uri <<< "$SET_UP"
echo '2. The first code enables the app'
USED=$(app_code "$SECRET")
post verify-totp "{\"code\": \"$USED\", \"device_name\": \"My phone\"}" --header "Authorization: Bearer $ACCESS" |
  expect 'Authenticator app added'
echo '3. The next sign-in asks for a code'
CHALLENGE=$(login)
expect SOFTWARE_TOKEN_MFA <<< "$CHALLENGE"
answer() {
  post answer-challenge "{\"challenge\": \"SOFTWARE_TOKEN_MFA\", \"session\": \"$(field session <<< "$CHALLENGE")\",
    \"username\": \"$(field username <<< "$CHALLENGE")\", \"code\": \"$1\"}"
}
echo '4. A wrong code is rejected'
answer 000000 | expect 'Invalid verification code'
echo '5. The next code of the app is accepted with the same session. A code is accepted once.'
until CODE=$(app_code "$SECRET") && [[ $CODE != "$USED" ]]; do sleep 1; done
ACCESS=$(answer "$CODE" | field access_token)
echo '6. Disable the app'
post prefer-factor '{"disable": "SOFTWARE_TOKEN_MFA"}' --header "Authorization: Bearer $ACCESS" |
  expect 'Sign-in preference saved'
