"""Checks the output of template_combinations.py for properties that no linter knows.

    ci/template_assertions.py FOLDER
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNBOOKS = ROOT / "docs/runbooks"
sys.path.append(str(ROOT / "deploy"))

from template_counts import ALARMS, EDGE_RULES, EDGE_SECRETS, GRADUAL_ALARMS, SECRETS  # noqa: E402 (the path is set above)

# Ids of CloudFront's managed policies:
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

# Routes that accept no password and send no code, so that they do not allow guessing. A new route is either listed here,
# or matched by WAF's rule `guesses`.
NOT_GUESSABLE = {
    "complete-federated-login", "complete-passkey", "delete-account", "delete-passkey", "factors", "logout", "me", "passkeys", "prefer-factor",
    "refresh-token", "set-up-totp", "settings", "start-federated-login", "start-passkey", "update-profile",
}

# Calls per second that Cognito allows an account and region in each category of its operations:
# https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html. Answers to challenges have three times the quota of
# UserAuthentication, except those to NEW_PASSWORD_REQUIRED, which count in UserAccountRecovery.
QUOTAS = {
    "UserAuthentication": 120, "challenge answers": 360, "UserAccountRecovery": 30, "UserCreation": 50, "UserRead": 120,
    "UserUpdate": 25, "UserResourceRead": 50, "UserResourceUpdate": 25, "UserToken": 120,
    "UserFederation": 25,
}

# Maximum number of calls in each category for one request of a route, without retries. The page lists passkey operations
# in no category; here they count like operations on authenticator apps. answer-challenge counts as the most common answer:
# answers that set a password or set up an app use other categories, but cannot have their own rate limit.
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
    "settings": {},
    "update-profile": {"UserUpdate": 1},
    "change-email": {"UserUpdate": 1},
    "send-email-code": {"UserResourceRead": 1},
    "verify-email": {"UserUpdate": 1},
    "delete-account": {"UserRead": 1, "UserUpdate": 1},
    # Calls nothing itself, and sends a browser to one federated sign-in.
    "start-federated-login": {"UserFederation": 1},
    # The token endpoint takes as many codes per second as UserAuthentication allows, and counts them in no category:
    # https://repost.aws/questions/QUFRuNyMQ_RVu3KimZTSc4Zw/cognito-token-endpoint-quotas.
    "complete-federated-login": {},
}

# Functions whose traffic shifts gradually.
SHIFTED = {"LoginFunction", "AnswerChallengeFunction", "RefreshTokenFunction"}

# Request headers that pages may send, in addition to AdditionalAllowedHeaders.
ALLOWED_HEADERS = {"authorization", "content-type", "x-amz-user-context-data", "traceparent", "tracestate", "baggage"}

# Attributes that users may write, in addition to EditableAttributes.
WRITE_ATTRIBUTES = {
    "address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
    "picture", "profile", "website", "zoneinfo",
}

# Scopes of federated sign-in.
SCOPES = ["openid", "email", "profile", "aws.cognito.signin.user.admin"]

# Variables of federated sign-in, and the functions that have them.
FEDERATION_VARIABLES = {
    "FEDERATION_URL": {"StartFederatedLoginFunction", "CompleteFederatedLoginFunction", "LogoutFunction"},
    "FEDERATED_PROVIDERS": {"StartFederatedLoginFunction", "SettingsFunction"},
    "REDIRECT_URIS": {"StartFederatedLoginFunction", "CompleteFederatedLoginFunction"},
    "LOGOUT_REDIRECT_URIS": {"LogoutFunction"},
}

# Longest name of a region, as far as known.
REGION = "ap-southeast-99"

# Limit for the total size of a function's environment variables:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. Lambda measures them as one JSON object
# (github-aws-runners/terraform-aws-github-runner#3594).
ENVIRONMENT_LIMIT = 4096

# Maximum lengths of Cognito's ids and client secrets:
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html.
USER_POOL_ID, CLIENT_ID, CLIENT_SECRET = 55, 128, 64

# Maximum length of a stack name: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html.
STACK_NAME = 128

failures = []


def require(condition, message):
    if not condition:
        failures.append(message)


def of_type(template, kind):
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def document_of(template):
    (api,) = of_type(template, "AWS::ApiGatewayV2::Api").values()
    return api["Properties"]["Body"]


def resolve(node, template):
    """Resolves a parameter, the name of a provider, or Fn::Join, Fn::Split and Fn::Sub of parameters and text."""
    match node:
        case {"Ref": "AWS::Region"}:
            return REGION
        case {"Ref": name} if template["Resources"].get(name, {}).get("Type") == "AWS::Cognito::UserPoolIdentityProvider":
            return resolve(template["Resources"][name]["Properties"]["ProviderName"], template)
        case {"Ref": name}:
            return str(template["Parameters"][name]["Default"])
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: resolve({"Ref": found[1]}, template), text)
        case {"Fn::Join": [delimiter, parts]}:
            return delimiter.join(resolve(part, template) for part in parts)
        case {"Fn::Split": [delimiter, text]}:
            return resolve(text, template).split(delimiter)
        case list():
            return [resolve(one, template) for one in node]
    return node


def cors_allows_request_headers(name, template):
    headers = resolve(document_of(template)["x-amazon-apigateway-cors"]["allowHeaders"], template)
    added = [one for one in template["Parameters"]["AdditionalAllowedHeaders"]["Default"].split(",") if one]
    expected = sorted([*ALLOWED_HEADERS, *added])
    require(sorted(headers) == expected, f"{name}: allowed headers are {headers}, not {expected}")
    require("*" not in headers and all(headers), f"{name}: allowed headers with a wildcard or an empty name: {headers}")


def app_client_limits_write_attributes(name, template):
    """An app client without WriteAttributes, or with an empty list, lets users write all attributes."""
    added = [one for one in template["Parameters"]["EditableAttributes"]["Default"].split(",") if one]
    expected = sorted([*WRITE_ATTRIBUTES, *added])
    for client in of_type(template, "AWS::Cognito::UserPoolClient").values():
        writable = sorted(resolve(client["Properties"].get("WriteAttributes", []), template))
        require(writable == expected, f"{name}: users may write {writable}, not {expected}")
    for pool in of_type(template, "AWS::Cognito::UserPool").values():
        required = {one["Name"] for one in pool["Properties"].get("Schema", []) if one.get("Required")}
        require(required <= set(expected), f"{name}: required attributes that are not writable: {sorted(required - set(expected))}")


def email_change_needs_verification(name, template):
    """A pool of the template verifies an address before it is updated, and has EMAIL_CHANGE. Others have it on request."""
    pools = [one["Properties"] for one in of_type(template, "AWS::Cognito::UserPool").values()]
    verified = [one["UserAttributeUpdateSettings"]["AttributesRequireVerificationBeforeUpdate"] for one in pools]
    require(verified in ([], [["email"]]), f"{name}: the pool verifies {verified} before an update")
    expected = "true" if pools else {"Ref": "EmailChange"}
    for function, one in of_type(template, "AWS::Lambda::Function").items():
        value = one["Properties"]["Environment"]["Variables"]["EMAIL_CHANGE"]
        require(value == expected, f"{name}: EMAIL_CHANGE of {function} is {value}, not {expected}")


def federation_is_restricted(name, template):
    """Federated sign-in is off by default. With it, the app client allows codes only, for the configured URLs and providers,
    and never COGNITO, with which Cognito's own pages would sign users in and up."""
    variables = {
        function: one["Properties"]["Environment"]["Variables"] for function, one in of_type(template, "AWS::Lambda::Function").items()
    }
    found = {key: {function for function, own in variables.items() if key in own} for key in FEDERATION_VARIABLES}
    require(found == FEDERATION_VARIABLES, f"{name}: functions with variables of federated sign-in: {found}")

    def variable(key):
        values = {resolve(variables[function][key], template) for function in sorted(FEDERATION_VARIABLES[key])}
        require(len(values) == 1, f"{name}: functions with different values of {key}: {values}")
        return values.pop()

    clients = [one["Properties"] for one in of_type(template, "AWS::Cognito::UserPoolClient").values()]
    domains = of_type(template, "AWS::Cognito::UserPoolDomain")
    providers = [one["Properties"] for one in of_type(template, "AWS::Cognito::UserPoolIdentityProvider").values()]
    if not template["Parameters"]["FederationDomain"]["Default"]:
        require(not domains and not providers, f"{name}: a domain or providers without federated sign-in")
        for key in FEDERATION_VARIABLES:
            require(variable(key) == "", f"{name}: {key} has a value without federated sign-in")
        for client in clients:
            given = {key for key in client if "OAuth" in key or key in ("CallbackURLs", "LogoutURLs", "SupportedIdentityProviders")}
            require(not given, f"{name}: the app client has {sorted(given)} without federated sign-in")
        return
    url = variable("FEDERATION_URL")
    require(re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]+", url), f"{name}: FEDERATION_URL is {url}")
    for domain in domains.values():
        prefix = resolve(domain["Properties"]["Domain"], template)
        own = prefix if "CustomDomainConfig" in domain["Properties"] else f"{prefix}.auth.{REGION}.amazoncognito.com"
        require(url == f"https://{own}", f"{name}: FEDERATION_URL is {url}, and the domain is {own}")
    for provider in providers:
        mapped = provider["AttributeMapping"].keys() - {"username"}
        require(mapped == {"email", "name"}, f"{name}: {provider['ProviderName']} maps {sorted(mapped)}, not only email and name")
        secret = provider["ProviderDetails"].get("client_secret", {"Fn::Sub": "{{resolve:secretsmanager:"})["Fn::Sub"]
        require(secret.startswith("{{resolve:secretsmanager:"), f"{name}: {provider['ProviderName']} has a secret in the template")
    for client in clients:
        expected = {
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": SCOPES,
            "CallbackURLs": variable("REDIRECT_URIS").split(","),
            "LogoutURLs": [one for one in variable("LOGOUT_REDIRECT_URIS").split(",") if one],
            "SupportedIdentityProviders": variable("FEDERATED_PROVIDERS").split(","),
        }
        for key, value in expected.items():
            allowed = resolve(client.get(key, []), template)
            require(allowed == value, f"{name}: {key} of the app client is {allowed}, not {value}")
        allowed = resolve(client["SupportedIdentityProviders"], template)
        require(allowed and all(allowed) and "COGNITO" not in allowed, f"{name}: SupportedIdentityProviders is {allowed}")
        writable = resolve(client["WriteAttributes"], template)
        require({"email", "name"} <= set(writable), f"{name}: the app client cannot write the mapped attributes")


