#!/usr/bin/env bash
# Configures the repository for one environment of the workflows:
#
#   .github/settings.sh ENVIRONMENT REVIEWER        deployments need the approval of this user
#   .github/settings.sh ENVIRONMENT --no-reviewer   deployments need no approval
#   .github/settings.sh ENVIRONMENT                 keeps the reviewer that is set; prod needs one of the others at first
#
# Needs the GitHub CLI (gh), signed in as an administrator of the repository, and AWS credentials for the account of the
# environment. The stack STACK-bootstrap (deploy/bootstrap.yaml) must exist. The script can be run again at any time. It sets
# the following, which can also be set under Settings > Environments:
#
#   - two environments that only the branch main can use: ENVIRONMENT, with the reviewer, and ENVIRONMENT-rollback, without
#   - their variables AWS_DEPLOY_ROLE_ARN and AWS_REGION
#   - after the first deployment, their secrets SMOKE_USERNAME and SMOKE_PASSWORD: a user of the pool for the smoke test, which
#     the script creates. The variable SMOKE_SIGN_IN then makes deployments without them fail
#   - the repository's variable ENVIRONMENTS: a push deploys to the environments that it lists
#   - for the repository, under Settings > Actions: only actions of its owner, of GitHub and of aws-actions
#
# If CloudFront is in front of the API, also set PUBLIC_URL to the output Url of deploy/edge.yaml:
#   gh variable set PUBLIC_URL --env prod --body https://...
set -euo pipefail
cd "$(dirname "$0")/.."
environment=${1:?usage: .github/settings.sh ENVIRONMENT [REVIEWER | --no-reviewer]}
reviewer=${2:-}
repository=$(gh repo view --json nameWithOwner --jq .nameWithOwner)

# Region and stack's name in samconfig.toml.
setting() {
  sed -n "/^\[$environment\.global\.parameters\]/,/^\[/s/^$1 = \"\(.*\)\"/\1/p" samconfig.toml
}
region=$(setting region) stack=$(setting stack_name)
: "${region:?samconfig.toml has no region for $environment}" "${stack:?samconfig.toml has no stack_name for $environment}"

gh api --method PUT "repos/$repository/actions/permissions" --field enabled=true --field allowed_actions=selected > /dev/null
# GitHub applies patterns to public repositories only. In private ones, aws-actions is among the verified creators.
gh api --method PUT "repos/$repository/actions/permissions/selected-actions" --input - > /dev/null << END_OF_SETTINGS
{"github_owned_allowed": true, "verified_allowed": $(gh repo view --json isPrivate --jq .isPrivate),
 "patterns_allowed": ["aws-actions/*"]}
END_OF_SETTINGS

# Creates an environment that only the branch main can use. The second argument has its reviewers as JSON, if any.
create_environment() {
  local settings='"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}'
  [[ -z ${2:-} ]] || settings+=", \"reviewers\": $2, \"prevent_self_review\": true"
  gh api --method PUT "repos/$repository/environments/$1" --input - > /dev/null <<< "{$settings}" || return 1
  local branches
  branches=$(gh api "repos/$repository/environments/$1/deployment-branch-policies" --jq '.branch_policies[].name')
  if ! grep --quiet --line-regexp main <<< "$branches"; then
    gh api --method POST "repos/$repository/environments/$1/deployment-branch-policies" --field name=main > /dev/null
  fi
}

on_push=add
create_environment "$environment-rollback"
if [[ $reviewer == --no-reviewer ]]; then
  create_environment "$environment" '[]' || create_environment "$environment"
elif [[ -n $reviewer ]]; then
  id=$(gh api "users/$reviewer" --jq .id)
  if ! create_environment "$environment" "[{\"type\": \"User\", \"id\": $id}]"; then
    # Required reviewers need a public repository, or the plan Enterprise.
    echo "GitHub has rejected the required reviewer. A push will not deploy to $environment. To deploy, run:"
    echo "  gh workflow run deploy.yml --field environment=$environment"
    create_environment "$environment"
    on_push=remove
  fi
elif gh api "repos/$repository/environments/$environment" > /dev/null 2>&1; then
  echo "$environment keeps its reviewers."
  on_push=keep
elif [[ $environment == prod ]]; then
  echo 'Name the reviewer of prod, or --no-reviewer: .github/settings.sh prod REVIEWER'
  exit 1
else
  create_environment "$environment"
fi

describe() {
  aws cloudformation describe-stacks --region "$region" --stack-name "$1" --query Stacks[0] --output json
}
value() {
  python3 -c '
import json, sys
of, name = sys.argv[1:]
print({one[of + "Key"]: one[of + "Value"] for one in json.load(sys.stdin)[of + "s"]}[name])
' "$1" "$2"
}
role=$(describe "$stack-bootstrap" | value Output DeployRoleArn)
for name in "$environment" "$environment-rollback"; do
  gh variable set AWS_DEPLOY_ROLE_ARN --env "$name" --body "$role"
  gh variable set AWS_REGION --env "$name" --body "$region"
done

environments=$(gh variable list --json name,value --jq '.[] | select(.name == "ENVIRONMENTS").value')
others=$(tr ' ' '\n' <<< "$environments" | grep --invert-match --line-regexp --regexp="$environment" --regexp=none | xargs || true)
case $on_push in
  add) gh variable set ENVIRONMENTS --body "${others:+$others }$environment" ;;
  remove) gh variable set ENVIRONMENTS --body "${others:-none}" ;;
esac

if ! described=$(describe "$stack" 2> /dev/null); then
  echo "$stack does not exist yet. Run this script again after the first deployment, to create the smoke test's user."
elif [[ $(value Parameter Mfa <<< "$described") == ON ]]; then
  echo 'With Mfa=ON the smoke test cannot sign in. It tests everything else.'
else
  pool=$(value Output UserPoolId <<< "$described")
  username=smoke-test@smoke-test.invalid
  password=$(python3 -c 'import secrets; print("Sm0ke-" + secrets.token_urlsafe(24))')
  aws cognito-idp admin-create-user --region "$region" --user-pool-id "$pool" --username "$username" \
    --user-attributes "Name=email,Value=$username" --message-action SUPPRESS > /dev/null 2>&1 || true
  # Fails if the user could not be created.
  aws cognito-idp admin-set-user-password --region "$region" --user-pool-id "$pool" --username "$username" \
    --password "$password" --permanent
  for name in "$environment" "$environment-rollback"; do
    gh secret set SMOKE_USERNAME --env "$name" --body "$username"
    gh secret set SMOKE_PASSWORD --env "$name" --body "$password"
  done
  # Deployments without these secrets fail from now on.
  gh variable set SMOKE_SIGN_IN --env "$environment" --body required
fi
