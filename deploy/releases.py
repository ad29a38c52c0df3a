"""Environments, releases, deployment and rollback.

Needs the Python environment of the SAM CLI: pip install --requirement deploy/requirements.txt
"""

import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from artifacts import Unusable, check, check_age, executables

try:
    import boto3
    import tomlkit
    from botocore.exceptions import BotoCoreError, ClientError
    from samcli.yamlhelper import yaml_parse
except ImportError as error:
    sys.exit(
        f"{error}. Run this script with the Python of the SAM CLI:\n"
        "  python3 -m venv .venv && .venv/bin/pip install --requirement deploy/requirements.txt\n"
        f"  .venv/bin/python {' '.join(sys.argv)}"
    )

ROOT = Path(__file__).resolve().parent.parent

# Stack with the SAM CLI's default bucket, for `--resolve-s3`.
SAM_STACK = "aws-sam-cli-managed-default"

# Parameters with versions of secrets, and the parameters that select the secret. As long as the secret is the same, a
# deployment keeps its version unless it sets another, and a rollback keeps it too: deploy/rotate_secret.py deletes the values
# that earlier releases used.
CLIENT = ("ExistingUserPoolId", "ExistingUserPoolClientId", "ClientSecretArn")
SECRET_VERSIONS = {
    "ClientSecretVersion": CLIENT,
    "EdgeSecretVersion": ("EdgeSecretArn",),
    "EdgeSecretPreviousVersion": ("EdgeSecretArn",),
}


class Refused(Exception):
    """Error message for the user of the command."""


@dataclass
class Environment:
    """Environment of samconfig.toml."""

    name: str
    stack_name: str
    region: str
    parameters: dict[str, str]
    # Tags of the stack, which CloudFormation adds to its resources. A changed tag updates every resource.
    tags: list[str] = field(default_factory=list)

    @classmethod
    def named(cls, name):
        settings = tomlkit.parse((ROOT / "samconfig.toml").read_text())
        if name not in settings or "deploy" not in settings[name]:
            raise Refused(f"samconfig.toml has no environment {name}. Add [{name}.global.parameters] and [{name}.deploy.parameters].")
        of_all, of_deploy = settings[name]["global"]["parameters"], settings[name]["deploy"]["parameters"]
        tags = [str(tag) for tag in of_deploy.get("tags", [])]
        named = pairs(of_deploy.get("parameter_overrides", []))
        return cls(name, str(of_all["stack_name"]), str(of_all["region"]), named, tags)

    def client(self, service):
        return boto3.client(service, region_name=self.region)

    @cached_property
    def bootstrap(self):
        """Outputs of the stack of deploy/bootstrap.yaml, which is named STACK-bootstrap. Empty without such a stack."""
        stack = describe(self, f"{self.stack_name}-bootstrap")
        return values(stack, "Outputs") if stack else {}


def pairs(named):
    """Parses `["Name=value"]` into a dictionary."""
    for pair in named:
        if "=" not in pair:
            raise Refused(f"{pair}: expected NAME=VALUE.")
    return dict(str(pair).split("=", 1) for pair in named)


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")


