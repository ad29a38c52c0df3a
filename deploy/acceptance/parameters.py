"""Steps that change parameters, and change them back."""

import re

from acceptance.harness import (
    deployed, describe, live, options, own_architecture, ready, report, require, require_everywhere, send, sign_in, step,
    tested, values, variable,
)


def admin_emails(configuration):
    """Value of ADMIN_EMAILS. None for the functions of federated sign-in, for which the template leaves it empty."""
    variables = configuration["Environment"]["Variables"]
    of_federation = {"FEDERATION_URL", "FEDERATED_PROVIDERS"} & variables.keys()
    return None if of_federation else variables["ADMIN_EMAILS"]


# Parameters that reach the functions: a value other than the default, and a getter for a function's configuration.
# Parameters that need more than a value have their own steps. The step `coverage` checks that none is missing.
REACHES = {
    "AdminEmails": ("head@example.org,chief@example.org", admin_emails),
    "AdminGroupName": ("heads", variable("ADMIN_GROUP")),
    "DefaultUserName": ("Trial", variable("DEFAULT_USER_NAME")),
    "EditableAttributes": ("updated_at", variable("EDITABLE_ATTRIBUTES")),
    "EmailCodeSignIn": ("true", variable("EMAIL_CODE")),
    "LogLevel": ("DEBUG", lambda configuration: configuration["LoggingConfig"]["ApplicationLogLevel"]),
    "MemorySize": ("512", lambda configuration: str(configuration["MemorySize"])),
    "Mfa": ("OFF", variable("MFA")),
    "PasskeyDomain": ("example.org", lambda configuration: {"true": "example.org"}.get(variable("PASSKEYS")(configuration), "")),
    "PreventUserExistenceErrors": ("LEGACY", variable("PREVENT_USER_EXISTENCE_ERRORS")),
    "ReauthenticationMinutes": ("7", variable("REAUTHENTICATION_MINUTES")),
    "SelfSignUp": ("true", variable("SELF_SIGN_UP")),
    "TotpIssuer": ("Trial", variable("TOTP_ISSUER")),
    "Tracing": ("Active", lambda configuration: configuration["TracingConfig"]["Mode"]),
}

# Parameters that the emulator cannot test: it supports no CodeDeploy, permissions boundaries and identity providers.
NEEDS_AWS = {
    "FederationCertificateArn", "GoogleClientId", "OidcProviderName", "PermissionsBoundaryArn", "SamlProviderName", "TrafficShift",
}

# Parameters that need an option of the test.
NEEDS_OPTION = {"FederationCertificateArn": options.pool_certificate, "SamlProviderName": options.saml_metadata}


