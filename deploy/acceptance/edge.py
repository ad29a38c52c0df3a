"""Steps with CloudFront and WAF in front of the API."""

import time
import uuid

from acceptance.harness import (
    ORIGIN, PASSWORD, ROOT, USERNAME, Environment, api_of, deployed, describe, environment, kept, logged, options, preflight,
    report, require, require_everywhere, resource, run_periodically, send, step, values, variable,
)
from rotate_secret import rotate_edge_secret


def edge_environment():
    return Environment("trial", f"{environment().stack_name}-edge", "us-east-1", {})


def behind_edge():
    """Deploys CloudFront in front of the API. Returns the environment, base URL, headers to add to requests, and secret."""
    if options.emulator:
        # The emulator has no CloudFront, so the test adds its headers.
        where, secret = deployed(), str(uuid.uuid4())
        made = where.client("secretsmanager").create_secret(Name=f"{where.stack_name}-edge-{secret}", SecretString=secret)
        kept.setdefault("secrets", []).append(made["ARN"])
        where = deployed({"EdgeSecretArn": made["ARN"]})
        return where, api_of(where), {"x-edge-secret": secret, "x-viewer-address": "198.51.100.7"}, made["ARN"]
    edge = edge_environment()
    if describe(edge) is None:
        host = api_of(deployed()).removeprefix("https://")
        named = {"ApiHost": host, "ApiRegion": options.region, "GuessesPerAddress": "10"}
        cloudformation = edge.client("cloudformation")
        cloudformation.create_stack(
            StackName=edge.stack_name,
            TemplateBody=(ROOT / "deploy/edge.yaml").read_text(),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in named.items()],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=edge.stack_name)
    outputs = values(describe(edge), "Outputs")
    return deployed({"EdgeSecretArn": outputs["EdgeSecretArn"]}), outputs["Url"], {}, outputs["EdgeSecretArn"]


@step("edge", "Behind CloudFront, CORS allows only the configured origin, and requests that bypass CloudFront are rejected")
def _(scratch):
    where, url, added, arn = behind_edge()
    secret = where.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    require_everywhere(where, "EdgeSecretArn", secret, variable("EDGE_SECRET"))
    credentials = {"username": USERNAME, "password": PASSWORD}
    for origin, allowed in (ORIGIN, ORIGIN), ("https://evil.example", None):
        status, headers = preflight(where, origin, url, **added)
        require(headers.get("access-control-allow-origin") == allowed, f"preflight of {origin}: {status} {headers}")
        status, _, headers = send(where, "login", credentials, at=url, Origin=origin, **added)
        require(status == 200, f"through CloudFront: {status}")
        require(headers.get("access-control-allow-origin") == allowed, f"response to {origin}: {headers}")
    request = headers["x-request-id"]
    status, body, headers = send(where, "login", credentials, Origin=ORIGIN, **{"x-viewer-address": "198.51.100.1"})
    refused = status == 403 and headers.get("x-amzn-errortype") == "PublicAddressRequired"
    require(refused, f"bypassing CloudFront: {status} {body}")
    require(headers.get("access-control-allow-origin") == ORIGIN, f"the page cannot read the error: {headers}")
    if not options.emulator:
        audited = logged(where, resource(where, "LoginLogGroup"), request)["source_ip"]
        seen = logged(where, f"/aws/vendedlogs/{where.stack_name}", request)["sourceIp"]
        require(audited != seen, f"the audit line has CloudFront's address, {seen}")


