#!/usr/bin/env bash
# The repository's settings that the workflows rely on, for one environment: .github/settings.sh prod [REVIEWER]
#
# Needs GitHub's own command (gh), signed in as an administrator of the repository, and AWS credentials for the account of
# the environment, into which deploy/bootstrap.yaml has been deployed as sign-in-ENVIRONMENT-bootstrap. What it does can be
# done by hand as well, under Settings > Environments:
#
#   - an environment, for the branch main alone: without that rule any branch could deploy to it
#   - on prod a reviewer, who is somebody else than who pushed
#   - its variables AWS_DEPLOY_ROLE_ARN, CLOUDFORMATION_ROLE_ARN, RELEASES_BUCKET and AWS_REGION
#   - where CloudFront stands in front of its API, PUBLIC_URL: the output Url of deploy/edge.yaml. This does not set it:
#     gh variable set PUBLIC_URL --env prod --body https://...
#   - its secrets SMOKE_USERNAME and SMOKE_PASSWORD, which this asks for once the environment is deployed, and with it the
#     pool: a user of the pool with a password that is not to be changed, and no second factor. Run it again then; its
#     variable SMOKE_SIGN_IN says from then on that a deploy without them is refused
#   - for the whole repository, under Settings > Actions: actions of its owner, of GitHub and of aws-actions alone
set -euo pipefail
environment=$1
repository=$(gh repo view --json nameWithOwner --jq .nameWithOwner)

gh api --method PUT "repos/$repository/actions/permissions" --field enabled=true --field allowed_actions=selected > /dev/null
gh api --method PUT "repos/$repository/actions/permissions/selected-actions" --input - > /dev/null << END_OF_SETTINGS
{"github_owned_allowed": true, "verified_allowed": false, "patterns_allowed": ["aws-actions/*"]}
END_OF_SETTINGS

reviewers='[]'
if [[ -n ${2:-} ]]; then
  reviewers="[{\"type\": \"User\", \"id\": $(gh api "users/$2" --jq .id)}]"
fi
gh api --method PUT "repos/$repository/environments/$environment" --input - > /dev/null << END_OF_SETTINGS
{"reviewers": $reviewers, "prevent_self_review": true,
 "deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}}
END_OF_SETTINGS
branches=$(gh api "repos/$repository/environments/$environment/deployment-branch-policies" --jq '.branch_policies[].name')
if ! grep --quiet --line-regexp main <<< "$branches"; then
  gh api --method POST "repos/$repository/environments/$environment/deployment-branch-policies" --field name=main > /dev/null
fi

outputs=$(aws cloudformation describe-stacks --stack-name "sign-in-$environment-bootstrap" --query "Stacks[0].Outputs" --output json)
output() {
  python3 -c 'import json, sys; print({o["OutputKey"]: o["OutputValue"] for o in json.loads(sys.argv[1])}[sys.argv[2]])' \
    "$outputs" "$1"
}
gh variable set AWS_DEPLOY_ROLE_ARN --env "$environment" --body "$(output DeployRoleArn)"
gh variable set CLOUDFORMATION_ROLE_ARN --env "$environment" --body "$(output CloudFormationRoleArn)"
gh variable set RELEASES_BUCKET --env "$environment" --body "$(output ReleasesBucket)"
gh variable set AWS_REGION --env "$environment" --body "$(output Region)"
if aws cloudformation describe-stacks --stack-name "sign-in-$environment" > /dev/null 2>&1; then
  gh secret set SMOKE_USERNAME --env "$environment"
  gh secret set SMOKE_PASSWORD --env "$environment"
  # From now on a deploy without them is refused.
  gh variable set SMOKE_SIGN_IN --env "$environment" --body required
else
  echo "There is no pool yet in which somebody could sign in. Once $environment is deployed, run this again."
fi

echo "In samconfig.toml, for $environment: PermissionsBoundaryArn=$(output BoundaryArn)"
