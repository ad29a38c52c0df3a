"""Holds what combinations.py has written to what the templates promise, and no lint knows.

    template_assertions.py FOLDER
"""

import json
import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "deploy"))

from template_counts import ALARMS, EDGE_RULES, EDGE_SECRETS, FUNCTIONS, SECRETS  # noqa: E402 (the path is set above)

# Managed policies of CloudFront, by their ids:
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html and
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

# The header in which CloudFront sends the edge secret. Tests of shared/src/lambda send the secret under the same name.
EDGE_SECRET_HEADER = "x-edge-secret"

# WAF's statement that matches preflight requests.
PREFLIGHT = {
    "FieldToMatch": {"Method": {}}, "PositionalConstraint": "EXACTLY", "SearchString": "OPTIONS",
    "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
}

# Routes that take no password and send no code, so that nobody can guess by them. A new route is either here, or WAF
# counts it among the guesses.
NOT_GUESSED_BY = {
    "complete-passkey", "delete-passkey", "factors", "logout", "me", "passkeys", "prefer-factor", "refresh-token",
    "set-up-totp", "start-passkey",
}

# Calls per second that Cognito allows an account and region in each category of its operations:
# https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html. Answers to challenges have three times the quota of
# UserAuthentication, except those to NEW_PASSWORD_REQUIRED, which count in UserAccountRecovery.
QUOTAS = {
    "UserAuthentication": 120, "challenge answers": 360, "UserAccountRecovery": 30, "UserCreation": 50, "UserRead": 120,
    "UserUpdate": 25, "UserResourceRead": 50, "UserResourceUpdate": 25, "UserToken": 120,
}

# The most calls in each category that one request of a route makes, without retries. Operations on passkeys are in no
# category of that page; they count here as the operations on authenticator apps do. answer-challenge counts as the usual
# answer: the few that set a password or set up an app use other categories, and cannot have a limit of their own.
CALLS = {
    "login": {"UserAuthentication": 1},
    "start-login": {"UserAuthentication": 1},
    "refresh-token": {"UserAuthentication": 1},
    "answer-challenge": {"challenge answers": 1},
    "complete-password-change": {"UserAccountRecovery": 1},
    "forgot-password": {"UserAccountRecovery": 1},
    "reset-password": {"UserAccountRecovery": 1, "UserUpdate": 1},
    "change-password": {"UserAccountRecovery": 1},
    "sign-up": {"UserCreation": 1},
    "confirm-sign-up": {"UserCreation": 1},
    "resend-code": {"UserResourceRead": 1},
    # With `everywhere` and an expired access token: a refresh, GlobalSignOut, RevokeToken.
    "logout": {"UserAuthentication": 1, "UserUpdate": 1, "UserToken": 1},
    "me": {"UserRead": 1},
    "factors": {"UserRead": 1},
    "passkeys": {"UserRead": 1},
    "set-up-totp": {"UserResourceUpdate": 1},
    "verify-totp": {"UserResourceUpdate": 2, "UserRead": 1},
    "prefer-factor": {"UserResourceUpdate": 1},
    "start-passkey": {"UserResourceUpdate": 1},
    "complete-passkey": {"UserResourceUpdate": 1},
    "delete-passkey": {"UserResourceUpdate": 1},
}

# Calls per second kept free for routes to come: update-profile, change-email, verify-email and delete-account, two each.
RESERVED = {"UserUpdate": 8}

# Request headers that pages may send, whatever AdditionalAllowedHeaders adds.
ALLOWED_HEADERS = {"authorization", "content-type", "x-amz-user-context-data", "traceparent", "tracestate", "baggage"}

# Attributes that users may write, whatever EditableAttributes adds.
WRITE_ATTRIBUTES = {
    "address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
    "picture", "profile", "website", "zoneinfo",
}

# The limit for all variables of a function together:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. Lambda measures them as one JSON object
# (github-aws-runners/terraform-aws-github-runner#3594).
ENVIRONMENT_LIMIT = 4096

# The largest ids and client secrets of Cognito:
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html.
USER_POOL_ID, CLIENT_ID, CLIENT_SECRET = 55, 128, 64

# The longest name of a stack: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html.
STACK_NAME = 128

failures = []


def hold(condition, words):
    if not condition:
        failures.append(words)