def generated_length(template):
    """Maximum length of the secrets that the template generates."""
    secrets = [one["Properties"] for one in of_type(template, "AWS::SecretsManager::Secret").values()]
    return max(one["GenerateSecretString"]["PasswordLength"] for one in secrets if "GenerateSecretString" in one)


def largest_value(parameter):
    """Maximum size of a parameter's value in bytes, as part of a JSON string. None if it has no limit."""
    if "AllowedValues" in parameter:
        return max(len(str(value).encode()) for value in parameter["AllowedValues"])
    if parameter["Type"] == "Number":
        return len(str(parameter["MaxValue"])) if "MaxValue" in parameter else None
    if "MaxLength" not in parameter:
        return None
    # CloudFormation counts characters. The template's patterns allow only ASCII that needs no escape in JSON. Other
    # characters have up to four bytes in UTF-8, and also when escaped, except control characters.
    return int(parameter["MaxLength"]) * (1 if "AllowedPattern" in parameter else 4)


def environment_variables_fit_lambda_limit(name, template, edge_secret):
    """Sums the maximum sizes of all values. A deployment that exceeds the limit fails."""
    sizes = {
        "AWS::StackName": STACK_NAME, "AWS::Region": len(REGION),
        **{pool: USER_POOL_ID for pool in of_type(template, "AWS::Cognito::UserPool")},
        **{client: CLIENT_ID for client in of_type(template, "AWS::Cognito::UserPoolClient")},
        **{parameter: largest_value(one) for parameter, one in template["Parameters"].items()},
    }
    # Attributes and dynamic references, which CloudFormation replaces with the secret.
    secrets = {
        "COGNITO_CLIENT_SECRET": CLIENT_SECRET, "EDGE_SECRET": edge_secret, "EDGE_SECRET_PREVIOUS": edge_secret,
        "AUDIT_KEY": generated_length(template),
    }

    def largest_text(value):
        """Text of the maximum length. None if it has no limit."""
        match value:
            case str():
                return value
            case {"Ref": reference}:
                return "x" * sizes[reference] if sizes.get(reference) is not None else None
            case {"Fn::Join": [delimiter, parts]}:
                texts = [largest_text(part) for part in parts]
                return None if None in texts else delimiter.join(texts)
            # Text of parameters with a maximum length, and of constants.
            case {"Fn::Sub": str(text)}:
                return largest_text({"Fn::Sub": [text, {}]})
            case {"Fn::Sub": [text, dict() as values]}:
                parts = re.split(r"\$\{([\w:]+)\}", text)
                texts = [largest_text(values.get(one, {"Ref": one})) if at % 2 else one for at, one in enumerate(parts)]
                return None if None in texts else "".join(texts)
        return None

    for function, one in of_type(template, "AWS::Lambda::Function").items():
        largest = {}
        for variable, value in one["Properties"]["Environment"]["Variables"].items():
            text = "x" * secrets[variable] if variable in secrets and not isinstance(value, str) else largest_text(value)
            require(text is not None, f"{name}: {variable} of {function} has no maximum length")
            largest[variable] = text or ""
        size = len(json.dumps(largest, separators=(",", ":"), ensure_ascii=False).encode())
        message = f"{name}: variables of {function} may have {size} bytes, Lambda allows fewer than {ENVIRONMENT_LIMIT}"
        require(size < ENVIRONMENT_LIMIT, message)