def new_release():
    """Unique name of a deployment: the commit and the time, because a commit may be deployed more than once."""
    git = ["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    described = subprocess.run(git, capture_output=True, text=True, check=False)
    return f"{described.stdout.strip() or 'unknown'}-{now()}"


def describe(environment, name=None):
    """Description of the environment's stack or of another one, or None if it does not exist. Raises all other errors."""
    try:
        name = name or environment.stack_name
        stack = environment.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        # A rejected change set leaves an empty stack in this state.
        return None if stack["StackStatus"] == "REVIEW_IN_PROGRESS" else stack
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(error):
            return None
        raise


def values(stack, of):
    """`Parameters` or `Outputs` of the stack as a dictionary."""
    key = of.removesuffix("s")
    return {one[f"{key}Key"]: one.get(f"{key}Value", "") for one in stack.get(of, [])}


def resources(environment):
    """All resources of the stack. DescribeStackResources would return the first 100."""
    pages = environment.client("cloudformation").get_paginator("list_stack_resources")
    found = pages.paginate(StackName=environment.stack_name)
    return [one for page in found for one in page["StackResourceSummaries"]]


def resource(environment, name):
    """Physical id of a resource of the stack."""
    return next(one["PhysicalResourceId"] for one in resources(environment) if one["LogicalResourceId"] == name)


def check_sums(build):
    """Verifies the checksums of a build, if it has a file SHA256SUMS."""
    sums = build / "SHA256SUMS"
    if not sums.exists():
        return
    for line in sums.read_text().splitlines():
        expected, name = line.split(maxsplit=1)
        if hashlib.sha256((build / name.lstrip("*")).read_bytes()).hexdigest() != expected:
            raise Refused(f"{name} does not match its checksum in {sums}. Download the build again.")
    print(f"The build matches {sums}.")


def whole(template, named):
    """Values for all parameters of a template: the given value or the default. `deploy` adds versions of secrets.

    An existing stack would keep its current values for parameters that a deployment omits.
    """
    declared = template["Parameters"]
    unknown = sorted(set(named) - set(declared))
    if unknown:
        raise Refused(f"The template has no parameter {', '.join(unknown)}.")
    defaults = {name: str(one["Default"]) for name, one in declared.items() if "Default" in one and name not in SECRET_VERSIONS}
    missing = sorted(set(declared) - set(defaults) - set(named) - set(SECRET_VERSIONS))
    if missing:
        raise Refused(f"Missing parameters: {', '.join(missing)}. Set them in samconfig.toml.")
    return defaults | named


def sam_deploy(environment, template, parameters):
    """Deploys a template with `sam deploy`, and returns the stack."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "parameters.yaml"
        file.write_text(json.dumps(parameters))
        template_file = Path(folder) / "template.yaml"
        template_file.write_text(template)
        command = [Path(sys.executable).parent / "sam", "deploy", "--template-file", template_file]
        command += ["--stack-name", environment.stack_name, "--region", environment.region]
        # CloudFormation keeps the service role for all later operations on the stack, manual ones included, and this role may
        # read only the bucket of the bootstrap stack. A manual deployment names no role: until GitHub has deployed, it has the
        # permissions of its caller.
        bootstrap = environment.bootstrap
        code = ["--s3-bucket", bootstrap.get("ReleasesBucket"), "--s3-prefix", f"{environment.stack_name}/code"]
        command += code if bootstrap else ["--resolve-s3"]
        command += ["--role-arn", bootstrap["CloudFormationRoleArn"]] if bootstrap and is_on_github() else []
        command += ["--tags", *environment.tags] if environment.tags else []
        command += ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset"]
        # SAM needs seconds to write and to parse YAML.
        command += ["--use-json"]
        command += ["--parameter-overrides", f"file://{file}"]
        # Keeps the output of this script and of SAM in order.
        sys.stdout.flush()
        if subprocess.run(command, cwd=folder, check=False).returncode != 0:
            raise Refused(f"The deployment of {environment.stack_name} failed. {next_step(environment)}")
    stack = describe(environment)
    remember(environment, stack)
    return stack


def commands(environment, operation, options=""):
    """Command of the AWS CLI for the environment's stack."""
    where = f"--region {environment.region} --stack-name {environment.stack_name}"
    return f"  aws cloudformation {operation} {where}{options}"


def next_step(environment):
    """What is running after a failed operation, and what to do next, by the state of the stack."""
    stack = describe(environment)
    status = stack["StackStatus"] if stack else None
    match status:
        case None | "ROLLBACK_COMPLETE":
            return "No resources remain. Fix the cause, and deploy again."
        case "UPDATE_ROLLBACK_FAILED":
            failed = [one["LogicalResourceId"] for one in resources(environment) if one["ResourceStatus"] == "UPDATE_FAILED"]
            return (
                f"The rollback failed, too ({status}). Fix the cause of the first failed event, and continue the rollback:\n"
                f"{commands(environment, 'describe-stack-events')}\n{commands(environment, 'continue-update-rollback')}\n"
                "If a resource cannot be restored, skip it, and deploy again afterwards:\n"
                + commands(environment, "continue-update-rollback", f" --resources-to-skip {' '.join(failed) or 'LOGICAL_ID'}")
            )
        case "ROLLBACK_FAILED" | "DELETE_FAILED":
            return (
                f"The stack cannot be updated ({status}). Delete it, and deploy again. Retained resources, such as the user "
                f"pool, are not deleted:\n{commands(environment, 'delete-stack')}"
            )
        case _ if status.endswith("_IN_PROGRESS"):
            or_cancel = f"\nOr cancel it:\n{commands(environment, 'cancel-update-stack')}" if status == "UPDATE_IN_PROGRESS" else ""
            return (
                f"Another operation is running ({status}). Wait for its end:\n{commands(environment, 'describe-stack-events')}"
                + or_cancel
            )
    return f"The previous deployment keeps running ({status})."


def is_on_github():
    return os.environ.get("GITHUB_ACTIONS") == "true"


def check_boundary(environment, stack):
    """Rejects a deployment from GitHub over a stack whose roles lack the boundary.

    Its code is in another bucket, too. If the deployment failed, CloudFormation's role could neither read the old code nor
    restore the roles, and the stack would end in UPDATE_ROLLBACK_FAILED.
    """
    boundary = environment.bootstrap.get("BoundaryArn")
    if is_on_github() and boundary and values(stack, "Parameters").get("PermissionsBoundaryArn") != boundary:
        raise Refused(
            f"{environment.stack_name} was created without the bootstrap stack. Deploy it once by hand, as an administrator, "
            f"before GitHub deploys it: deploy/deploy.py {environment.name}"
        )


def check_email_change(environment, parameters):
    """Rejects EmailChange for an existing pool that changes an email address before it is verified.

    A typing error in a new address would lock the user out.
    """
    pool = parameters.get("ExistingUserPoolId", "none")
    if pool == "none" or parameters.get("EmailChange", "false") != "true":
        return
    described = environment.client("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]
    verified_first = described.get("UserAttributeUpdateSettings", {}).get("AttributesRequireVerificationBeforeUpdate", [])
    if "email" not in verified_first:
        raise Refused(
            f"EmailChange requires that {pool} verifies an email address before it is updated. Enable that "
            "(docs/deployment.md, Email change), or set EmailChange=false."
        )


def check_status(environment, stack):
    """Rejects an operation on a stack that CloudFormation cannot update."""
    status = stack["StackStatus"]
    if status.endswith("_IN_PROGRESS") or status in ("UPDATE_ROLLBACK_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"):
        raise Refused(f"{environment.stack_name} cannot be deployed now. {next_step(environment)}")


def prepare(environment, build, named, release):
    """Returns the template in the folder `build`, with absolute paths of code, and the values of all parameters."""
    check_sums(build)
    template_file = build / "template.yaml"
    if not template_file.exists():
        raise Refused(f"{template_file} does not exist.")
    template = yaml_parse(template_file.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = str(build / resource["Properties"]["CodeUri"])
    return template, whole(template, environment.parameters | named | {"Release": release})


def check_artifacts(build, template, parameters):
    """Checks the executable of each function before anything is uploaded.

    The age is checked in this repository only. A folder of downloaded artifacts has checksums instead: its files have
    other times than the sources, which were checked out later.
    """
    architecture = parameters["Architecture"]
    for executable in executables(template):
        check(executable, architecture)
        if build == ROOT:
            check_age(executable, ROOT, architecture)


def deploy(environment, template, parameters, may_be_older=False):
    """Deploys what `prepare` returned, and returns the stack."""
    release = parameters["Release"]
    stack = describe(environment)
    if stack and stack["StackStatus"] == "ROLLBACK_COMPLETE":
        # Remains of a failed first deployment. CloudFormation cannot update such a stack.
        print(f"Deleting {environment.stack_name}: its first deployment failed.")
        delete(environment)
        stack = None
    if stack:
        check_status(environment, stack)
        check_boundary(environment, stack)
    check_email_change(environment, parameters)
    parameters = secret_versions(stack, parameters) | parameters
    if not parameters.get("PermissionsBoundaryArn") and "BoundaryArn" in environment.bootstrap:
        parameters = parameters | {"PermissionsBoundaryArn": environment.bootstrap["BoundaryArn"]}
    running = values(stack, "Parameters")["Release"] if stack else release
    if is_older(release, running) and not may_be_older:
        raise Refused(
            f"{running} is deployed, which is newer than {release}. To restore the previous release, run deploy/rollback.py. "
            "To deploy the older commit anyway, run deploy/deploy.py --older."
        )
    print(f"Deploying {release} to {environment.stack_name} in {environment.region}.")
    # SAM parses the template several times, which takes seconds for YAML and almost no time for JSON.
    as_json = json.dumps(template)
    makes_a_pool = parameters.get("ExistingUserPoolId") == "none" and parameters.get("DeletionProtection") == "ACTIVE"
    if stack or not makes_a_pool:
        return sam_deploy(environment, as_json, parameters)
    # Without traffic, a gradual deployment would only take time.
    parameters |= {"TrafficShift": "AllAtOnce"}
    # Without deletion protection, a failed first deployment can delete its user pool.
    sam_deploy(environment, as_json, parameters | {"DeletionProtection": "INACTIVE"})
    print("Deployed. Enabling the deletion protection of the user pool.")
    return sam_deploy(environment, as_json, parameters | {"Release": f"{release}-protected"})


def secret_versions(stack, parameters):
    """Versions of secrets for a deployment with these parameters: those of the stack where it has the same secret."""
    running = values(stack, "Parameters") if stack else {}

    def version(name, selectors):
        is_same = all(running.get(one, "") == parameters.get(one, "") for one in selectors)
        return running.get(name, "") if is_same else ""

    return {name: version(name, selectors) for name, selectors in SECRET_VERSIONS.items()}


def protect(environment):
    """Enables termination protection of the stack."""
    environment.client("cloudformation").update_termination_protection(
        StackName=environment.stack_name, EnableTerminationProtection=True
    )


def delete(environment):
    """Deletes the stack. Resources with a deletion policy, such as the user pool, are retained."""
    cloudformation = environment.client("cloudformation")
    cloudformation.delete_stack(StackName=environment.stack_name)
    # CloudFront needs longer than the waiter's default of ten minutes.
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=environment.stack_name,
        WaiterConfig={"Delay": int(os.environ.get("POLL_SECONDS", "5")), "MaxAttempts": 720},
    )


def bucket(environment):
    """Name of the bucket with code and releases: that of deploy/bootstrap.yaml, or the SAM CLI's default."""
    if named := environment.bootstrap.get("ReleasesBucket"):
        return named
    stack = describe(environment, SAM_STACK)
    if stack is None:
        raise Refused(f"{environment.region} has no releases of {environment.stack_name}: nothing was deployed there yet.")
    return values(stack, "Outputs")["SourceBucket"]


def remember(environment, stack):
    """Stores template and parameters of a release in the bucket. The template refers to the code there."""
    template = environment.client("cloudformation").get_template(
        StackName=environment.stack_name, TemplateStage="Original"
    )["TemplateBody"]
    parameters = values(stack, "Parameters")
    release = {
        "release": parameters["Release"],
        "template": template if isinstance(template, str) else json.dumps(template),
        "parameters": parameters,
    }
    environment.client("s3").put_object(
        Bucket=bucket(environment),
        Key=f"{environment.stack_name}/releases/{now()}.json",
        Body=json.dumps(release).encode(),
        ContentType="application/json",
    )


def releases(environment):
    """Yields the stored releases, newest first."""
    s3, name = environment.client("s3"), bucket(environment)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=f"{environment.stack_name}/releases/")
    keys = sorted((one["Key"] for page in pages for one in page.get("Contents", [])), reverse=True)
    for key in keys:
        yield json.loads(s3.get_object(Bucket=name, Key=key)["Body"].read())


def original(release):
    """Name of a release at its first deployment, before rollbacks and changes of parameters."""
    return re.split("-(?:back|set)-", release)[0]


def is_older(release, than):
    """Whether the commit of `release` is an ancestor of the other's. False if git does not know both commits."""
    commits = [original(name).split("-")[0] for name in (release, than)]
    asked = ["git", "-C", ROOT, "merge-base", "--is-ancestor", *commits]
    return commits[0] != commits[1] and subprocess.run(asked, capture_output=True, check=False).returncode == 0


def code_of(release):
    """Template and parameters that identify a release. Releases with equal values are the same."""
    others = ("Release", "TrafficShift", "DeletionProtection", "PermissionsBoundaryArn", *SECRET_VERSIONS)
    return release["template"], {k: v for k, v in release["parameters"].items() if k not in others}


def cancel(environment):
    """Cancels a running update, and waits until CloudFormation has restored the previous release. Returns whether there was
    one."""
    cloudformation = environment.client("cloudformation")
    stack = describe(environment)
    if stack is None or stack["StackStatus"] != "UPDATE_IN_PROGRESS":
        return False
    print(f"Canceling the update of {environment.stack_name}.")
    cloudformation.cancel_update_stack(StackName=environment.stack_name)
    cloudformation.get_waiter("stack_rollback_complete").wait(
        StackName=environment.stack_name, WaiterConfig={"Delay": 5, "MaxAttempts": 720}
    )
    return True


def go_back(environment, to=None):
    """Deploys the previous release, or the release `to`, unchanged. Shifts all traffic at once, which no alarm can block."""
    stack = describe(environment)
    if stack is None:
        raise Refused(f"The stack {environment.stack_name} does not exist.")
    check_status(environment, stack)
    running = values(stack, "Parameters")["Release"]
    known = list(releases(environment))
    if to:
        found = next((one for one in known if one["release"] == to), None)
    else:
        # A second rollback restores an earlier release, not the one that the first rollback replaced.
        current = next((one for one in known if one["release"] == original(running)), None)
        before = known[known.index(current) + 1 :] if current else known
        found = next((one for one in before if current is None or code_of(one) != code_of(current)), None)
    if found is None:
        raise Refused(
            f"{environment.stack_name} has no release {to or 'before ' + running}. "
            f"To list the releases, run deploy/rollback.py {environment.name} --list"
        )
    template = yaml_parse(found["template"])
    # A protected pool stays protected, roles keep their boundary, and old versions of secrets may no longer exist.
    kept = {"DeletionProtection", "PermissionsBoundaryArn"}
    parameters = found["parameters"] | {k: v for k, v in values(stack, "Parameters").items() if k in kept}
    parameters |= secret_versions(stack, parameters)
    parameters = {k: v for k, v in parameters.items() if k in template["Parameters"]}
    parameters |= {"TrafficShift": "AllAtOnce", "Release": f"{original(found['release'])}-back-{now()}"}
    print(f"Rolling back from {running} to {found['release']}.")
    delete_route_settings(environment, stack, template)
    return sam_deploy(environment, found["template"], parameters)


def delete_route_settings(environment, stack, template):
    """Deletes the stage's settings of routes that `template` lacks. Their presence may fail the update: "Unable to find Route
    by key" (serverless-application-model#1939). Until the update the routes have the default limits."""
    apigateway, api = environment.client("apigatewayv2"), values(stack, "Outputs")["ApiId"]
    for stage in apigateway.get_stages(ApiId=api)["Items"]:
        for route in stage.get("RouteSettings", {}).keys() - template["Resources"]["Api"]["Properties"]["RouteSettings"].keys():
            apigateway.delete_route_settings(ApiId=api, StageName=stage["StageName"], RouteKey=route)


def change_parameters(environment, changed):
    """Deploys the running release with other values of parameters, and returns the stack. Needs no build."""
    stack = describe(environment)
    if stack is None:
        raise Refused(f"The stack {environment.stack_name} does not exist.")
    check_status(environment, stack)
    parameters = values(stack, "Parameters")
    template = environment.client("cloudformation").get_template(
        StackName=environment.stack_name, TemplateStage="Original"
    )["TemplateBody"]
    release = f"{original(parameters['Release'])}-set-{now()}"
    print(f"Deploying {release} to {environment.stack_name}: {', '.join(sorted(changed))}.")
    text = template if isinstance(template, str) else json.dumps(template)
    return sam_deploy(environment, text, parameters | changed | {"Release": release})


def say(stack):
    """Prints the outputs of a stack."""
    for name, value in values(stack, "Outputs").items():
        print(f"{name:18} {value}")


def main(work):
    """Runs a command, and exits with a message if it fails."""
    try:
        work()
    except (Refused, Unusable) as reason:
        sys.exit(str(reason))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS: {error}")
