#!/usr/bin/env bash
# What can happen to a password and a session. Needs `cargo run -p local` in another terminal, curl and Python.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=examples/api.sh
source examples/api.sh

USERNAME=user@igad.int PASSWORD=SecureP@ssw0rd1 NEW_PASSWORD=BrandNewP@ss1
login() { post login "{\"username\": \"$USERNAME\", \"password\": \"$1\"}"; }

TOKENS=$(login "$PASSWORD")
ACCESS=$(field access_token <<< "$TOKENS")
REFRESH=$(field refresh_token <<< "$TOKENS")

echo '1. Profile'
curl --silent "$API/api/auth/me" --header "Authorization: Bearer $ACCESS" | expect '"email":"user@igad.int"'
echo '2. Refresh the access token'
post refresh-token "{\"refresh_token\": \"$REFRESH\"}" | field expires_in
echo '3. Change the password'
post change-password "{\"current_password\": \"$PASSWORD\", \"new_password\": \"$NEW_PASSWORD\"}" \
  --header "Authorization: Bearer $ACCESS" | expect 'Password changed successfully'
echo '4. The old password is rejected'
login "$PASSWORD" | expect 'Invalid credentials'
echo '5. Forgot password: a code is sent'
post forgot-password "{\"username\": \"$USERNAME\"}" | expect '"success":true'
CODE=$(cargo run --quiet --package local -- --stack-file "$STACK" code "$USERNAME" | cut --delimiter ' ' --fields 1)
echo '6. Reset the password with the code'
post reset-password "{\"username\": \"$USERNAME\", \"code\": \"$CODE\", \"new_password\": \"$PASSWORD\"}" |
  expect 'Password reset successfully'
echo '7. Sign out: the refresh token is rejected'
REFRESH=$(login "$PASSWORD" | field refresh_token)
post logout "{\"refresh_token\": \"$REFRESH\"}" | expect 'Logged out successfully'
post refresh-token "{\"refresh_token\": \"$REFRESH\"}" | expect 'Invalid refresh token'
echo '8. Sign out everywhere: the access token is rejected'
ACCESS=$(login "$PASSWORD" | field access_token)
post logout '{"everywhere": true}' --header "Authorization: Bearer $ACCESS" | expect 'Logged out successfully'
curl --silent "$API/api/auth/me" --header "Authorization: Bearer $ACCESS" | expect 'Invalid token'