def alarms_watch_shifted_aliases(name, template):
    """Traffic shifts for the routes of SHIFTED only, and the deployment group of each alias has an alarm on the errors of that
    alias and the new version."""
    aliases, alarms = of_type(template, "AWS::Lambda::Alias"), of_type(template, "AWS::CloudWatch::Alarm")
    require(aliases, f"{name} has no aliases")
    watching, shifted = set(), set()
    for alias in aliases.values():
        function, version = alias["Properties"]["FunctionName"], alias["Properties"]["FunctionVersion"]
        shift = alias.get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate")
        if not shift:
            continue
        shifted.add(function["Ref"])
        group = template["Resources"][shift["DeploymentGroupName"]["Ref"]]["Properties"]
        watched = [alarm["Name"].get("Ref") for alarm in group["AlarmConfiguration"]["Alarms"]]
        dimensions = [
            {"Name": "FunctionName", "Value": function},
            {"Name": "Resource", "Value": {"Fn::Sub": f"${{{function['Ref']}}}:{alias['Properties']['Name']}"}},
            {"Name": "ExecutedVersion", "Value": version},
        ]
        own = {one for one in watched if one and alarms[one]["Properties"].get("Dimensions") == dimensions}
        require(len(own) == 1, f"{name}: no alarm watches the alias of {function['Ref']} during a traffic shift")
        watching |= own
    require(shifted in (set(), SHIFTED), f"{name}: traffic shifts for {sorted(shifted)}, not {sorted(SHIFTED)}")
    idle = {one for one, alarm in alarms.items() if alarm["Properties"].get("MetricName") == "Errors"} - watching
    require(not idle, f"{name}: alarms that no deployment group uses: {idle}")


