"""Writes the templates with evaluated conditions, one file for each combination of parameters that changes the resources.

    template_combinations.py FOLDER

SAM's translator expands template.yaml without access to AWS. The conditions of each template are evaluated for the
parameters of each combination, and resources and properties that they exclude are removed.
"""

import itertools
import json
import logging
import os
import sys
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samtranslator.translator.transform import transform  # noqa: E402 (it reads the region)
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
NO_VALUE = {"Ref": "AWS::NoValue"}

GIVEN = {"Release": "r", "AllowedOrigins": "https://app.example.org"}
ARN = "arn:aws:{}:eu-west-1:123456789012:{}"
SES = {"SesIdentityArn": ARN.format("ses", "identity/example.org"), "EmailFrom": "no-reply@example.org"}
PLUS = {"UserPoolTier": "PLUS", "ThreatProtection": "ENFORCED", "RefreshTokenRotation": "ENABLED"}
SECRET = ARN.format("secretsmanager", "secret:name-AbCdEf")
CERTIFICATE = ARN.format("acm", "certificate/0a1b2c3d-0000-0000-0000-000000000000")
TOPIC = {"AlarmTopicArn": ARN.format("sns", "alarms"), "AlarmEmail": "operators@example.org"}
VERSION = "0a1b2c3d-0000-0000-0000-000000000000"
TEXTS = {
    "InvitationMessage": "{username}: {####}", "CodeMessage": "{####}", "SignInCodeMessage": "{####}",
    "PasswordMinimumLength": "12", "PasswordSymbols": "false", "TemporaryPasswordDays": "3",
}
BOUNDARY = {"PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/sign-in-dev-boundary"}
LISTS = {"AdditionalAllowedHeaders": "x-correlation-id,x-b3-traceid", "EditableAttributes": "custom:department,custom:title"}
URIS = {
    "FederationRedirectUris": "https://app.example.org/callback,http://localhost:3000/callback",
    "FederationLogoutUris": "https://app.example.org/,http://localhost:3000/",
}
GOOGLE = {"FederationDomain": "example-sign-in", **URIS, "GoogleClientId": "1-a.apps.googleusercontent.com", "GoogleClientSecretArn": SECRET}
OIDC_AND_SAML = {
    "FederationDomain": "auth.example.org", "FederationCertificateArn": CERTIFICATE.replace("eu-west-1", "us-east-1"),
    "FederationRedirectUris": "https://app.example.org/callback",
    "OidcProviderName": "Microsoft", "OidcIssuer": "https://login.microsoftonline.com/0a1b2c3d/v2.0",
    "OidcClientId": "0a1b2c3d", "OidcClientSecretArn": SECRET,
    "SamlProviderName": "Example-SAML", "SamlMetadataUrl": "https://idp.example.org/metadata.xml",
}
EXISTING = {"ExistingUserPoolId": "eu-west-1_AbCdEfGhI"}
NEW = {"ExistingUserPoolId": "none"}