def reaching(template):
    """Parameters that the functions of a template refer to, directly or in a condition."""
    parameters, conditions = template["Parameters"], template["Conditions"]
    found = set()

    def read(node):
        match node:
            case {"Ref": name} if name in parameters:
                found.add(name)
            case {"Fn::If": [condition, *values]}:
                read(conditions[condition])
                read(values)
            case {"Condition": str(condition)} if len(node) == 1:
                read(conditions[condition])
            case {"Fn::Sub": text}:
                text, others = (text, {}) if isinstance(text, str) else text
                found.update(name for name in re.findall(r"\$\{(\w+)\}", text) if name in parameters)
                read(others)
            case dict():
                read(list(node.values()))
            case list():
                for one in node:
                    read(one)

    read(template["Globals"]["Function"])
    read([one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Serverless::Function"])
    return found



def pool_of(where):
    pool = values(describe(where), "Outputs")["UserPoolId"]
    return where.client("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"]


def client_of(where):
    outputs = values(describe(where), "Outputs")
    return where.client("cognito-idp").describe_user_pool_client(
        UserPoolId=outputs["UserPoolId"], ClientId=outputs["UserPoolClientId"]
    )["UserPoolClient"]


def try_values(sets, see):
    """Deploys sets of parameters one after the other, and reports what AWS shows after each and whether a user can sign in.

    `see` returns what must equal the second part of each set. A failed update is reported, and the next set is tried.
    """
    failures = []
    for parameters, expected in sets:
        name = ", ".join(f"{key}={value}" for key, value in parameters.items()) or "defaults"
        try:
            where = deployed(parameters)
            shown, (status, body) = see(where), sign_in(where)
        except Exception as error:  # noqa: BLE001 (the way back must be tried, too)
            failures.append(f"{name}: {error}")
            report(failures[-1])
            continue
        report(f"{name}: {shown}; sign-in {status} {body.get('challenge', body.get('detail', ''))}".rstrip())
        if shown != expected or status != 200:
            failures.append(f"{name}: {shown} and {status}, expected {expected} and 200")
    require(not failures, "; ".join(failures))


@step("function-parameters", "Changed parameters reach the live functions without a code change, and go back")
def _(scratch):
    where = deployed()
    for name, (value, see) in REACHES.items():
        as_before = [function for function, configuration in live(where).items() if see(configuration) == value]
        require(not as_before, f"{name} is already {value}, so the step would prove nothing")
    where = deployed({name: value for name, (value, _) in REACHES.items()})
    for name, (value, see) in REACHES.items():
        require_everywhere(where, name, value, see)
    require(sign_in(where)[1]["user"]["name"] == "Trial", "the response has the old name")
    # Renames the administrators' group back, too, which a retained group would prevent.
    require(sign_in(deployed())[1]["user"]["name"] == "IGAD User", "the response has the changed name")


@step("architecture", "A changed Architecture reaches the live functions")
def _(scratch):
    other = "x86_64" if own_architecture() == "arm64" else "arm64"
    where = deployed({"Architecture": other})
    require_everywhere(where, "Architecture", [other], lambda configuration: configuration["Architectures"])


@step("password-policy", "A changed password policy reaches the pool and the functions, and goes back")
def _(scratch):
    weak = {f"Password{rule}": "false" for rule in ("Uppercase", "Lowercase", "Numbers", "Symbols")}
    weak |= {"PasswordMinimumLength": "12"}
    where = deployed(weak | {"TemporaryPasswordDays": "3"})
    for name in weak:
        require_everywhere(where, name, "12", variable("PASSWORD_POLICY"))
    policy = pool_of(where)["Policies"]["PasswordPolicy"]
    report(f"policy of the pool: {policy}")
    require(not policy["RequireSymbols"], "the pool still requires symbols")
    if not options.emulator:
        require((policy["MinimumLength"], policy["TemporaryPasswordValidityDays"]) == (12, 3), policy)
    where = deployed()
    require_everywhere(where, "PasswordSymbols", "8 uppercase lowercase numbers symbols", variable("PASSWORD_POLICY"))
    require(pool_of(where)["Policies"]["PasswordPolicy"]["RequireSymbols"], "the pool does not require symbols again")


@step("mfa", "Mfa can be changed in both directions")
def _(scratch):
    sets = [({"Mfa": "ON"}, "ON"), ({}, "OPTIONAL"), ({"Mfa": "OFF"}, "OFF"), ({}, "OPTIONAL")]
    try_values(sets, lambda where: pool_of(where).get("MfaConfiguration"))


@step("tier", "UserPoolTier can be changed in both directions", "ignores the tier")
def _(scratch):
    plus = {"UserPoolTier": "PLUS", "ThreatProtection": "ENFORCED"}
    sets = [(plus, "PLUS"), ({}, "ESSENTIALS"), ({"UserPoolTier": "LITE"}, "LITE"), ({}, "ESSENTIALS")]
    try_values(sets, lambda where: pool_of(where).get("UserPoolTier"))


@step("passkeys", "Passkeys and codes by email can be enabled and disabled", "ignores these properties")
def _(scratch):
    def factors(where):
        return sorted(pool_of(where)["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"])

    both = {"PasskeyDomain": "example.org", "EmailCodeSignIn": "true"}
    try_values([(both, ["EMAIL_OTP", "PASSWORD", "WEB_AUTHN"]), ({}, ["PASSWORD"])], factors)


@step("emails", "Email texts can be set and removed")
def _(scratch):
    def message(where):
        return pool_of(where).get("VerificationMessageTemplate", {}).get("EmailMessage")

    where = deployed({"CodeMessage": "Trial: {####}", "InvitationMessage": "{username}: {####}"})
    require(message(where) == "Trial: {####}", f"the pool has another text: {message(where)}")
    where = deployed()
    report(f"text after its removal: {message(where)}")
    require(message(where) != "Trial: {####}", "the pool still has the text")


@step("ses", "An SES identity can be set and removed")
def _(scratch):
    if not options.ses_identity:
        return "needs --ses-identity"

    def sender(where):
        return pool_of(where).get("EmailConfiguration", {}).get("EmailSendingAccount", "COGNITO_DEFAULT")

    try_values([({"SesIdentityArn": options.ses_identity}, "DEVELOPER"), ({}, "COGNITO_DEFAULT")], sender)


@step("domain", "A custom domain can be set and removed, and disables the default address")
def _(scratch):
    if not (options.domain and options.certificate):
        return "needs --domain and --certificate"
    where = deployed({"DomainName": options.domain, "CertificateArn": options.certificate})
    outputs = values(describe(where), "Outputs")
    disabled = where.client("apigatewayv2").get_api(ApiId=outputs["ApiId"])["DisableExecuteApiEndpoint"]
    report(f"DisableExecuteApiEndpoint is {disabled!r}; the domain's target is {outputs['DomainTarget']}")
    default = f"https://{outputs['ApiId']}.execute-api.{options.region}.amazonaws.com"
    status, _, _ = send(where, "login", {}, at=default)
    require(disabled is True and status == 404, f"the default address answers with {status}")
    where = deployed()
    require(sign_in(where)[0] == 200, "the default address does not work again")


@step("rotation-of-tokens", "A session is refreshed twice with refresh token rotation", "does not rotate refresh tokens")
def _(scratch):
    where = deployed({"RefreshTokenRotation": "ENABLED"})
    status, body = sign_in(where)
    require(status == 200, f"{status} {body}")
    token, results = body["refresh_token"], []
    for _ in range(2):
        status, body, _ = send(where, "refresh-token", {"refresh_token": token})
        rotated = body.get("refresh_token") not in (None, token)
        results.append(f"{status} {body.get('detail', 'with a new token' if rotated else 'without a new token')}")
        token = body.get("refresh_token", token)
    report(f"refreshes: {', '.join(results)}")
    require(results == ["200 with a new token"] * 2, "RefreshTokenRotation does not work (aws-sdk-js-v3#7162)")


@step("coverage", "All parameters that reach a function were tested")
def _(scratch):
    if options.only:
        return "other steps were not run"
    reach = reaching(ready(deployed())[0])
    unavailable = {name for name, option in NEEDS_OPTION.items() if not option} | (NEEDS_AWS if options.emulator else set())
    untried = reach - tested - unavailable
    require(not untried, f"not tested: {', '.join(sorted(untried))}")
    require(tested <= reach, f"parameters that no longer reach a function: {', '.join(sorted(tested - reach))}")