def of_type(template, kind):
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def document_of(template):
    (api,) = of_type(template, "AWS::ApiGatewayV2::Api").values()
    return api["Properties"]["Body"]


def resolve(node, template):
    """The value of a parameter, or of Fn::Join and Fn::Split over parameters and text."""
    match node:
        case {"Ref": name}:
            return str(template["Parameters"][name]["Default"])
        case {"Fn::Join": [delimiter, parts]}:
            return delimiter.join(resolve(part, template) for part in parts)
        case {"Fn::Split": [delimiter, text]}:
            return resolve(text, template).split(delimiter)
        case list():
            return [resolve(one, template) for one in node]
    return node


def pages_may_send_the_headers_of_the_api_and_of_tracing(name, template):
    headers = resolve(document_of(template)["x-amazon-apigateway-cors"]["allowHeaders"], template)
    added = [one for one in template["Parameters"]["AdditionalAllowedHeaders"]["Default"].split(",") if one]
    expected = sorted([*ALLOWED_HEADERS, *added])
    hold(sorted(headers) == expected, f"{name}: allowed headers are {headers}, not {expected}")
    hold("*" not in headers and all(headers), f"{name}: allowed headers with a wildcard or an empty name: {headers}")


def users_may_write_the_listed_attributes_alone(name, template):
    """An app client without WriteAttributes, or with an empty list, lets users write all attributes."""
    added = [one for one in template["Parameters"]["EditableAttributes"]["Default"].split(",") if one]
    expected = sorted([*WRITE_ATTRIBUTES, *added])
    for client in of_type(template, "AWS::Cognito::UserPoolClient").values():
        writable = sorted(resolve(client["Properties"].get("WriteAttributes", []), template))
        hold(writable == expected, f"{name}: users may write {writable}, not {expected}")
    for pool in of_type(template, "AWS::Cognito::UserPool").values():
        required = {one["Name"] for one in pool["Properties"].get("Schema", []) if one.get("Required")}
        hold(required <= set(expected), f"{name}: required, and not writable: {sorted(required - set(expected))}")


def generated_length(template):
    """The length of the longest secret that the template generates."""
    secrets = of_type(template, "AWS::SecretsManager::Secret").values()
    return max(secret["Properties"]["GenerateSecretString"]["PasswordLength"] for secret in secrets)


def largest_value(parameter):
    """The most bytes that a value of the parameter has, as a part of a JSON string; None if it has no limit."""
    if "AllowedValues" in parameter:
        return max(len(str(value).encode()) for value in parameter["AllowedValues"])
    if parameter["Type"] == "Number":
        return len(str(parameter["MaxValue"])) if "MaxValue" in parameter else None
    if "MaxLength" not in parameter:
        return None
    # CloudFormation counts characters. Those that a pattern of the template allows are ASCII, and need no escape in JSON.
    # Any other character has up to four bytes in UTF-8, and escaped not more, except control characters.
    return int(parameter["MaxLength"]) * (1 if "AllowedPattern" in parameter else 4)


def variables_of_each_function_are_below_lambdas_limit(name, template, edge_secret):
    """With the largest values. Deployments with larger ones fail."""
    sizes = {
        "AWS::StackName": STACK_NAME,
        **{pool: USER_POOL_ID for pool in of_type(template, "AWS::Cognito::UserPool")},
        **{client: CLIENT_ID for client in of_type(template, "AWS::Cognito::UserPoolClient")},
        **{parameter: largest_value(one) for parameter, one in template["Parameters"].items()},
    }
    # Attributes, and dynamic references, which CloudFormation replaces by the secret.
    secrets = {
        "COGNITO_CLIENT_SECRET": CLIENT_SECRET, "EDGE_SECRET": edge_secret, "AUDIT_KEY": generated_length(template),
    }
    for function, one in of_type(template, "AWS::Lambda::Function").items():
        largest = {}
        for variable, value in one["Properties"]["Environment"]["Variables"].items():
            match value:
                case str():
                    largest[variable] = value
                case {"Ref": reference}:
                    size = sizes.get(reference)
                    hold(size is not None, f"{name}: {reference}, the value of {variable}, has no largest length")
                    largest[variable] = "x" * (size or 0)
                case _:
                    hold(variable in secrets, f"{name}: {variable} of {function} has no largest length")
                    largest[variable] = "x" * secrets.get(variable, 0)
        size = len(json.dumps(largest, separators=(",", ":"), ensure_ascii=False).encode())
        words = f"{name}: variables of {function} may have {size} bytes, Lambda allows fewer than {ENVIRONMENT_LIMIT}"
        hold(size < ENVIRONMENT_LIMIT, words)


