#!/usr/bin/env python3
"""Compares CloudFormationRole of deploy/bootstrap.yaml with the actions that CloudFormation needs for template.yaml.

    ci/iam_actions.py FOLDER        FOLDER has the output of ci/template_combinations.py
    ci/iam_actions.py --update SCHEMA_FOLDER --source TEXT [--type AWS::SERVICE::TYPE ...]

CloudFormation publishes a schema for each resource type, which lists the actions of its handlers: create, read, update and
delete (https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html). ci/resource_actions.json
is a copy of these lists. --update reads them again, and adds types. SCHEMA_FOLDER has the schemas as JSON files: the content
of CloudformationSchema.zip, or cfnlint/data/schemas/resources of the installed cfn-lint. TEXT names the origin and the date.
"""

import argparse
import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path

DATA = Path(__file__).resolve().parent / "resource_actions.json"

# Patterns of actions that handlers list and the role does not get, with the reason.
EXCLUDED = {
    "kms:*": "no customer managed keys",
    "logs:*associateKmsKey": "no customer managed keys",
    "ec2:*": "no VPC",
    "elasticfilesystem:*": "no file systems",
    "s3files:*": "no file systems",
    "lambda:GetLayerVersion": "no layers",
    "lambda:GetCodeSigningConfig": "no code signing",
    "lambda:PutFunctionCodeSigningConfig": "no code signing",
    "lambda:DeleteFunctionCodeSigningConfig": "no code signing",
    "lambda:PutProvisionedConcurrencyConfig": "no provisioned concurrency",
    "lambda:DeleteProvisionedConcurrencyConfig": "no provisioned concurrency",
    "lambda:PutFunctionConcurrency": "no reserved concurrency",
    "lambda:DeleteFunctionConcurrency": "no reserved concurrency",
    "lambda:PassCapacityProvider": "no capacity providers",
    "lambda:PutFunctionScalingConfig": "no capacity providers",
    "lambda:PutFunctionRecursionConfig": "default loop detection",
    "lambda:AssociateRuntimeAlias": "default runtime updates",
    "lambda:PutRuntimeManagementConfig": "default runtime updates",
    "s3:GetObjectVersion": "the template names no object version",
    "s3:REST.PUT.OBJECT": "logs are not delivered to S3",
    "firehose:*": "logs are not delivered to Firehose",
    "logs:PutDataProtectionPolicy": "no data protection policies",
    "logs:DeleteDataProtectionPolicy": "no data protection policies",
    "logs:PutIndexPolicy": "no field indexes",
    "logs:DeleteIndexPolicy": "no field indexes",
    "logs:DeleteResourcePolicy": "log groups have no resource policies",
    "logs:PutBearerTokenAuthentication": "no bearer tokens for logs",
    "logs:PutLogGroupDeletionProtection": "no deletion protection of log groups",
    "sns:PutDataProtectionPolicy": "no data protection policies",
    "apigateway:AddCertificateToDomain": "no mutual TLS",
    "apigateway:RemoveCertificateFromDomain": "no mutual TLS",
    "codedeploy:RegisterOnPremisesInstance": "no on-premises instances",
    "cognito-idp:AddCustomAttributes": "no custom attributes",
    "secretsmanager:ReplicateSecretToRegions": "no replicas",
    "iam:DeleteRolePermissionsBoundary": "a role without its boundary keeps its inline policies (deploy/bootstrap.yaml)",
}

# Actions that the role gets although no handler lists them, with the reason.
ADDITIONAL = {
    "cloudformation:CreateChangeSet": "the transform AWS::Serverless-2016-10-31",
    "lambda:ListTags": "GetFunction returns tags only with this permission",
    "logs:DeleteLogDelivery": "access log of API Gateway",
    "logs:GetLogDelivery": "access log of API Gateway",
    "logs:ListLogDeliveries": "access log of API Gateway",
    "logs:UpdateLogDelivery": "access log of API Gateway",
}

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. IAM does not count white space.
POLICY_LIMIT = 6144
ROLE_NAME_LIMIT = 64

# Actions on the roles in the stack, which deploy/bootstrap.yaml restricts by name.
ROLE_ACTIONS = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRole", "iam:GetRole", "iam:PassRole"]

failures = []


def require(condition, message):
    if not condition and message not in failures:
        failures.append(message)


def matches(action, patterns):
    """Whether one of the patterns matches. IAM ignores the case of actions, and the schemas do not use one case."""
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def update(folder, source, types):
    known = json.loads(DATA.read_text())["types"].keys() if DATA.exists() else set()
    missing, found = known | set(types), {}
    for file in sorted(folder.glob("*.json")):
        schema = json.loads(file.read_text())
        if schema.get("typeName") in missing:
            # A deployment does not call the handler `list`.
            handlers = {name: one for name, one in sorted(schema.get("handlers", {}).items()) if name != "list"}
            found[schema["typeName"]] = {name: sorted(one["permissions"]) for name, one in handlers.items()}
    missing = sorted(missing - found.keys())
    if missing:
        sys.exit(f"{folder} has no schema of {', '.join(missing)}.")
    DATA.write_text(json.dumps({"source": source, "types": dict(sorted(found.items()))}, indent=1) + "\n")


def needed(templates):
    """Actions of the handlers of all types in use, without those in EXCLUDED: each with its spelling and its types."""
    data = json.loads(DATA.read_text())["types"]
    types = {one["Type"] for template in templates for one in template["Resources"].values()}
    for kind in sorted(types - data.keys()):
        require(False, f"{DATA.name} has no {kind}. Add it with ci/iam_actions.py --update ... --type {kind} (see --help).")
    actions = {}
    for kind in types & data.keys():
        for action in sum(data[kind].values(), []):
            actions.setdefault(action.lower(), (action, set()))[1].add(kind)
    for pattern in EXCLUDED:
        require(any(matches(action, [pattern]) for action in actions), f"EXCLUDED has {pattern}, which no handler lists.")
    return {action: one for action, one in actions.items() if not matches(action, EXCLUDED)}