@step("edge-secret", "Two edge secrets are accepted during a rotation, and only the new one afterwards")
def _(scratch):
    where, url, added, arn = behind_edge()
    secretsmanager = where.client("secretsmanager")
    old = secretsmanager.get_secret_value(SecretId=arn)
    if options.emulator:
        # The emulator has no CloudFront, so the parameters change as the command would change them.
        new = secretsmanager.put_secret_value(SecretId=arn, SecretString=str(uuid.uuid4()))["VersionId"]
        both = {"EdgeSecretArn": arn, "EdgeSecretVersion": new, "EdgeSecretPreviousVersion": old["VersionId"]}
        where = deployed(both)
        value = secretsmanager.get_secret_value(SecretId=arn, VersionId=new)["SecretString"]
        require_everywhere(where, "EdgeSecretVersion", value, variable("EDGE_SECRET"))
        require_everywhere(where, "EdgeSecretPreviousVersion", old["SecretString"], variable("EDGE_SECRET_PREVIOUS"))
        for secret in old["SecretString"], value:
            status, body, _ = send(where, "login", {}, **{"x-edge-secret": secret})
            require(status == 422, f"one of two secrets: {status} {body}")
        return
    statuses = set()
    stop = run_periodically(lambda: statuses.add(send(where, "me", method="GET", at=url)[0]), 1)
    try:
        rotate_edge_secret(where, edge_environment().stack_name)
    finally:
        stop()
    report(f"statuses through CloudFront during the rotation: {sorted(statuses)}")
    require(statuses == {401}, "a request without a token must be 401 throughout")
    status, _, _ = send(where, "login", {}, **{"x-edge-secret": old["SecretString"]})
    require(status == 403, f"the old secret is still accepted: {status}")
    new = secretsmanager.get_secret_value(SecretId=arn)["SecretString"]
    require_everywhere(where, "EdgeSecretVersion", new, variable("EDGE_SECRET"))
    require_everywhere(where, "EdgeSecretPreviousVersion", "", variable("EDGE_SECRET_PREVIOUS"))


@step("cookie", "The refresh token in a cookie works through the API, and is bound to the configured origin")
def _(scratch):
    _, url, added, arn = behind_edge()
    where = deployed({"EdgeSecretArn": arn, "RefreshTokenCookie": "true", "RefreshTokenDays": "7"})
    for parameter, value, name in (
        ("RefreshTokenCookie", "7", "REFRESH_TOKEN_COOKIE_DAYS"), ("RefreshTokenDays", "7", "REFRESH_TOKEN_COOKIE_DAYS"),
        ("AllowedOrigins", ORIGIN, "ALLOWED_ORIGINS"),
    ):
        require_everywhere(where, parameter, value, variable(name))
    credentials = {"username": USERNAME, "password": PASSWORD, "cookie": True}
    status, body, headers = send(where, "login", credentials, at=url, Origin=ORIGIN, **added)
    cookie = headers.get("set-cookie", "")
    require(status == 200 and "refresh_token" not in body, f"{status} {body.keys()}")
    require(cookie.startswith("__Host-refresh_token=") and "HttpOnly" in cookie, f"no cookie: {headers}")
    sent = added | {"Cookie": cookie.split(";")[0]}
    status, body, _ = send(where, "refresh-token", {}, at=url, Origin=ORIGIN, **sent)
    require(status == 200, f"refresh with the cookie: {status} {body}")
    status, _, _ = send(where, "refresh-token", {}, at=url, Origin="https://evil.example", **sent)
    require(status == 403, f"refresh from another origin: {status}")
    status, _, headers = send(where, "logout", {}, at=url, Origin=ORIGIN, **sent)
    require(status == 200 and "Max-Age=0" in headers.get("set-cookie", ""), f"logout does not clear the cookie: {headers}")


@step("waf", "WAF blocks password guessing with a 429 that pages can read, and does not block preflights", "has no CloudFront and no WAF")
def _(scratch):
    where, url, _, _ = behind_edge()
    for _ in range(600):
        status, body, headers = send(where, "login", {}, at=url, Origin=ORIGIN)
        if status == 429:
            break
        time.sleep(1)
    require(status == 429, f"status after ten minutes of requests: {status}")
    require(set(body) == {"detail"} and headers.get("retry-after"), f"not the error format of openapi/openapi.yaml: {body} {headers}")
    require(headers.get("access-control-allow-origin") == "*", f"pages cannot read the response: {headers}")
    status, headers = preflight(where, ORIGIN, url)
    require(headers.get("access-control-allow-origin") == ORIGIN, f"the preflight is blocked, too: {status} {headers}")