def each_alias_that_is_shifted_is_watched(name, template):
    """By an alarm on the errors of that alias and the new version, which the deployment waits for."""
    aliases, alarms = of_type(template, "AWS::Lambda::Alias"), of_type(template, "AWS::CloudWatch::Alarm")
    hold(aliases, f"{name} has no aliases")
    watching = set()
    for alias in aliases.values():
        function, version = alias["Properties"]["FunctionName"], alias["Properties"]["FunctionVersion"]
        shift = alias.get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate")
        if not shift:
            continue
        group = template["Resources"][shift["DeploymentGroupName"]["Ref"]]["Properties"]
        watched = [alarm["Name"].get("Ref") for alarm in group["AlarmConfiguration"]["Alarms"]]
        dimensions = [
            {"Name": "FunctionName", "Value": function},
            {"Name": "Resource", "Value": {"Fn::Sub": f"${{{function['Ref']}}}:{alias['Properties']['Name']}"}},
            {"Name": "ExecutedVersion", "Value": version},
        ]
        own = {one for one in watched if one and alarms[one]["Properties"].get("Dimensions") == dimensions}
        hold(len(own) == 1, f"{name}: no alarm watches the alias of {function['Ref']} while it is shifted")
        watching |= own
    idle = {one for one, alarm in alarms.items() if alarm["Properties"].get("MetricName") == "Errors"} - watching
    hold(not idle, f"{name}: nobody asks {idle}")


def widgets(template, kind):
    """The properties of the dashboard's widgets of this kind. In JSON, variables of Fn::Sub are parts of strings."""
    (dashboard,) = of_type(template, "AWS::CloudWatch::Dashboard").values()
    body = json.loads(dashboard["Properties"]["DashboardBody"]["Fn::Sub"])
    return [widget["properties"] for widget in body["widgets"] if widget["type"] == kind]


def the_dashboard_shows_each_function(name, template):
    """In the widget of Lambda's metrics, whose rows end with a function."""
    (rows,) = (one["metrics"] for one in widgets(template, "metric") if one["metrics"][0][0] == "AWS/Lambda")
    shown = {row[-1] for row in rows}
    functions = {f"${{{function}}}" for function in of_type(template, "AWS::Lambda::Function")}
    hold(shown == functions, f"{name}: not both in the dashboard and in the template: {sorted(shown ^ functions)}")


def upstream_alarms_cover_all_routes_and_do_not_roll_back(name, template):
    """Outages of Cognito and rejections by the pool affect the previous version as well."""
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    groups = of_type(template, "AWS::CodeDeploy::DeploymentGroup").values()
    watched = [alarm["Name"] for group in groups for alarm in group["Properties"]["AlarmConfiguration"]["Alarms"]]
    for metric in "UpstreamFailures", "UpstreamRefusals":
        found = [one for one, alarm in alarms.items() if alarm["Properties"].get("MetricName") == metric]
        hold(len(found) == 1, f"{name}: {metric} has {len(found)} alarms")
        for one in found:
            properties = alarms[one]["Properties"]
            own_namespace = properties["Namespace"] == {"Ref": "AWS::StackName"} and "Dimensions" not in properties
            hold(own_namespace, f"{name}: {one} does not watch the metric of all routes")
            is_watched = {"Ref": one} in watched or properties["AlarmName"] in watched
            hold(not is_watched, f"{name}: {one} would roll a deployment back")
    (shown,) = (one["alarms"] for one in widgets(template, "alarm"))
    missing = {one for one in alarms if f"${{{one}.Arn}}" not in shown} - {
        one for one, alarm in alarms.items() if alarm["Properties"].get("MetricName") == "Errors"
    }
    hold(not missing, f"{name}: alarms that the dashboard does not show: {sorted(missing)}")