def widgets(template, kind):
    """Properties of the dashboard's widgets of this kind. Variables of Fn::Sub are inside JSON strings."""
    (dashboard,) = of_type(template, "AWS::CloudWatch::Dashboard").values()
    body = json.loads(dashboard["Properties"]["DashboardBody"]["Fn::Sub"])
    return [widget["properties"] for widget in body["widgets"] if widget["type"] == kind]


def dashboard_shows_all_functions(name, template):
    """The metrics of the widget for AWS/Lambda end with the name of a function."""
    (rows,) = (one["metrics"] for one in widgets(template, "metric") if one["metrics"][0][0] == "AWS/Lambda")
    shown = {row[-1] for row in rows}
    functions = {f"${{{function}}}" for function in of_type(template, "AWS::Lambda::Function")}
    require(shown == functions, f"{name}: functions that differ between dashboard and template: {sorted(shown ^ functions)}")


def upstream_alarms_do_not_roll_back(name, template):
    """Upstream alarms cover all routes. They must not roll back: outages affect the previous version as well."""
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    groups = of_type(template, "AWS::CodeDeploy::DeploymentGroup").values()
    watched = [alarm["Name"] for group in groups for alarm in group["Properties"]["AlarmConfiguration"]["Alarms"]]
    for metric in "UpstreamFailures", "UpstreamRefusals":
        found = [one for one, alarm in alarms.items() if alarm["Properties"].get("MetricName") == metric]
        require(len(found) == 1, f"{name}: {metric} has {len(found)} alarms")
        for one in found:
            properties = alarms[one]["Properties"]
            own_namespace = properties["Namespace"] == {"Ref": "AWS::StackName"} and "Dimensions" not in properties
            require(own_namespace, f"{name}: {one} does not watch the metric for all routes")
            is_watched = {"Ref": one} in watched or properties["AlarmName"] in watched
            require(not is_watched, f"{name}: {one} would roll a deployment back")
    (shown,) = (one["alarms"] for one in widgets(template, "alarm"))
    missing = {one for one in alarms if f"${{{one}.Arn}}" not in shown} - {
        one for one, alarm in alarms.items() if alarm["Properties"].get("MetricName") == "Errors"
    }
    require(not missing, f"{name}: alarms that the dashboard does not show: {sorted(missing)}")