def as_list(value):
    return value if isinstance(value, list) else [value]


def substitute(node, values):
    """Replaces Ref, Fn::GetAtt and Fn::Sub by the given values."""
    match node:
        case {"Ref": name}:
            return values[name]
        case {"Fn::GetAtt": attribute}:
            return values[".".join(as_list(attribute))]
        case {"Fn::Sub": text}:
            for name, value in values.items():
                text = text.replace(f"${{{name}}}", value)
            require("${" not in text, f"ci/iam_actions.py cannot resolve {text}.")
            return text
        case dict():
            return {key: substitute(one, values) for key, one in node.items()}
        case list():
            return [substitute(one, values) for one in node]
    return node


def policies_of(bootstrap, environment):
    """Documents of the managed policies, with values of the maximum length for everything but the environment."""
    partition, account = "aws-us-gov", "1" * 12
    values = {
        "AWS::Partition": partition,
        "AWS::Region": "ap-northeast-1",
        "AWS::AccountId": account,
        "Environment": environment,
        "Releases.Arn": f"arn:{partition}:s3:::{'b' * 63}",
        "Boundary": f"arn:{partition}:iam::{account}:policy/sign-in-{environment}-boundary",
    }
    policies = {name: one for name, one in bootstrap["Resources"].items() if one["Type"] == "AWS::IAM::ManagedPolicy"}
    return {name: substitute(one["Properties"]["PolicyDocument"], values) for name, one in policies.items()}


def statements_of_role(bootstrap, policies):
    attached = bootstrap["Resources"]["CloudFormationRole"]["Properties"]["ManagedPolicyArns"]
    statements = [statement for one in attached for statement in policies[one["Ref"]]["Statement"]]
    return [statement for statement in statements if statement["Effect"] == "Allow"]


def actions_are_those_needed(statements, actions):
    allowed = {action.lower(): action for statement in statements for action in as_list(statement["Action"])}
    require(not any("*" in action for action in allowed), "An action of CloudFormationRole has a wildcard.")
    for action in sorted(actions.keys() - allowed.keys()):
        spelling, kinds = actions[action]
        message = f"CloudFormationRole lacks {spelling} for {', '.join(sorted(kinds))}. Allow it, or add it to EXCLUDED."
        require(False, message)
    for action in sorted(allowed.keys() - actions.keys() - {one.lower() for one in ADDITIONAL}):
        require(False, f"CloudFormationRole allows {allowed[action]}, which no handler needs. Remove it, or add it to ADDITIONAL.")
    for action in ADDITIONAL:
        require(action.lower() in allowed, f"ADDITIONAL has {action}, which CloudFormationRole does not allow.")


def policies_fit_limit(policies):
    for policy, document in policies.items():
        size = len("".join(json.dumps(document).split()))
        require(size <= POLICY_LIMIT, f"{policy} may have {size} characters, IAM allows {POLICY_LIMIT}.")


def physical_name(stack, logical_id):
    """Name that CloudFormation gives a role: stack, logical id and 12 random characters, the first two shortened evenly.

    From IdentifierUtils of github.com/aws-cloudformation/cloudformation-cli-java-plugin.
    """
    random = "x" * 12
    free = ROLE_NAME_LIMIT - len(random) - 2
    half = free // 2
    of_stack = min(len(stack), max(half, free - len(logical_id)))
    return f"{stack[:of_stack]}-{logical_id[: free - of_stack]}-{random}"


def role_names_match(statements, stack, roles):
    for action in ROLE_ACTIONS:
        resources = [one for each in statements if action in as_list(each["Action"]) for one in as_list(each["Resource"])]
        patterns = [one.split(":role/")[1] for one in resources]
        for role in roles:
            one = physical_name(stack, role)
            is_allowed = any(fnmatchcase(one, pattern) for pattern in patterns)
            require(is_allowed, f"{action} does not allow {one}. Shorten the name, or MaxLength of Environment.")


def check(folder):
    templates = [json.loads(file.read_text()) for file in sorted(folder.glob("template-*.json"))]
    bootstraps = [json.loads(file.read_text()) for file in sorted(folder.glob("bootstrap-*.json"))]
    if not templates or not bootstraps:
        sys.exit(f"{folder} has no output of ci/template_combinations.py.")
    actions = needed(templates)
    resources = [one for template in templates for one in template["Resources"].items()]
    roles = {name for name, one in resources if one["Type"] == "AWS::IAM::Role"}
    for bootstrap in bootstraps:
        longest = bootstrap["Parameters"]["Environment"]["MaxLength"]
        for length in range(1, longest + 1):
            environment = "e" * length
            policies = policies_of(bootstrap, environment)
            statements = statements_of_role(bootstrap, policies)
            role_names_match(statements, f"sign-in-{environment}", roles)
        actions_are_those_needed(statements, actions)
        policies_fit_limit(policies)
    if failures:
        sys.exit("\n".join(failures))
    print(f"CloudFormationRole allows the {len(actions)} actions that the resources need.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--update", action="store_true", help="update ci/resource_actions.json from schemas in the folder")
    parser.add_argument("--source", help="with --update: origin and date of the schemas")
    parser.add_argument("--type", action="append", default=[], help="with --update: type to add")
    options = parser.parse_args()
    if not options.update:
        check(options.folder)
    elif options.source:
        update(options.folder, options.source, options.type)
    else:
        parser.error("--update needs --source")


main()
