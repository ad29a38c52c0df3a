"""What is deployed where, and how a stack gets from one release to another.

It runs in the Python environment that SAM is in: pip install --requirement deploy/requirements.txt
"""

import datetime
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from artifacts import Unusable, check, check_age, executables

try:
    import boto3
    import tomlkit
    from botocore.exceptions import ClientError
    from samcli.yamlhelper import yaml_parse
except ImportError as error:
    sys.exit(
        f"{error}. Run this with the Python that SAM is installed in:\n"
        "  python3 -m venv .venv && .venv/bin/pip install --requirement deploy/requirements.txt\n"
        f"  .venv/bin/python {' '.join(sys.argv)}"
    )

ROOT = Path(__file__).resolve().parent.parent

# The stack in which SAM keeps a bucket of its own, where it is given none.
SAM_STACK = "aws-sam-cli-managed-default"


class Refused(Exception):
    """What cannot be done, in words for whoever asked for it."""


@dataclass
class Environment:
    """An environment of samconfig.toml."""

    name: str
    stack_name: str
    region: str
    parameters: dict[str, str]

    @classmethod
    def named(cls, name):
        settings = tomlkit.parse((ROOT / "samconfig.toml").read_text())
        if name not in settings or "deploy" not in settings[name]:
            raise Refused(f"samconfig.toml has no environment {name}.")
        of_all = settings[name]["global"]["parameters"]
        named = settings[name]["deploy"]["parameters"].get("parameter_overrides", [])
        return cls(name, str(of_all["stack_name"]), str(of_all["region"]), pairs(named))

    def client(self, service):
        return boto3.client(service, region_name=self.region)


def pairs(named):
    """`["Name=value"]` as a dictionary."""
    for pair in named:
        if "=" not in pair:
            raise Refused(f"{pair}: expected NAME=VALUE.")
    return dict(str(pair).split("=", 1) for pair in named)


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")


def new_release():
    """A name that no other deploy has: the commit, and the time, since one commit may be deployed more than once."""
    git = ["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    described = subprocess.run(git, capture_output=True, text=True, check=False)
    return f"{described.stdout.strip() or 'unknown'}-{now()}"


def describe(environment):
    """The stack, or None where there is none. Any other answer than these two is a failure."""
    try:
        stack = environment.client("cloudformation").describe_stacks(StackName=environment.stack_name)["Stacks"][0]
        # A name that a change set was refused for, with nothing in it.
        return None if stack["StackStatus"] == "REVIEW_IN_PROGRESS" else stack
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(error):
            return None
        raise


def values(stack, of):
    """The stack's `Parameters` or `Outputs` as a dictionary."""
    key = of.removesuffix("s")
    return {one[f"{key}Key"]: one.get(f"{key}Value", "") for one in stack.get(of, [])}


def check_sums(build):
    """Whether a build is, byte for byte, what it was when its sums were written; where there are sums."""
    sums = build / "SHA256SUMS"
    if not sums.exists():
        return
    for line in sums.read_text().splitlines():
        expected, name = line.split(maxsplit=1)
        if hashlib.sha256((build / name.lstrip("*")).read_bytes()).hexdigest() != expected:
            raise Refused(f"{name} is not what was built: its checksum is another.")
    print(f"The build is what {sums} says.")


def whole(template, named):
    """A value for each parameter of a template: the one that is named, or the default.

    A stack that is there already would keep the values of those that a deploy does not name.
    """
    declared = template["Parameters"]
    unknown = sorted(set(named) - set(declared))
    if unknown:
        raise Refused(f"The template has no parameter {', '.join(unknown)}.")
    defaults = {name: str(one["Default"]) for name, one in declared.items() if "Default" in one}
    missing = sorted(set(declared) - set(defaults) - set(named))
    if missing:
        raise Refused(f"Nobody says what {', '.join(missing)} shall be: fill it in in samconfig.toml.")
    return defaults | named


def sam_deploy(environment, template, parameters):
    """Deploys the text of a template, and returns the stack."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "parameters.yaml"
        file.write_text(json.dumps(parameters))
        template_file = Path(folder) / "template.yaml"
        template_file.write_text(template)
        command = [Path(sys.executable).parent / "sam", "deploy", "--template-file", template_file]
        command += ["--stack-name", environment.stack_name, "--region", environment.region]
        named = os.environ.get("RELEASES_BUCKET")
        command += ["--s3-bucket", named, "--s3-prefix", f"{environment.stack_name}/code"] if named else ["--resolve-s3"]
        command += ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset"]
        # As YAML it takes SAM seconds to write and to read again.
        command += ["--use-json"]
        command += ["--parameter-overrides", f"file://{file}"]
        # The role that CloudFormation works with, where the account has the one of deploy/bootstrap.yaml.
        if role := os.environ.get("CLOUDFORMATION_ROLE_ARN"):
            command += ["--role-arn", role]
        # What SAM says goes where what this says goes, in the same order.
        sys.stdout.flush()
        if subprocess.run(command, cwd=folder, check=False).returncode != 0:
            raise Refused(f"{environment.stack_name} was not deployed. CloudFormation has left it as it was before.")
    stack = describe(environment)
    remember(environment, stack)
    return stack


def prepare(environment, build, named, release):
    """Reads the template in the folder `build`, and returns it with absolute paths of code, and all of its parameters."""
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
        # All that is left of a first deploy that failed. Nothing can be deployed into it.
        print(f"Deleting what is left of {environment.stack_name}'s first deploy, which failed.")
        delete(environment)
        stack = None
    running = values(stack, "Parameters")["Release"] if stack else release
    if is_older(release, running) and not may_be_older:
        raise Refused(
            f"{running} runs, which is newer than {release}: somebody deployed it meanwhile. deploy/rollback.py goes back; "
            "deploy/deploy.py --older deploys it all the same."
        )
    print(f"Deploying {release} to {environment.stack_name} in {environment.region}.")
    # SAM reads the template seven times, which takes seconds as YAML and almost no time as JSON.
    as_json = json.dumps(template)
    makes_a_pool = parameters.get("ExistingUserPoolId") == "none" and parameters.get("DeletionProtection") == "ACTIVE"
    if stack or not makes_a_pool:
        return sam_deploy(environment, as_json, parameters)
    # Should the first deploy fail, it can take its user pool with it, and leaves nothing.
    sam_deploy(environment, as_json, parameters | {"DeletionProtection": "INACTIVE"})
    print("Deployed. Now the user pool is protected.")
    return sam_deploy(environment, as_json, parameters | {"Release": f"{release}-protected"})


def delete(environment):
    """Deletes the stack. What is to stay of it, such as a user pool with people in it, stays."""
    cloudformation = environment.client("cloudformation")
    cloudformation.delete_stack(StackName=environment.stack_name)
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=environment.stack_name, WaiterConfig={"Delay": int(os.environ.get("POLL_SECONDS", "5"))}
    )


def bucket(environment):
    """Where the code of each release stays: the bucket of deploy/bootstrap.yaml, or SAM's own."""
    if named := os.environ.get("RELEASES_BUCKET"):
        return named
    stack = environment.client("cloudformation").describe_stacks(StackName=SAM_STACK)["Stacks"][0]
    return values(stack, "Outputs")["SourceBucket"]


def remember(environment, stack):
    """Writes down, beside its code, what a release consists of: the template that names that code, and all parameters."""
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
    """What was deployed, the newest first."""
    s3, name = environment.client("s3"), bucket(environment)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=f"{environment.stack_name}/releases/")
    keys = sorted((one["Key"] for page in pages for one in page.get("Contents", [])), reverse=True)
    for key in keys:
        yield json.loads(s3.get_object(Bucket=name, Key=key)["Body"].read())


