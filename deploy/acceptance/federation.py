"""Steps for federated sign-in. No provider knows the app client of the test, so no step signs a user in at a provider."""

import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser

from botocore.exceptions import ClientError

from acceptance.harness import (
    PASSWORD, USERNAME, deployed, describe, environment, kept, optional_variable, options, report, require, require_everywhere, send, step,
    values,
)

REDIRECT_URI, LOGOUT_URI = "https://trial.example.org/callback", "https://trial.example.org/"
URIS = {"FederationRedirectUris": REDIRECT_URI, "FederationLogoutUris": LOGOUT_URI}

# Pages of Cognito's own on the domain of a user pool:
# https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-endpoints.html.
PAGES = ("login", "signup", "forgotPassword")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Returns redirects as responses."""

    def redirect_request(self, *arguments):
        return None


class Inputs(HTMLParser):
    """Types and names of the input fields of a page."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attributes):
        if tag == "input":
            attributes = dict(attributes)
            self.found |= {attributes.get("type"), attributes.get("name")}


@dataclass
class Browser:
    """Cookies of one host, and its responses. Follows no redirect."""

    host: str
    cookies: dict = field(default_factory=dict)

    def request(self, path, form=None):
        request = urllib.request.Request(f"{self.host}{path}", urllib.parse.urlencode(form).encode() if form else None)
        if self.cookies:
            request.add_header("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        try:
            response = urllib.request.build_opener(NoRedirect).open(request, timeout=30)
        except urllib.error.HTTPError as error:
            response = error
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()
        return response.status, response.headers.get("Location", ""), response.read().decode(errors="replace")


def open_page(url, client, page):
    """Opens one of Cognito's pages for an app client. Returns a browser, the path of the page and its input fields."""
    browser = Browser(url)
    query = {"client_id": client, "response_type": "code", "scope": "openid", "redirect_uri": REDIRECT_URI}
    path = f"/{page}?{urllib.parse.urlencode(query)}"
    status, location, html = browser.request(path)
    # Redirects to another host are a provider's pages.
    for _ in range(5):
        target = urllib.parse.urljoin(f"{url}{path}", location) if location else ""
        if not target.startswith(f"{url}/"):
            break
        path = target.removeprefix(url)
        status, location, html = browser.request(path)
    inputs = Inputs()
    inputs.feed(html)
    return browser, path, inputs.found, f"{status} {urllib.parse.urlparse(location).netloc}".rstrip()


def submit(url, client, page, fields):
    """Opens a page and submits its form, as a browser does, whether the page has the form or not."""
    browser, path, _, _ = open_page(url, client, page)
    query = urllib.parse.urlparse(path).query
    form = {"_csrf": browser.cookies.get("XSRF-TOKEN", ""), **fields}
    status, location, _ = browser.request(f"/{page}?{query}", form)
    return status, location


def opened(where, url, client):
    """What Cognito's own pages allow for an app client: pages with a form, and forms that work when they are submitted."""
    cognito, pool = where.client("cognito-idp"), values(describe(where), "Outputs")["UserPoolId"]
    found = set()
    for page in PAGES:
        _, _, inputs, outcome = open_page(url, client, page)
        has_form = bool(inputs & {"password", "username", "email"})
        report(f"{client}: /{page} is {outcome} with the input fields {sorted(filter(None, inputs))}")
        found |= {f"the page {page}"} if has_form else set()
    _, location = submit(url, client, "login", {"username": USERNAME, "password": PASSWORD})
    found |= {"a sign-in with a password"} if "code=" in location else set()
    new = f"success+page-{int(time.time() * 1000)}@simulator.amazonses.com"
    submit(url, client, "signup", {"username": new, "password": PASSWORD})
    try:
        cognito.admin_get_user(UserPoolId=pool, Username=new)
        found.add("a sign-up")
    except ClientError as error:
        require(error.response["Error"]["Code"] == "UserNotFoundException", error)
    _, location = submit(url, client, "forgotPassword", {"username": USERNAME})
    found |= {"a password reset"} if "confirmForgotPassword" in location else set()
    return found


def secret(where, name):
    arn = where.client("secretsmanager").create_secret(Name=f"{where.stack_name}-{name}-{int(time.time())}", SecretString="trial")["ARN"]
    kept.setdefault("secrets", []).append(arn)
    return arn


def prefix(where):
    """Prefix of the user pool's domain, which must be unique in a region."""
    return f"trial-{where.client('sts').get_caller_identity()['Account']}"


NO_PROVIDERS = "has no identity providers in CloudFormation"


@step("federation", "Federated sign-in opens none of Cognito's own pages, and can be switched off", NO_PROVIDERS)
def _(scratch):
    where = deployed()
    google = {"GoogleClientId": "trial.apps.googleusercontent.com", "GoogleClientSecretArn": secret(where, "google")}
    # Cognito reads the endpoints of the issuer, and does not verify the client.
    oidc = {"OidcProviderName": "Trial", "OidcIssuer": "https://accounts.google.com", "OidcClientId": "trial"}
    oidc |= {"OidcClientSecretArn": secret(where, "oidc")}
    where = deployed({"FederationDomain": prefix(where), **URIS, **google, **oidc, "SelfSignUp": "true"})
    outputs = values(describe(where), "Outputs")
    url = outputs["FederationUrl"]
    require_everywhere(where, "FederationDomain", url, optional_variable("FEDERATION_URL"))
    require_everywhere(where, "FederationRedirectUris", REDIRECT_URI, optional_variable("REDIRECT_URIS"))
    require_everywhere(where, "FederationLogoutUris", LOGOUT_URI, optional_variable("LOGOUT_REDIRECT_URIS"))
    for parameter in "GoogleClientId", "OidcProviderName":
        require_everywhere(where, parameter, "Google,Trial", optional_variable("FEDERATED_PROVIDERS"))

    require_providers_are_reached(where, url)
    require_pages_are_closed(where, url, outputs)

    where = deployed()
    cognito, pool = where.client("cognito-idp"), outputs["UserPoolId"]
    client = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=outputs["UserPoolClientId"])["UserPoolClient"]
    report(f"the app client after federated sign-in is off: {sorted(client)}")
    require(not client.get("AllowedOAuthFlowsUserPoolClient"), "the app client still allows codes")
    require("Domain" not in cognito.describe_user_pool(UserPoolId=pool)["UserPool"], "the pool still has its domain")


