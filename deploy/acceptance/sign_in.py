"""Steps that try what users do, where documentation and reports about Cognito disagree."""

import json
import time

from botocore.exceptions import ClientError

from acceptance.harness import (
    ORIGIN, PASSWORD, USERNAME, claims, create_user, deployed, kept, preflight, report, require, send, sign_in, step,
    totp,
)


def simulated(name):
    """Address of Amazon's mailbox simulator, which accepts email and stores none. All have the same masked form."""
    return f"success+{name}@simulator.amazonses.com"


def passwordless_responses(where, username):
    """Responses of a passwordless sign-in, without values that differ by user and request."""
    def comparable(status, body):
        body.pop("session", None)
        return f"{status} {json.dumps(body, sort_keys=True).replace(username, 'USERNAME')}"

    begun = {"username": username}
    preferred = send(where, "start-login", begun | {"preferred": "EMAIL_OTP"})[:2]
    status, offered, _ = send(where, "start-login", begun)
    responses = {"start-login with EMAIL_OTP": preferred, "start-login": (status, dict(offered))}
    if offered.get("challenge") == "SELECT_CHALLENGE":
        answer = {"challenge": "SELECT_CHALLENGE", "choice": "EMAIL_OTP"}
        answer |= {"session": offered["session"], "username": offered["username"]}
        responses["answer-challenge with EMAIL_OTP"] = send(where, "answer-challenge", answer)[:2]
    return {route: comparable(*response) for route, response in responses.items()}


def write_email_at_first_sign_in(cognito):
    """ID token claims of an invited user who changes `email` at NEW_PASSWORD_REQUIRED, or Cognito's exception.

    In this pool `email` is neither required nor an alias.
    """
    pool = cognito.create_user_pool(PoolName="sign-in-trial-attributes")["UserPool"]["Id"]
    kept["pool of attributes"] = pool
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="trial", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    attributes = [{"Name": "email", "Value": USERNAME}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(
        UserPoolId=pool, Username="trial", TemporaryPassword=PASSWORD, UserAttributes=attributes,
        MessageAction="SUPPRESS",
    )
    challenge = cognito.admin_initiate_auth(
        UserPoolId=pool, ClientId=client, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "trial", "PASSWORD": PASSWORD},
    )
    try:
        tokens = cognito.admin_respond_to_auth_challenge(
            UserPoolId=pool, ClientId=client, ChallengeName="NEW_PASSWORD_REQUIRED", Session=challenge["Session"],
            ChallengeResponses={
                "USERNAME": "trial", "NEW_PASSWORD": f"{PASSWORD}2", "userAttributes.email": "chief@example.org",
            },
        )
    except ClientError as error:
        return str(error)
    return claims(tokens["AuthenticationResult"]["IdToken"])


@step("first-sign-in", "A user signs in, a wrong password is 401, CORS allows the configured origin")
def _(scratch):
    where = deployed()
    status, body = sign_in(where)
    require(status == 200, f"{status} {body.get('detail')}")
    status, body = sign_in(where, "WrongP@ssw0rd1")
    require((status, body) == (401, {"detail": "Invalid credentials"}), f"{status} {body}")
    status, headers = preflight(where, ORIGIN)
    require(headers.get("access-control-allow-origin") == ORIGIN, f"{status} {headers}")
    require("traceparent" in headers.get("access-control-allow-headers", "").lower(), f"no trace headers: {headers}")


@step("metrics", "A rejected sign-in is counted, and the access log is JSON", "supports neither access logs nor metric filters")
def _(scratch):
    where = deployed()
    sign_in(where, "WrongP@ssw0rd1")
    send(where, "logout", {})
    logs, cloudwatch = where.client("logs"), where.client("cloudwatch")
    for _ in range(60):
        lines = logs.filter_log_events(logGroupName=f"/aws/vendedlogs/{where.stack_name}", limit=50)["events"]
        counted = cloudwatch.get_metric_statistics(
            Namespace=where.stack_name, MetricName="RefusedCredentials",
            StartTime=time.time() - 3600, EndTime=time.time() + 60, Period=3600, Statistics=["Sum"],
        )["Datapoints"]
        if lines and counted:
            break
        time.sleep(10)
    require(counted, "CloudWatch has no RefusedCredentials after ten minutes")
    require(lines, "the access log is empty after ten minutes")
    for line in lines:
        json.loads(line["message"])


@step("totp-set-up", "An authenticator app stays active if a second set-up is abandoned")
def _(scratch):
    where, user = deployed(), f"app-{int(time.time())}@example.org"
    create_user(where, user)
    credentials = {"username": user, "password": PASSWORD}
    status, body, _ = send(where, "login", credentials)
    require(status == 200, f"{status} {body}")
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    status, set_up, _ = send(where, "set-up-totp", {}, **bearer)
    require(status == 200, f"set-up-totp: {status} {set_up.get('detail')}")
    status, verified, _ = send(where, "verify-totp", {"code": totp(set_up["secret"])}, **bearer)
    require(status == 200, f"verify-totp: {status} {verified}")
    status, again, _ = send(where, "set-up-totp", {}, **bearer)
    require(status == 200, f"the second set-up-totp: {status} {again.get('detail')}")
    status, body, _ = send(where, "login", credentials)
    report(f"sign-in after an abandoned set-up: {status}, challenge {body.get('challenge')}")
    asked = body.get("challenge") == "SOFTWARE_TOKEN_MFA"
    require(asked, "no second factor is required: set-up-totp must require a code of the current app")


@step("verified-email", "An invited user cannot keep email_verified with another address", "has different rules for attributes")
def _(scratch):
    result = write_email_at_first_sign_in(deployed().client("cognito-idp"))
    if isinstance(result, str):
        report(result)
        return
    report(f"email {result.get('email')}, email_verified {result.get('email_verified')}")
    unchanged = result.get("email") == USERNAME or result.get("email_verified") not in (True, "true")
    require(unchanged, "email and phone_number must not be accepted in attributes for such a pool")


@step("user-enumeration", "start-login returns the same response for unknown and existing users", "has no sign-in without a password")
def _(scratch):
    where = deployed({"EmailCodeSignIn": "true", "SelfSignUp": "true"})
    names = {kind: simulated(f"{kind}-{int(time.time())}") for kind in ("existing", "unknown", "unconfirmed")}
    create_user(where, names["existing"])
    new = {"username": names["unconfirmed"], "password": PASSWORD, "name": "Trial"}
    status, body, _ = send(where, "sign-up", new)
    require(status == 200, f"sign-up: {status} {body}")
    shown = {kind: passwordless_responses(where, username) for kind, username in names.items()}
    for kind, responses in shown.items():
        for route, response in responses.items():
            report(f"{kind}, {route}: {response}")
    if shown["unconfirmed"] != shown["existing"]:
        report("start-login reveals unconfirmed users, see SECURITY.md")
    require(shown["unknown"] == shown["existing"], "start-login reveals which users exist")