def alarms_refer_to_runbooks(name, template):
    """The description of each alarm has the URL of its runbook, which exists."""
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        title = alarm["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        page = "crashes" if alarm["Properties"]["MetricName"] == "Errors" else title
        found = re.findall(r"\$\{RunbookUrl\}/([\w-]+\.md)", alarm["Properties"]["AlarmDescription"]["Fn::Sub"])
        require(found == [f"{page}.md"], f"{name}: the alarm {title} refers to {found}")
        require((RUNBOOKS / f"{page}.md").exists(), f"{name}: docs/runbooks/{page}.md does not exist")


def saved_queries_cover_all_log_groups(name, template):
    groups = {one for one in of_type(template, "AWS::Logs::LogGroup") if one != "ApiLogGroup"}
    for query, one in of_type(template, "AWS::Logs::QueryDefinition").items():
        searched = {group["Ref"] for group in one["Properties"]["LogGroupNames"]}
        require(searched in (groups, {"ApiLogGroup"}), f"{name}: log groups that {query} omits: {sorted(groups - searched)}")


def rate_limits_are_within_cognito_quotas(name, template):
    """API Gateway limits the requests of each route, and Cognito the calls of each category."""
    (stage,) = (one["Properties"] for one in of_type(template, "AWS::ApiGatewayV2::Stage").values())
    sums = dict.fromkeys(QUOTAS, 0)
    for path, methods in document_of(template)["paths"].items():
        route = path.removeprefix("/api/auth/")
        require(route in CALLS, f"{name}: CALLS has no entry for {route}")
        for method in methods.keys() & {"get", "post"}:
            settings = stage["RouteSettings"].get(f"{method.upper()} {path}", stage["DefaultRouteSettings"])
            limit = int(template["Parameters"][settings["ThrottlingRateLimit"]["Ref"]]["Default"])
            for category, calls in CALLS.get(route, {}).items():
                sums[category] += calls * limit
    for category, calls in sums.items():
        require(0 < calls <= QUOTAS[category], f"{name}: {category}: {calls} calls per second, Cognito allows {QUOTAS[category]}")


def cloudfront_passes_cors(name, edge, cors):
    (distribution,) = of_type(edge, "AWS::CloudFront::Distribution").values()
    configuration = distribution["Properties"]["DistributionConfig"]
    require("CacheBehaviors" not in configuration, f"{name}: this check does not support CacheBehaviors")
    behavior = configuration["DefaultCacheBehavior"]
    allowed, cached = behavior["AllowedMethods"], behavior.get("CachedMethods", ["GET", "HEAD"])
    require({"OPTIONS", *cors["allowMethods"]} <= set(allowed), f"{name}: CloudFront allows only the methods {allowed}")
    # A cached preflight response would be served to pages of other origins.
    require(behavior["CachePolicyId"] == CACHING_DISABLED and "OPTIONS" not in cached, f"{name}: responses are cached")
    # API Gateway's preflight response depends on Origin and Access-Control-Request-Method.
    policy = behavior["OriginRequestPolicyId"]
    require(policy == ALL_VIEWER_EXCEPT_HOST_HEADER, f"{name}: preflight headers may not reach API Gateway")
    require("ResponseHeadersPolicyId" not in behavior, f"{name}: CloudFront may change API Gateway's CORS headers")


def conditions_of(rate_based_statement):
    """Statements that a request must match for the rule to count it."""
    return rate_based_statement.get("ScopeDownStatement", {}).get("AndStatement", {}).get("Statements", [])


def pages_can_read_waf_responses(name, edge, cors):
    (acl,) = (one["Properties"] for one in of_type(edge, "AWS::WAFv2::WebACL").values())
    rules = [rule for rule in acl["Rules"] if "RateBasedStatement" in rule["Statement"]]
    require(rules, f"{name}: no rate-based rules")
    for rule in rules:
        label, response = f"{name}, {rule['Name']}", rule["Action"]["Block"]["CustomResponse"]
        headers = {header["Name"]: header["Value"] for header in response["ResponseHeaders"]}
        require(response["ResponseCode"] == 429 and "retry-after" in headers, f"{label}: not a 429 with Retry-After")
        body = json.loads(acl["CustomResponseBodies"][response["CustomResponseBodyKey"]]["Content"])
        require(list(body) == ["detail"], f"{label}: not the error format of the API: {body}")
        origin = resolve(headers.get("access-control-allow-origin"), edge)
        credentials = headers.get("access-control-allow-credentials")
        # https://fetch.spec.whatwg.org/#cors-protocol-and-credentials
        readable = (origin, credentials) in (("*", None), (edge["Parameters"]["CookieOrigin"]["Default"], "true"))
        require(origin and readable, f"{label}: pages cannot read the response: {headers}")
        exposed = set(headers.get("access-control-expose-headers", "").split(","))
        readable = headers.keys() & set(cors["exposeHeaders"])
        require(exposed == readable, f"{label}: exposes {exposed}, the API exposes {readable}")
        # A blocked preflight prevents the page from sending the request, and from reading the reason.
        statement = rule["Statement"]["RateBasedStatement"]
        separate = {"HTTPMethod": {}} in statement.get("CustomKeys", []) or {
            "NotStatement": {"Statement": {"ByteMatchStatement": PREFLIGHT}}
        } in conditions_of(statement)
        require(separate, f"{label}: preflights count like the requests that follow them")


def guessable_routes_have_limit(name, edge, api):
    (acl,) = (one["Properties"] for one in of_type(edge, "AWS::WAFv2::WebACL").values())
    (guesses,) = (rule["Statement"]["RateBasedStatement"] for rule in acl["Rules"] if rule["Name"] == "guesses")
    matches = [one["RegexMatchStatement"] for one in conditions_of(guesses) if "RegexMatchStatement" in one]
    (pattern,) = (match["RegexString"] for match in matches)
    free = {path.removeprefix("/api/auth/") for path in api["paths"] if not re.search(pattern, path)}
    require(free == NOT_GUESSABLE, f"{name}: routes that differ from NOT_GUESSABLE: {sorted(free ^ NOT_GUESSABLE)}")


def waf_log_has_no_credentials(name, edge):
    (log,) = (one["Properties"] for one in of_type(edge, "AWS::WAFv2::LoggingConfiguration").values())
    redacted = {field["SingleHeader"]["Name"] for field in log["RedactedFields"]}
    require(redacted == {"authorization", "cookie"}, f"{name}: WAF's log omits only {sorted(redacted)}")


def cloudfront_sends_the_edge_secret(name, edge):
    """Checks the secret header only. local/browser/edge.test.js runs the function that sets the viewer's address."""
    (distribution,) = of_type(edge, "AWS::CloudFront::Distribution").values()
    (origin,) = distribution["Properties"]["DistributionConfig"]["Origins"]
    sent = [header["HeaderName"] for header in origin["OriginCustomHeaders"]]
    require(sent == [EDGE_SECRET_HEADER], f"{name}: CloudFront sends {sent}, and the functions read {EDGE_SECRET_HEADER}")


def cost_model_matches_template(name, template):
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    has_client = bool(of_type(template, "AWS::Cognito::UserPoolClient"))
    of_functions = [one for one in alarms.values() if one["Properties"]["MetricName"] == "Errors"]
    is_gradual = bool(of_type(template, "AWS::CodeDeploy::DeploymentGroup"))
    for kind, found, counted in (
        ("alarms of functions", len(of_functions), GRADUAL_ALARMS if is_gradual else 0),
        ("other alarms", len(alarms) - len(of_functions), ALARMS),
        ("secrets", len(of_type(template, "AWS::SecretsManager::Secret")), SECRETS if has_client else SECRETS - 1),
    ):
        require(found == counted, f"{name}: {found} {kind}, deploy/template_counts.py has {counted}")


def cost_model_matches_edge(edges):
    """Uses the combination with most secrets: without a replica if the API is in us-east-1."""
    secrets = max(
        sum(1 + len(one["Properties"].get("ReplicaRegions", [])) for one in of_type(edge, "AWS::SecretsManager::Secret").values())
        for edge in edges.values()
    )
    require(secrets == EDGE_SECRETS, f"edge: {secrets} secrets with replicas, deploy/template_counts.py has {EDGE_SECRETS}")
    for name, edge in edges.items():
        (acl,) = of_type(edge, "AWS::WAFv2::WebACL").values()
        rules = len(acl["Properties"]["Rules"])
        require(rules == EDGE_RULES, f"{name}: {rules} rules of WAF, deploy/template_counts.py has {EDGE_RULES}")


def read(folder, stem):
    return {file.name: json.loads(file.read_text()) for file in sorted(folder.glob(f"{stem}-*.json"))}


def main(folder):
    templates, edges = read(Path(folder), "template"), read(Path(folder), "edge")
    edge_secret = max(map(generated_length, edges.values()))
    for name, template in templates.items():
        alarms_watch_shifted_aliases(name, template)
        dashboard_shows_all_functions(name, template)
        upstream_alarms_do_not_roll_back(name, template)
        alarms_refer_to_runbooks(name, template)
        saved_queries_cover_all_log_groups(name, template)
        rate_limits_are_within_cognito_quotas(name, template)
        cors_allows_request_headers(name, template)
        app_client_limits_write_attributes(name, template)
        email_change_needs_verification(name, template)
        environment_variables_fit_lambda_limit(name, template, edge_secret)
        federation_is_restricted(name, template)
        cost_model_matches_template(name, template)
    api = document_of(next(iter(templates.values())))
    cors = api["x-amazon-apigateway-cors"]
    for name, edge in edges.items():
        cloudfront_passes_cors(name, edge, cors)
        pages_can_read_waf_responses(name, edge, cors)
        guessable_routes_have_limit(name, edge, api)
        cloudfront_sends_the_edge_secret(name, edge)
        waf_log_has_no_credentials(name, edge)
    cost_model_matches_edge(edges)
    is_shifted = [of_type(template, "AWS::CodeDeploy::DeploymentGroup") for template in templates.values()]
    require(any(is_shifted), "no combination shifts traffic")
    if failures:
        sys.exit("\n".join(failures))
    print(f"{len(templates)} combinations of template.yaml and {len(edges)} of deploy/edge.yaml pass all checks.")


main(sys.argv[1])
