#!/usr/bin/env python3
"""Rotates a secret of an environment while the API stays available.

    deploy/rotate_secret.py ENVIRONMENT client
    deploy/rotate_secret.py ENVIRONMENT edge --edge-stack STACK

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

If a step fails, the old secret is still valid. Fix the cause, and run the command again.
"""

import argparse
import secrets
import string
import sys
import time
from dataclasses import replace

from releases import ROOT, Environment, Refused, change_parameters, describe, main, values

# Cognito's limits: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html.
LENGTH, ALPHABET = 64, string.ascii_letters + string.digits

# The edge stack is in this region, because CloudFront's web ACLs are.
EDGE_REGION = "us-east-1"


def generated():
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def rotate_client_secret(environment):
    outputs = values(describe(environment), "Outputs")
    if "ClientSecretArn" not in outputs:
        raise Refused("The app client has no secret.")
    cognito = environment.client("cognito-idp")
    client = {"UserPoolId": outputs["UserPoolId"], "ClientId": outputs["UserPoolClientId"]}
    before = cognito.list_user_pool_client_secrets(**client)["ClientSecrets"]
    if len(before) > 1:
        raise Refused(
            "The app client has two secrets, so an earlier rotation did not finish. Delete the one that is not deployed:\n"
            + "\n".join(
                f"  aws cognito-idp delete-user-pool-client-secret --region {environment.region} --user-pool-id "
                f"{client['UserPoolId']} --client-id {client['ClientId']} --client-secret-id {one['ClientSecretId']}"
                f"   # created {one['ClientSecretCreateDate']:%Y-%m-%d %H:%M}"
                for one in before
            )
        )
    value = generated()
    print("Adding a second secret to the app client.")
    cognito.add_user_pool_client_secret(**client, ClientSecret=value)
    stored = environment.client("secretsmanager").put_secret_value(SecretId=outputs["ClientSecretArn"], SecretString=value)
    change_parameters(environment, {"ClientSecretVersion": stored["VersionId"]})
    print("Deleting the first secret from the app client.")
    for one in before:
        cognito.delete_user_pool_client_secret(**client, ClientSecretId=one["ClientSecretId"])


def rotate_edge_secret(environment, edge_stack):
    edge = replace(environment, stack_name=edge_stack, region=EDGE_REGION)
    stack = describe(edge)
    if stack is None:
        raise Refused(f"{EDGE_REGION} has no stack {edge_stack}. Name the stack of deploy/edge.yaml with --edge-stack.")
    secret, arn = edge.client("secretsmanager"), values(stack, "Outputs")["SecretArn"]
    old = current(secret, arn)
    new = secret.put_secret_value(SecretId=arn, SecretString=generated())["VersionId"]
    replica = environment.client("secretsmanager"), values(stack, "Outputs")["EdgeSecretArn"]
    while current(*replica) != new:
        print("Waiting for the replica of the secret.")
        time.sleep(5)
    change_parameters(environment, {"EdgeSecretVersion": new, "EdgeSecretPreviousVersion": old})
    print(f"Deploying {edge_stack}. CloudFront needs some minutes.")
    update(edge, stack, {"SecretVersion": new})
    change_parameters(environment, {"EdgeSecretPreviousVersion": ""})


def current(client, arn):
    """Id of the current version of a secret."""
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    return next(version for version, stages in versions.items() if "AWSCURRENT" in stages)


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


def work():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("environment")
    options.add_argument("secret", choices=["client", "edge"])
    options.add_argument("--edge-stack", metavar="STACK")
    options = options.parse_args()
    environment = Environment.named(options.environment)
    if options.secret == "client":
        rotate_client_secret(environment)
    elif options.edge_stack:
        rotate_edge_secret(environment, options.edge_stack)
    else:
        sys.exit("edge needs --edge-stack, such as --edge-stack sign-in-prod-edge.")
    print("Rotated.")


if __name__ == "__main__":
    main(work)