# Independent lists of choices. A combination has one element of each list.
CHOICES = {
    "template.yaml": [
        [
            {**NEW, "PasskeyDomain": "example.org", "EmailCodeSignIn": "true"},
            {**NEW, "UserPoolTier": "LITE", "Mfa": "OFF", **GOOGLE},
            {**NEW, **SES, **PLUS, **TEXTS, **OIDC_AND_SAML, "ClientSecretVersion": VERSION, "Mfa": "ON", "PasskeyDomain": "example.org", "PasskeyUserVerification": "required"},
            {**EXISTING, "RefreshTokenRotation": "ENABLED", **URIS, "FederationDomain": "auth.example.org", "ExistingFederatedProviders": "Google,Microsoft"},
            {**EXISTING, "ExistingUserPoolClientId": "1example23456789"},
            {**EXISTING, "ExistingUserPoolClientId": "1example23456789", "ClientSecretArn": SECRET},
        ],
        [{}, {"DomainName": "api.example.org", "CertificateArn": CERTIFICATE, "EdgeSecretArn": SECRET, "EdgeSecretPreviousVersion": VERSION, "SelfSignUp": "true", "RefreshTokenCookie": "true", **LISTS}],
        [{}, {"TrafficShift": "Canary10Percent5Minutes", "Tracing": "Active", "RouteMetrics": "true", **TOPIC, **BOUNDARY}],
    ],
    "deploy/bootstrap.yaml": [
        [{}, {"OidcProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}],
        [{}, {"OrganizationId": "123", "RepositoryId": "456"}],
    ],
    "deploy/edge.yaml": [
        [{}, {"DomainName": "api.example.org", "CertificateArn": CERTIFICATE.replace("eu-west-1", "us-east-1"), "CookieOrigin": "https://app.example.org"}],
        [{}, {"ApiRegion": "us-east-1"}],
    ],
}


class Once(logging.Filter):
    """Filter for repeated messages, which the translator logs for each function of each combination."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def filter(self, record):
        message = record.getMessage()
        is_new = message not in self.seen
        self.seen.add(message)
        return is_new


class ManagedPolicies:
    """Empty loader: the translator has its own list of the managed policies that SAM uses."""

    def load(self):
        return {}


def translate(path, parameters):
    template = yaml_parse(path.read_text())
    if "Transform" in template:
        # The translator expects code in S3, where `sam deploy` uploads it.
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = f"s3://bucket/{resource['Properties']['CodeUri']}"
        template = transform(template, dict(parameters), ManagedPolicies())
    return json.loads(json.dumps(template))


def evaluate(template, parameters):
    """Evaluates the conditions, and removes the resources and properties that they exclude."""
    defaults = {name: one["Default"] for name, one in template.get("Parameters", {}).items() if "Default" in one}
    values = {name: str(value) for name, value in {**defaults, **parameters}.items()}
    for name, parameter in template.get("Parameters", {}).items():
        if name in parameters:
            parameter["Default"] = parameters[name]
    conditions = template.pop("Conditions", {})
    template.pop("Rules", None)

    def holds(condition):
        ((function, arguments),) = condition.items()
        match function:
            case "Condition":
                return holds(conditions[arguments])
            case "Fn::Equals":
                left, right = (value(argument) for argument in arguments)
                return left == right
            case "Fn::Not":
                return not holds(arguments[0])
            case "Fn::And":
                return all(map(holds, arguments))
            case "Fn::Or":
                return any(map(holds, arguments))
        raise ValueError(condition)

    def value(argument):
        return values.get(argument["Ref"], argument["Ref"]) if isinstance(argument, dict) else str(argument)

    def prune(node):
        match node:
            case {"Fn::If": [condition, yes, no]}:
                return prune(yes if holds(conditions[condition]) else no)
            case dict():
                pruned = {key: prune(one) for key, one in node.items()}
                return {key: one for key, one in pruned.items() if one != NO_VALUE}
            case list():
                return [one for one in map(prune, node) if one != NO_VALUE]
        return node

    for section in "Resources", "Outputs":
        kept = {}
        for name, one in template.get(section, {}).items():
            if "Condition" not in one or holds(conditions[one.pop("Condition")]):
                kept[name] = one
        template[section] = kept
    return prune(template)


def main(folder):
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger().handlers[0].addFilter(Once())
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.json"):
        file.unlink()
    for path, choices in CHOICES.items():
        for number, chosen in enumerate(itertools.product(*choices)):
            parameters = GIVEN if path == "template.yaml" else {}
            for choice in chosen:
                parameters = parameters | choice
            result = evaluate(translate(ROOT / path, parameters), parameters)
            (folder / f"{Path(path).stem}-{number}.json").write_text(json.dumps(result, indent=2))
            print(f"{path} {number}: {', '.join(f'{k}={v}' for k, v in parameters.items())}")


main(sys.argv[1])