def original(release):
    """What a release was called when it was first deployed."""
    return release.split("-back-")[0]


def is_older(release, than):
    """Whether the commit that `release` is called after comes before the other's, as far as git here knows both."""
    commits = [original(name).split("-")[0] for name in (release, than)]
    asked = ["git", "-C", ROOT, "merge-base", "--is-ancestor", *commits]
    return commits[0] != commits[1] and subprocess.run(asked, capture_output=True, check=False).returncode == 0


def code_of(release):
    """What of a release is code: two releases that differ in their names alone are the same."""
    parameters = {k: v for k, v in release["parameters"].items() if k not in ("Release", "TrafficShift", "DeletionProtection")}
    return release["template"], parameters


def go_back(environment, to=None):
    """Deploys what ran before, or the release `to`, as it was: no build, no shift of traffic that an alarm forbids."""
    stack = describe(environment)
    if stack is None:
        raise Refused(f"There is no {environment.stack_name} to go back in.")
    running = values(stack, "Parameters")["Release"]
    known = list(releases(environment))
    if to:
        found = next((one for one in known if one["release"] == to), None)
    else:
        # Who goes back twice wants to be further back, and not where they came from.
        current = next((one for one in known if one["release"] == original(running)), None)
        before = known[known.index(current) + 1 :] if current else known
        found = next((one for one in before if current is None or code_of(one) != code_of(current)), None)
    if found is None:
        raise Refused(f"{environment.stack_name} has no release {to or 'before ' + running} to go back to.")
    parameters = found["parameters"] | {"TrafficShift": "AllAtOnce", "Release": f"{original(found['release'])}-back-{now()}"}
    # A pool that is protected stays so.
    if "DeletionProtection" in values(stack, "Parameters"):
        parameters["DeletionProtection"] = values(stack, "Parameters")["DeletionProtection"]
    print(f"Going back from {running} to {found['release']}.")
    return sam_deploy(environment, found["template"], parameters)


def say(stack):
    """Prints what a person needs to know of a stack."""
    for name, value in values(stack, "Outputs").items():
        print(f"{name:18} {value}")


def main(work):
    """Runs a command, and prints the reason if it is refused."""
    try:
        work()
    except (Refused, Unusable) as reason:
        sys.exit(str(reason))
