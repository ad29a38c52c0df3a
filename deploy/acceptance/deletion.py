"""The last step, which deletes everything that the test has created."""

import functools

from acceptance.harness import (
    NAME, delete, describe, environment, kept, options, report, require, resources, run_periodically, send, step, values,
)

SUFFIXES = ("", "-fails", "-crash", "-attached")


def delete_with_pool(where, keeps_pool=False):
    """Deletes a stack, and what it retains: log groups, and unless `keeps_pool` the pool and the secrets."""
    made = resources(where)
    protected = describe(where).get("EnableTerminationProtection")
    if protected:
        where.client("cloudformation").update_termination_protection(
            StackName=where.stack_name, EnableTerminationProtection=False
        )
    delete(where)

    def of(kind):
        return [one["PhysicalResourceId"] for one in made if one["ResourceType"] == kind]

    existing = {one["logGroupName"] for one in log_groups(where)}
    for group in set(of("AWS::Logs::LogGroup")) & existing:
        where.client("logs").delete_log_group(logGroupName=group)
    if keeps_pool:
        return
    for pool in of("AWS::Cognito::UserPool"):
        delete_pool(where, pool)
    for secret in of("AWS::SecretsManager::Secret"):
        where.client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


def delete_pool(where, pool):
    cognito = where.client("cognito-idp")
    cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=pool)


def pages(where, service, operation, member, **arguments):
    found = where.client(service).get_paginator(operation).paginate(**arguments)
    return [one for page in found for one in page.get(member, [])]


def log_groups(where):
    return pages(where, "logs", "describe_log_groups", "logGroups")


def left_behind(where):
    """Names of resources that the test has created and not deleted."""
    names = [one["logGroupName"] for one in log_groups(where)]
    names += [one["Name"] for one in pages(where, "cognito-idp", "list_user_pools", "UserPools", MaxResults=60)]
    names += [one["Name"] for one in pages(where, "secretsmanager", "list_secrets", "SecretList")]
    names += [one["RoleName"] for one in pages(where, "iam", "list_roles", "Roles")]
    names += [one["PolicyName"] for one in pages(where, "iam", "list_policies", "Policies", Scope="Local")]
    names += [one["AlarmName"] for one in pages(where, "cloudwatch", "describe_alarms", "MetricAlarms")]
    names += [one["DashboardName"] for one in pages(where, "cloudwatch", "list_dashboards", "DashboardEntries")]
    names += [one["FunctionName"] for one in pages(where, "lambda", "list_functions", "Functions")]
    return sorted(name for name in names if NAME in name)


@step("deletion", "All resources are deleted, and nothing is left behind")
def _(scratch):
    where = environment()
    edge = environment("-edge")
    edge.region = "us-east-1"
    for suffix in SUFFIXES:
        stack = environment(suffix)
        if describe(stack) is None:
            continue
        # Late invocations may create log groups again, because the managed policy of the functions' roles allows it.
        url = values(describe(stack), "Outputs").get("ApiUrl")
        stop = (lambda: None) if options.emulator else run_periodically(functools.partial(try_to_send, stack, url), 0.2)
        try:
            delete_with_pool(stack)
        finally:
            stop()
    for pool in kept.get("pools", []):
        delete_pool(where, pool)
    if "pool of attributes" in kept:
        where.client("cognito-idp").delete_user_pool(UserPoolId=kept["pool of attributes"])
    for secret in kept.get("secrets", []):
        where.client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    if not options.emulator and describe(edge):
        delete(edge)
    if "bootstrap" in kept:
        delete_bootstrap(where)
    left = left_behind(where)
    report(f"resources that are left: {left or 'none'}")
    require(not left, f"left behind: {', '.join(left)}")


def try_to_send(where, url):
    try:
        send(where, "login", {}, at=url)
    except OSError:
        pass


def delete_bootstrap(where):
    """Deletes the bootstrap stack, and its bucket, which the stack retains."""
    import boto3

    name = where.bootstrap["ReleasesBucket"]
    cloudformation = where.client("cloudformation")
    cloudformation.delete_stack(StackName=kept["bootstrap"])
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=kept["bootstrap"])
    if "provider" in kept:
        where.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=kept["provider"])
    bucket = boto3.resource("s3", region_name=where.region).Bucket(name)
    bucket.object_versions.delete()
    bucket.delete()
