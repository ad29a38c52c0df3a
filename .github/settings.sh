#!/usr/bin/env bash
# Configures the repository for one environment of the workflows: .github/settings.sh prod [REVIEWER]
#
# Needs the GitHub CLI (gh), signed in as an administrator of the repository, and AWS credentials for the account of the
# environment. The stack sign-in-ENVIRONMENT-bootstrap (deploy/bootstrap.yaml) must exist. The script sets the following,
# which can also be set manually under Settings > Environments:
#
#   - an environment that only the branch main can deploy to
#   - for prod a reviewer other than the author of the push
#   - its variables AWS_DEPLOY_ROLE_ARN, CLOUDFORMATION_ROLE_ARN, RELEASES_BUCKET and AWS_REGION
#   - after the first deployment, its secrets SMOKE_USERNAME and SMOKE_PASSWORD: a user of the pool with a permanent password
#     and without a second factor. Run the script again to set them. The variable SMOKE_SIGN_IN then makes deployments
#     without them fail
#   - for the repository, under Settings > Actions: only actions of its owner, of GitHub and of aws-actions
#
# If CloudFront is in front of the API, also set PUBLIC_URL to the output Url of deploy/edge.yaml:
#   gh variable set PUBLIC_URL --env prod --body https://...
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
  # Deployments without these secrets fail from now on.
  gh variable set SMOKE_SIGN_IN --env "$environment" --body required
else
  echo "$environment has no user pool yet. Run this script again after the first deployment to set the smoke test's user."
fi

echo "Add this parameter to $environment in samconfig.toml: PermissionsBoundaryArn=$(output BoundaryArn)"