def require_providers_are_reached(where, url):
    """The authorize endpoint sends browsers to the provider, and the token endpoint rejects an invented code."""
    status, body, _ = send(where, "settings", method="GET")
    require(body.get("providers") == ["Google", "Trial"], f"settings: {status} {body}")
    # https://www.rfc-editor.org/rfc/rfc7636#appendix-B
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    begun = {"redirect_uri": REDIRECT_URI, "state": "c3RhdGUtb2YtdGhlLXRyaWFs", "code_challenge": challenge}
    for provider in body["providers"]:
        status, body, _ = send(where, "start-federated-login", {**begun, "provider": provider})
        require(status == 200 and body["url"].startswith(f"{url}/oauth2/authorize?"), f"{provider}: {status} {body}")
        status, location, _ = Browser(url).request(body["url"].removeprefix(url))
        report(f"authorize for {provider}: {status}, to {urllib.parse.urlparse(location).netloc}")
        require(urllib.parse.urlparse(location).netloc == "accounts.google.com", f"{provider}: {status} to {location}")
    code = {"code": "invented", "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "redirect_uri": REDIRECT_URI}
    status, body, _ = send(where, "complete-federated-login", code)
    require((status, body) == (401, {"detail": "Invalid authorization code"}), f"an invented code: {status} {body}")


def require_pages_are_closed(where, url, outputs):
    """Compares the app client of the stack with one that supports COGNITO, for which the same requests must succeed."""
    cognito, pool = where.client("cognito-idp"), outputs["UserPoolId"]
    control = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="trial-control", SupportedIdentityProviders=["COGNITO"], CallbackURLs=[REDIRECT_URI],
        AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid"],
    )["UserPoolClient"]["ClientId"]
    try:
        expected = {f"the page {page}" for page in PAGES} | {"a sign-in with a password", "a sign-up", "a password reset"}
        unproven = expected - opened(where, url, control)
    finally:
        cognito.delete_user_pool_client(UserPoolId=pool, ClientId=control)
    found = opened(where, url, outputs["UserPoolClientId"])
    require(not found, f"the domain opens {', '.join(sorted(found))} past this API, see SECURITY.md")
    require(not unproven, f"the step proves nothing about {', '.join(sorted(unproven))}: not found with COGNITO either")


@step("federation-saml", "A SAML provider can be set and removed", NO_PROVIDERS)
def _(scratch):
    if not options.saml_metadata:
        return "needs --saml-metadata"
    saml = {"SamlProviderName": "Trial-SAML", "SamlMetadataUrl": options.saml_metadata}
    where = deployed({"FederationDomain": prefix(environment()), **URIS, **saml})
    require_everywhere(where, "SamlProviderName", "Trial-SAML", optional_variable("FEDERATED_PROVIDERS"))
    deployed()


@step("federation-domain", "A user pool can have a domain of its own", NO_PROVIDERS)
def _(scratch):
    if not (options.pool_domain and options.pool_certificate):
        return "needs --pool-domain and --pool-certificate"
    domain = {"FederationDomain": options.pool_domain, "FederationCertificateArn": options.pool_certificate}
    google = {"GoogleClientId": "trial.apps.googleusercontent.com", "GoogleClientSecretArn": secret(deployed(), "domain")}
    where = deployed({**domain, **URIS, **google})
    report(f"the domain's target is {values(describe(where), 'Outputs')['FederationDomainTarget']}")
    require_everywhere(where, "FederationCertificateArn", f"https://{options.pool_domain}", optional_variable("FEDERATION_URL"))
    deployed()