def the_limits_of_all_routes_together_are_within_cognitos(name, template):
    """API Gateway counts the requests of each route, and Cognito the calls of each category."""
    (stage,) = (one["Properties"] for one in of_type(template, "AWS::ApiGatewayV2::Stage").values())
    sums = dict.fromkeys(QUOTAS, 0) | RESERVED
    for path, methods in document_of(template)["paths"].items():
        route = path.removeprefix("/api/auth/")
        hold(route in CALLS, f"{name}: CALLS does not have what {route} calls")
        for method in methods.keys() & {"get", "post"}:
            settings = stage["RouteSettings"].get(f"{method.upper()} {path}", stage["DefaultRouteSettings"])
            limit = int(template["Parameters"][settings["ThrottlingRateLimit"]["Ref"]]["Default"])
            for category, calls in CALLS.get(route, {}).items():
                sums[category] += calls * limit
    for category, calls in sums.items():
        hold(0 < calls <= QUOTAS[category], f"{name}: {category}: {calls} calls per second, Cognito allows {QUOTAS[category]}")


def pages_may_call_the_api_through_cloudfront(name, edge, cors):
    (distribution,) = of_type(edge, "AWS::CloudFront::Distribution").values()
    configuration = distribution["Properties"]["DistributionConfig"]
    hold("CacheBehaviors" not in configuration, f"{name}: there are cache behaviours that this does not look at")
    behavior = configuration["DefaultCacheBehavior"]
    allowed, cached = behavior["AllowedMethods"], behavior.get("CachedMethods", ["GET", "HEAD"])
    hold({"OPTIONS", *cors["allowMethods"]} <= set(allowed), f"{name}: CloudFront lets only {allowed} through")
    # A preflight that is kept would be answered to a page of another origin.
    hold(behavior["CachePolicyId"] == CACHING_DISABLED and "OPTIONS" not in cached, f"{name}: answers are kept")
    # API Gateway answers a preflight by Origin and Access-Control-Request-Method.
    policy = behavior["OriginRequestPolicyId"]
    hold(policy == ALL_VIEWER_EXCEPT_HOST_HEADER, f"{name}: headers of a preflight may not reach API Gateway")
    hold("ResponseHeadersPolicyId" not in behavior, f"{name}: CloudFront may change what API Gateway says of CORS")


def conditions_of(rate_based_statement):
    """The statements that must all apply to a request for the rule to count it."""
    return rate_based_statement.get("ScopeDownStatement", {}).get("AndStatement", {}).get("Statements", [])


def pages_may_read_what_waf_answers(name, edge, cors):
    (acl,) = (one["Properties"] for one in of_type(edge, "AWS::WAFv2::WebACL").values())
    refusals = [rule for rule in acl["Rules"] if "RateBasedStatement" in rule["Statement"]]
    hold(refusals, f"{name}: no address has a limit")
    for rule in refusals:
        words, answer = f"{name}, {rule['Name']}", rule["Action"]["Block"]["CustomResponse"]
        headers = {header["Name"]: header["Value"] for header in answer["ResponseHeaders"]}
        hold(answer["ResponseCode"] == 429 and "retry-after" in headers, f"{words}: nobody is told to wait")
        body = json.loads(acl["CustomResponseBodies"][answer["CustomResponseBodyKey"]]["Content"])
        hold(list(body) == ["detail"], f"{words}: not the contract's shape of an error: {body}")
        hold(headers.get("access-control-allow-origin") == "*", f"{words}: no page may read it")
        exposed = set(headers.get("access-control-expose-headers", "").split(","))
        readable = headers.keys() & set(cors["exposeHeaders"])
        hold(exposed == readable, f"{words}: a page may read {exposed}, of the API {readable}")
        # A preflight that is refused keeps a page from asking, and from reading why.
        statement = rule["Statement"]["RateBasedStatement"]
        apart = {"HTTPMethod": {}} in statement.get("CustomKeys", []) or {
            "NotStatement": {"Statement": {"ByteMatchStatement": PREFLIGHT}}
        } in conditions_of(statement)
        hold(apart, f"{words}: preflights are counted with the requests that they come before")


def each_route_that_can_be_guessed_by_has_a_limit(name, edge, api):
    (acl,) = (one["Properties"] for one in of_type(edge, "AWS::WAFv2::WebACL").values())
    (guesses,) = (rule["Statement"]["RateBasedStatement"] for rule in acl["Rules"] if rule["Name"] == "guesses")
    matches = [one["RegexMatchStatement"] for one in conditions_of(guesses) if "RegexMatchStatement" in one]
    (pattern,) = (match["RegexString"] for match in matches)
    free = {path.removeprefix("/api/auth/") for path in api["paths"] if not re.search(pattern, path)}
    hold(free == NOT_GUESSED_BY, f"{name}: without a limit against guessing: {sorted(free ^ NOT_GUESSED_BY)}")


