"""Steps about deployments that fail, are repeated, or are rolled back."""

import copy
import datetime
import subprocess

from acceptance.harness import (
    ROOT, change_parameters, create_user, deploy_build, deployed, describe, environment, functions, go_back, kept, logged,
    optional_variable, options, pools, ready, report, require, require_everywhere, require_refused, resource, run_periodically, send,
    sign_in, step, tested, values, variable, versions,
)
from acceptance.deletion import delete_with_pool, log_groups
from releases import bucket, deploy

NO_GRADUAL = "has no CodeDeploy and no alarms that fire"
GRADUAL = {"TrafficShift": "Canary10Percent5Minutes"}


def break_deploy(resources):
    """Adds a resource whose creation fails after all functions are published and their aliases are updated."""
    functions = [name for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"]
    resources["CannotBeMade"] = {
        "Type": "AWS::Logs::MetricFilter",
        "DependsOn": [f"{name}Aliaslive" for name in functions],
        "Properties": {
            "LogGroupName": "there-is-no-such-log-group",
            "FilterPattern": "nothing",
            "MetricTransformations": [{"MetricName": "nothing", "MetricNamespace": "nothing", "MetricValue": "1"}],
        },
    }


def crash_login(folder):
    """Change that replaces the code of login with a program that exits immediately."""
    bootstrap = folder / "bootstrap"
    bootstrap.write_text("#!/bin/sh\nexit 1\n")
    bootstrap.chmod(0o755)

    def change(resources):
        resources["LoginFunction"]["Properties"]["CodeUri"] = str(folder)

    return change


def add_route(resources):
    """Adds the route `extra`, which does the same as login, with a limit of its own."""
    for kind in "Function", "LogGroup":
        resources[f"Extra{kind}"] = copy.deepcopy(resources[f"Login{kind}"])
    properties = resources["ExtraFunction"]["Properties"]
    properties["Events"]["Route"]["Properties"]["Path"] = "/api/auth/extra"
    properties["LoggingConfig"] = {"LogGroup": {"Ref": "ExtraLogGroup"}}
    del properties["DeploymentPreference"]
    settings = resources["Api"]["Properties"]["RouteSettings"]
    settings["POST /api/auth/extra"] = copy.deepcopy(settings["POST /api/auth/login"])


def alarm_fired(where, alarm, since):
    history = where.client("cloudwatch").describe_alarm_history(
        AlarmName=f"{where.stack_name}-{alarm}", HistoryItemType="StateUpdate", StartDate=since
    )["AlarmHistoryItems"]
    return any("to ALARM" in one["HistorySummary"] for one in history)


@step("failing-first-deployment", "A failed first deployment leaves no resources, and the next one succeeds")
def _(scratch):
    fails = environment("-fails")
    before = pools(fails)
    message = require_refused(lambda: deploy_build(fails, change=break_deploy), "the broken template was deployed")
    require("No resources remain" in message, message)
    require(pools(fails) == before, f"a user pool was not deleted: {pools(fails) - before}")
    deploy_build(fails, {"DeletionProtection": "INACTIVE"})
    require(describe(fails)["StackStatus"] == "CREATE_COMPLETE", describe(fails)["StackStatus"])
    delete_with_pool(fails)


@step("first-deployment", "A first deployment creates a pool with deletion protection, and tags its resources")
def _(scratch):
    where = deployed()
    pool = values(describe(where), "Outputs")["UserPoolId"]
    described = where.client("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]
    require(described.get("DeletionProtection") == "ACTIVE", described.get("DeletionProtection"))
    require(described["Name"] == where.stack_name, f"the pool is named {described['Name']}")
    tags = {tag["Key"]: tag["Value"] for tag in describe(where).get("Tags", [])}
    require(tags.get("application") == where.stack_name, f"tags of the stack: {tags}")


@step("second-deployment", "A second deployment of the same build publishes a version of every function")
def _(scratch):
    where = deployed()
    before = versions(where)
    deployed(again=True)
    after = versions(where)
    same = [name for name in after if after[name] == before[name]]
    require(not same, f"unchanged versions: {', '.join(same)}")
    require(sign_in(where)[0] == 200, "users cannot sign in")
    require_everywhere(where, "Release", values(describe(where), "Parameters")["Release"], variable("RELEASE"))


@step("failing-deployment", "A deployment that fails halfway is rolled back, and the same commit can be deployed again")
def _(scratch):
    where = deployed({"DefaultUserName": "Before"})
    broken = {"DefaultUserName": "Never"}
    message = require_refused(lambda: deploy_build(where, broken, break_deploy), "the broken template was deployed")
    require("keeps running" in message, message)
    require(describe(where)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", describe(where)["StackStatus"])
    require(sign_in(where)[1]["user"]["name"] == "Before", "a parameter of the failed deployment is live")
    deployed({"DefaultUserName": "Again"})
    require(sign_in(where)[1]["user"]["name"] == "Again", "the response has the old name")


@step("older-commit", "An older commit does not replace a newer one")
def _(scratch):
    git = ["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD~1"]
    older = subprocess.run(git, capture_output=True, text=True, check=False)
    if older.returncode != 0:
        return "the clone is shallow, so there is no previous commit"
    where = deployed()
    deploy_older = lambda: deploy(where, *ready(where, (), f"{older.stdout.strip()}-older"))  # noqa: E731
    message = require_refused(deploy_older, "the older commit was deployed")
    require("which is newer than" in message, message)


@step("rollback", "One command restores the previous release, and changed parameters need no build")
def _(scratch):
    where = deployed({"DefaultUserName": "First"})
    deployed({"DefaultUserName": "Second"})
    change_parameters(where, {"DefaultUserName": "Third"})
    require(sign_in(where)[1]["user"]["name"] == "Third", "the changed parameter is not live")
    go_back(where)
    require(sign_in(where)[1]["user"]["name"] == "First", "the response has another name")


@step("route-and-back", "A release with one more route can be deployed and rolled back")
def _(scratch):
    where = deployed()
    deploy_build(where, change=add_route)
    status, body, _ = send(where, "extra", {})
    require(status == 422, f"the added route: {status} {body}")
    go_back(where)
    report(f"stack after the rollback: {describe(where)['StackStatus']}")
    require("extra" not in str(functions(where)).lower(), "the added function still exists")
    for group in log_groups(where):
        # Log groups outlive their route.
        if "ExtraLogGroup" in group["logGroupName"]:
            where.client("logs").delete_log_group(logGroupName=group["logGroupName"])
    if not options.emulator:
        require(send(where, "extra", {})[0] == 404, "the added route still exists")
    require(sign_in(where)[0] == 200, "users cannot sign in after the rollback")


@step("bootstrap-roles", "Deployments change from hand to GitHub's roles and back")
def _(scratch):
    import os

    where = deployed()
    cloudformation = where.client("cloudformation")
    named = {"Environment": "trial", "Organization": "example", "Repository": "example"}
    if options.emulator:
        # The emulator cannot create a provider.
        arns = ["arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com"]
    else:
        providers = where.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
        arns = [one["Arn"] for one in providers if one["Arn"].endswith("token.actions.githubusercontent.com")]
    named |= {"OidcProviderArn": arns[0]} if arns else {}
    name = f"{where.stack_name}-bootstrap"
    if describe(where, name) is None:
        cloudformation.create_stack(
            StackName=name, TemplateBody=(ROOT / "deploy/bootstrap.yaml").read_text(), Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in named.items()],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name)
    kept["bootstrap"] = name
    if not arns:
        providers = where.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
        kept["provider"] = next(one["Arn"] for one in providers if one["Arn"].endswith("token.actions.githubusercontent.com"))
    where = environment()
    os.environ["GITHUB_ACTIONS"] = "true"
    try:
        message = require_refused(lambda: deploy_build(where), "GitHub deployed over a stack without the boundary")
        report(f"from GitHub, before a deployment by hand: {message}")
        del os.environ["GITHUB_ACTIONS"]
        deploy_build(where)
        boundary = where.bootstrap["BoundaryArn"]
        require(values(describe(where), "Parameters")["PermissionsBoundaryArn"] == boundary, "the stack has no boundary")
        if not options.emulator:
            require_everywhere(where, "PermissionsBoundaryArn", boundary, boundary_of(where))
        os.environ["GITHUB_ACTIONS"] = "true"
        deploy_build(where)
        role = describe(where).get("RoleARN")
        report(f"service role of the stack: {role}")
        require(options.emulator or role == where.bootstrap["CloudFormationRoleArn"], "the stack has no service role")
        message = require_refused(lambda: deploy_build(where, change=break_deploy), "the broken template was deployed")
        report(f"failed deployment with the role: {describe(where)['StackStatus']}")
        require("keeps running" in message, message)
    finally:
        os.environ.pop("GITHUB_ACTIONS", None)
    deploy_build(where, {"TrafficShift": "AllAtOnce", "DefaultUserName": "By hand"})
    require(sign_in(where)[1]["user"]["name"] == "By hand", "the deployment by hand is not live")
    go_back(where)
    require(sign_in(where)[1]["user"]["name"] == "IGAD User", "the rollback by hand is not live")
    require(bucket(where) == where.bootstrap["ReleasesBucket"], f"releases are in {bucket(where)}")


def boundary_of(where):
    """Getter for the permissions boundary of a function's role."""
    iam = where.client("iam")

    def see(configuration):
        role = iam.get_role(RoleName=configuration["Role"].split("/")[-1])["Role"]
        return role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")

    return see


@step("crashing-version", "The alarm of the alias rolls a crashing version back before all traffic reaches it", NO_GRADUAL)
def _(scratch):
    where = deployed(GRADUAL)
    before, began = versions(where), datetime.datetime.now(datetime.timezone.utc)
    # One request in ten reaches the new version: too few failures in a minute for the alarm of the whole API.
    stop = run_periodically(lambda: send(where, "login", {}), 4)
    try:
        message = require_refused(lambda: deploy_build(where, GRADUAL, crash_login(scratch)), "the crashing version was deployed")
    finally:
        stop()
    report(f"stack after the alarm: {describe(where)['StackStatus']}. {message}")
    require(versions(where) == before, "the live versions have changed")
    require(alarm_fired(where, "crashes-login", began), "another alarm caused the rollback")
    tested.add("TrafficShift")


@step("crash-in-access-log", "A crash is counted in Failures", "has no access logs")
def _(scratch):
    where = environment("-crash")
    deploy_build(where, {"DeletionProtection": "INACTIVE"}, crash_login(scratch))
    try:
        _, _, headers = send(where, "login", {})
        line = logged(where, f"/aws/vendedlogs/{where.stack_name}", headers["apigw-requestid"])
        report(f"access log of a crash: status {line['status']}, function {line['function']}, lambda {line['lambda']}")
        require(line["function"] == "-", "the metric filter of `Failures` does not count crashes")
    finally:
        delete_with_pool(where)


@step("blocked-by-alarm", "An alarm in state ALARM blocks a gradual deployment, but not AllAtOnce", NO_GRADUAL)
def _(scratch):
    where = deployed(GRADUAL)
    before, cloudwatch = versions(where), where.client("cloudwatch")
    alarm = {"StateValue": "ALARM", "StateReason": "acceptance test"}
    stop = run_periodically(lambda: cloudwatch.set_alarm_state(AlarmName=f"{where.stack_name}-failures", **alarm), 5)
    try:
        blocked = GRADUAL | {"DefaultUserName": "Never"}
        message = require_refused(lambda: deploy_build(where, blocked), "the deployment succeeded in state ALARM")
        # A rollback of the other aliases may need CodeDeploy, which may refuse while the alarm fires.
        report(f"stack after the blocked deployment: {describe(where)['StackStatus']}. {message}")
        require(versions(where) == before, "the live versions have changed")
        deploy_build(where, {"TrafficShift": "AllAtOnce", "DefaultUserName": "Fixed"})
    finally:
        stop()
    require(sign_in(where)[1]["user"]["name"] == "Fixed", "the fix is not live")


@step("email-change", "EmailChange is rejected for a pool that does not verify an address before it is updated")
def _(scratch):
    cognito = environment().client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="sign-in-trial-email-change")["UserPool"]["Id"]
    kept.setdefault("pools", []).append(pool)
    where = environment("-email-change", {"ExistingUserPoolId": pool})
    message = require_refused(lambda: deploy_build(where, {"EmailChange": "true"}), "EmailChange was deployed")
    require(pool in message, message)
    require(describe(where) is None, "the rejected deployment has created a stack")


# Federated sign-in of an existing pool and app client, which keep their settings.
FEDERATED = {
    "FederationDomain": "auth.trial.example.org", "ExistingFederatedProviders": "Google,Microsoft",
    "FederationRedirectUris": "https://trial.example.org/callback", "FederationLogoutUris": "https://trial.example.org/",
}


@step("attached-pool", "The user pool survives the deletion of its stack, and a new stack uses it with its sessions")
def _(scratch):
    where, attached = environment("-attached"), None
    if describe(where) is None:
        deploy_build(where)
        create_user(where)
    outputs = values(describe(where), "Outputs")
    pool, client = outputs["UserPoolId"], outputs["UserPoolClientId"]
    kept.setdefault("pools", []).append(pool)
    kept.setdefault("secrets", []).append(outputs["ClientSecretArn"])
    status, tokens = sign_in(where)
    require(status == 200, status)
    audit_key = resource(where, "AuditKey")
    kept["secrets"].append(audit_key)
    delete_with_pool(where, keeps_pool=True)
    require(describe(where) is None, "the stack still exists")
    secretsmanager = where.client("secretsmanager")
    secret = secretsmanager.get_secret_value(SecretId=outputs["ClientSecretArn"])
    require(secretsmanager.get_secret_value(SecretId=audit_key)["SecretString"], "the audit key was deleted")
    again = environment("-attached", {"ExistingUserPoolId": pool})
    attached = {"ExistingUserPoolClientId": client, "ClientSecretArn": outputs["ClientSecretArn"]}
    deploy_build(again, attached | FEDERATED | {"EmailChange": "true"})
    require_everywhere(again, "EmailChange", "true", variable("EMAIL_CHANGE"))
    for parameter, name, value in (
        ("FederationDomain", "FEDERATION_URL", f"https://{FEDERATED['FederationDomain']}"),
        ("ExistingFederatedProviders", "FEDERATED_PROVIDERS", FEDERATED["ExistingFederatedProviders"]),
        ("FederationRedirectUris", "REDIRECT_URIS", FEDERATED["FederationRedirectUris"]),
        ("FederationLogoutUris", "LOGOUT_REDIRECT_URIS", FEDERATED["FederationLogoutUris"]),
    ):
        require_everywhere(again, parameter, value, optional_variable(name))
    require_everywhere(again, "ExistingUserPoolId", pool, variable("COGNITO_USER_POOL_ID"))
    require_everywhere(again, "ExistingUserPoolClientId", client, variable("COGNITO_CLIENT_ID"))
    require_everywhere(again, "ClientSecretArn", secret["SecretString"], variable("COGNITO_CLIENT_SECRET"))
    status, body, _ = send(again, "refresh-token", {"refresh_token": tokens["refresh_token"]})
    require(status == 200, f"the session of the deleted stack: {status} {body}")
    require(sign_in(again)[0] == 200, "the user cannot sign in")
    # A wrong secret, so users cannot sign in. The step checks that the given version is the one that is read.
    wrong = secretsmanager.put_secret_value(SecretId=outputs["ClientSecretArn"], SecretString="another")["VersionId"]
    deploy_build(again, attached | {"ClientSecretVersion": wrong})
    require_everywhere(again, "ClientSecretVersion", "another", variable("COGNITO_CLIENT_SECRET"))
    deploy_build(again, attached | {"ClientSecretVersion": secret["VersionId"]})
    require(sign_in(again)[0] == 200, "the user cannot sign in with the previous version of the secret")
    if not options.emulator:
        roll_back_wrong_secret(again, attached, secret["VersionId"], wrong)
    delete_with_pool(again)


def roll_back_wrong_secret(where, attached, right, wrong):
    """A gradual deployment with a wrong client secret is rolled back, and no user is signed out."""
    deploy_build(where, attached | GRADUAL | {"ClientSecretVersion": right})
    before, began, statuses = versions(where), datetime.datetime.now(datetime.timezone.utc), set()
    # One request in ten reaches the new version, and the alarm needs five failures in a minute.
    stop = run_periodically(lambda: statuses.add(sign_in(where)[0]), 0.2)
    try:
        wrongly = attached | GRADUAL | {"ClientSecretVersion": wrong}
        require_refused(lambda: deploy_build(where, wrongly), "the deployment succeeded with a wrong client secret")
    finally:
        stop()
    report(f"statuses of sign-ins during the deployment: {sorted(statuses)}")
    require(versions(where) == before, "the live versions have changed")
    require(statuses <= {200, 500}, f"a wrong client secret must be 500, never 401: {sorted(statuses)}")
    require(alarm_fired(where, "failures", began), "another alarm caused the rollback")
    require(sign_in(where)[0] == 200, "the user cannot sign in after the rollback")
