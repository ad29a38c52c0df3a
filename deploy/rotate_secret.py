#!/usr/bin/env python3
"""Rotates a secret of an environment while the API stays available.

    deploy/rotate_secret.py ENVIRONMENT client [--all-at-once]
    deploy/rotate_secret.py ENVIRONMENT edge --edge-stack STACK [--all-at-once]

client: the secret of the app client. Cognito accepts two secrets of a client at once. The command
    1. adds a second secret to the app client, with a generated value,
    2. stores the value as a new version in Secrets Manager (output ClientSecretArn),
    3. deploys the running release with this version,
    4. deletes the first secret from the app client.
edge: the secret with which CloudFront authenticates. The functions accept two secrets at once. The command
    1. stores a new version of the secret of the edge stack, and waits for its replica,
    2. deploys the running release, which accepts both versions,
    3. deploys the edge stack, so that CloudFront sends the new version,
    4. deploys the running release, which accepts the new version only.

If a step fails, the API works with the old secret. Fix the cause, and run the command again: it continues where it stopped.
"""

import argparse
import os
import secrets
import string
import sys
import time
from dataclasses import replace

from releases import ROOT, Environment, Refused, change_parameters, check_status, describe, main, values

# Cognito's limits: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html.
LENGTH, ALPHABET = 64, string.ascii_letters + string.digits

# The edge stack is in this region, because CloudFront's web ACLs are.
EDGE_REGION = "us-east-1"


def generated():
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def label(secret_id):
    """Staging label of the version with the value of this secret of the app client."""
    return f"client-secret-{secret_id}"


def rotate_client_secret(environment, changed=()):
    stack = describe(environment)
    if stack is None:
        raise Refused(f"The stack {environment.stack_name} does not exist.")
    check_status(environment, stack)
    outputs = values(stack, "Outputs")
    if "ClientSecretArn" not in outputs:
        raise Refused("The app client has no secret.")
    arn, cognito = outputs["ClientSecretArn"], environment.client("cognito-idp")
    secretsmanager = environment.client("secretsmanager")
    client = {"UserPoolId": outputs["UserPoolId"], "ClientId": outputs["UserPoolClientId"]}
    found = cognito.list_user_pool_client_secrets(**client)["ClientSecrets"]
    *_, newest = sorted(found, key=lambda one: one["ClientSecretCreateDate"])
    version, labels = current(secretsmanager, arn)
    if len(found) > 1 and label(newest["ClientSecretId"]) not in labels:
        print("An earlier rotation has not stored the second secret. Deleting it.")
        cognito.delete_user_pool_client_secret(**client, ClientSecretId=newest["ClientSecretId"])
        found = [one for one in found if one != newest]
    if len(found) == 1:
        value = generated()
        print("Adding a second secret to the app client.")
        newest = cognito.add_user_pool_client_secret(**client, ClientSecret=value)["ClientSecretDescriptor"]
        stages = ["AWSCURRENT", label(newest["ClientSecretId"])]
        stored = secretsmanager.put_secret_value(SecretId=arn, SecretString=value, VersionStages=stages)
        version = stored["VersionId"]
    else:
        print("Continuing an earlier rotation.")
    change_parameters(environment, {"ClientSecretVersion": version, **dict(changed)})
    for one in found:
        if one["ClientSecretId"] != newest["ClientSecretId"]:
            print("Deleting the first secret from the app client.")
            cognito.delete_user_pool_client_secret(**client, ClientSecretId=one["ClientSecretId"])


def rotate_edge_secret(environment, edge_stack, changed=()):
    edge = replace(environment, stack_name=edge_stack, region=EDGE_REGION, tags=[])
    stack, api = describe(edge), describe(environment)
    if stack is None:
        raise Refused(f"{EDGE_REGION} has no stack {edge_stack}. Name the stack of deploy/edge.yaml with --edge-stack.")
    check_status(edge, stack)
    check_status(environment, api)
    outputs, changed = values(stack, "Outputs"), dict(changed)
    arn, secretsmanager = outputs["SecretArn"], edge.client("secretsmanager")
    newest, _ = current(secretsmanager, arn)
    sent = values(stack, "Parameters").get("SecretVersion")
    if not sent:
        print("Pinning the current version, which CloudFront sends.")
        sent = newest
        change_parameters(environment, {"EdgeSecretVersion": sent, **changed})
        stack = update(edge, stack, {"SecretVersion": sent})
    accepted = values(describe(environment), "Parameters")
    if newest == sent and not accepted["EdgeSecretPreviousVersion"]:
        newest = secretsmanager.put_secret_value(SecretId=arn, SecretString=generated())["VersionId"]
    if newest != sent:
        wait_for_replica(environment, outputs["EdgeSecretArn"], newest)
        change_parameters(environment, {"EdgeSecretVersion": newest, "EdgeSecretPreviousVersion": sent, **changed})
        print(f"Deploying {edge_stack}. CloudFront needs some minutes.")
        update(edge, stack, {"SecretVersion": newest})
    change_parameters(environment, {"EdgeSecretVersion": newest, "EdgeSecretPreviousVersion": "", **changed})


def wait_for_replica(environment, arn, version):
    for _ in range(60):
        if current(environment.client("secretsmanager"), arn)[0] == version:
            return
        print("Waiting for the replica of the secret.", flush=True)
        time.sleep(int(os.environ.get("POLL_SECONDS", "5")))
    raise Refused(f"The replica of the secret in {environment.region} has not changed within five minutes.")


def current(client, arn):
    """Id and staging labels of the current version of a secret."""
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    return next((version, stages) for version, stages in versions.items() if "AWSCURRENT" in stages)


def update(edge, stack, changed):
    """Updates the edge stack with the template of this repository, and waits for CloudFront."""
    cloudformation = edge.client("cloudformation")
    parameters = values(stack, "Parameters") | changed
    cloudformation.update_stack(
        StackName=edge.stack_name,
        TemplateBody=(ROOT / "deploy/edge.yaml").read_text(),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    )
    cloudformation.get_waiter("stack_update_complete").wait(
        StackName=edge.stack_name, WaiterConfig={"Delay": 10, "MaxAttempts": 360}
    )
    return describe(edge)


def work():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("environment")
    options.add_argument("secret", choices=["client", "edge"])
    options.add_argument("--edge-stack", metavar="STACK")
    options.add_argument("--all-at-once", action="store_true", help="also while an alarm fires, which blocks gradual deployments")
    options = options.parse_args()
    environment = Environment.named(options.environment)
    changed = {"TrafficShift": "AllAtOnce"} if options.all_at_once else {}
    if options.secret == "client":
        rotate_client_secret(environment, changed)
    elif options.edge_stack:
        rotate_edge_secret(environment, options.edge_stack, changed)
    else:
        sys.exit("edge needs --edge-stack, such as --edge-stack sign-in-prod-edge.")
    print("Rotated.")


if __name__ == "__main__":
    main(work)