def cloudfront_sends_the_edge_secret(name, edge):
    """The header of the viewer's address is set by a function, which local/browser/edge.test.js runs."""
    (distribution,) = of_type(edge, "AWS::CloudFront::Distribution").values()
    (origin,) = distribution["Properties"]["DistributionConfig"]["Origins"]
    sent = [header["HeaderName"] for header in origin["OriginCustomHeaders"]]
    hold(sent == [EDGE_SECRET_HEADER], f"{name}: CloudFront sends {sent}, and the functions read {EDGE_SECRET_HEADER}")


def the_cost_model_counts_the_resources_of_template(name, template):
    functions, alarms = of_type(template, "AWS::Lambda::Function"), of_type(template, "AWS::CloudWatch::Alarm")
    of_functions = [one for one in alarms.values() if one["Properties"]["MetricName"] == "Errors"]
    is_gradual = bool(of_type(template, "AWS::CodeDeploy::DeploymentGroup"))
    for kind, found, counted in (
        ("functions", len(functions), FUNCTIONS),
        ("alarms of functions", len(of_functions), FUNCTIONS if is_gradual else 0),
        ("other alarms", len(alarms) - len(of_functions), ALARMS),
        ("secrets", len(of_type(template, "AWS::SecretsManager::Secret")), SECRETS),
    ):
        hold(found == counted, f"{name}: {found} {kind}, deploy/template_counts.py has {counted}")


def the_cost_model_counts_the_resources_of_edge(edges):
    """Of the combination with most of them: there is no replica of the secret where the API is in us-east-1."""
    secrets = max(
        sum(1 + len(one["Properties"].get("ReplicaRegions", [])) for one in of_type(edge, "AWS::SecretsManager::Secret").values())
        for edge in edges.values()
    )
    hold(secrets == EDGE_SECRETS, f"edge: {secrets} secrets with replicas, deploy/template_counts.py has {EDGE_SECRETS}")
    for name, edge in edges.items():
        (acl,) = of_type(edge, "AWS::WAFv2::WebACL").values()
        rules = len(acl["Properties"]["Rules"])
        hold(rules == EDGE_RULES, f"{name}: {rules} rules of WAF, deploy/template_counts.py has {EDGE_RULES}")


def read(folder, stem):
    return {file.name: json.loads(file.read_text()) for file in sorted(folder.glob(f"{stem}-*.json"))}


def main(folder):
    templates, edges = read(Path(folder), "template"), read(Path(folder), "edge")
    edge_secret = max(map(generated_length, edges.values()))
    for name, template in templates.items():
        each_alias_that_is_shifted_is_watched(name, template)
        the_dashboard_shows_each_function(name, template)
        upstream_alarms_cover_all_routes_and_do_not_roll_back(name, template)
        the_limits_of_all_routes_together_are_within_cognitos(name, template)
        pages_may_send_the_headers_of_the_api_and_of_tracing(name, template)
        users_may_write_the_listed_attributes_alone(name, template)
        variables_of_each_function_are_below_lambdas_limit(name, template, edge_secret)
        the_cost_model_counts_the_resources_of_template(name, template)
    api = document_of(next(iter(templates.values())))
    cors = api["x-amazon-apigateway-cors"]
    for name, edge in edges.items():
        pages_may_call_the_api_through_cloudfront(name, edge, cors)
        pages_may_read_what_waf_answers(name, edge, cors)
        each_route_that_can_be_guessed_by_has_a_limit(name, edge, api)
        cloudfront_sends_the_edge_secret(name, edge)
    the_cost_model_counts_the_resources_of_edge(edges)
    is_shifted = [of_type(template, "AWS::CodeDeploy::DeploymentGroup") for template in templates.values()]
    hold(any(is_shifted), "no combination shifts traffic")
    if failures:
        sys.exit("\n".join(failures))
    print(f"{len(templates)} combinations of template.yaml and {len(edges)} of deploy/edge.yaml are what they promise.")


main(sys.argv[1])
