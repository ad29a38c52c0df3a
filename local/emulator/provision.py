"""Completes a stack in the emulator after `sam deploy`, which the emulator does in part only: it ignores the `Body` of an
AWS::ApiGatewayV2::Api, where SAM puts routes and CORS. Creates the demo users if the pool has no users.

    provision.py URL STACK_NAME

Prints a description of the stack as JSON.
"""

import base64
import hmac
import json
import re
import struct
import sys
import time

import boto3

REGION = "eu-west-1"
PASSWORD = "SecureP@ssw0rd1"
TEMPORARY_PASSWORD = "TempP@ssw0rd1"
METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}


def client(service, endpoint_url):
    """A client for a service of the emulator."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=endpoint_url, region_name=REGION, **keys)


def complete(endpoint_url, stack_name):
    """Creates routes and demo users, and returns the description of the stack."""
    cloudformation, apigateway, cognito = (
        client(service, endpoint_url) for service in ("cloudformation", "apigatewayv2", "cognito-idp")
    )
    resources = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    }
    template = cloudformation.get_template(StackName=stack_name, TemplateStage="Processed")["TemplateBody"]
    if isinstance(template, str):
        template = json.loads(template)
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    parameters = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    conditions = template.get("Conditions", {})

    wire_routes(apigateway, template, parameters, conditions, resources)
    users = create_demo_users(cognito, outputs["UserPoolId"], outputs["UserPoolClientId"])

    return {
        # By path: not every resolver knows names below `localhost`.
        "api_url": f"{endpoint_url}/_aws/execute-api/{outputs['ApiId']}",
        "aws_endpoint_url": endpoint_url,
        "region": REGION,
        "user_pool_id": outputs["UserPoolId"],
        "client_id": outputs["UserPoolClientId"],
        "issuer": f"https://cognito-idp.{REGION}.amazonaws.com/{outputs['UserPoolId']}",
        "jwks_uri": f"{endpoint_url}/{outputs['UserPoolId']}/.well-known/jwks.json",
        "users": users,
    }


def wire_routes(apigateway, template, parameters, conditions, resources):
    """Creates the routes and the CORS configuration of the API's OpenAPI document."""
    api_id = resources["Api"]
    document = template["Resources"]["Api"]["Properties"]["Body"]
    # Routes of an earlier deployment lead to aliases, whose names stay.
    wired = {route["RouteKey"] for route in apigateway.get_routes(ApiId=api_id)["Items"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            integration = operation.get("x-amazon-apigateway-integration") if method in METHODS else None
            route_key = f"{method.upper()} {path}"
            if integration is None or route_key in wired:
                continue
            logical_id = re.search(r"\$\{(\w+?)(?:\.Arn)?\}/invocations", json.dumps(integration["uri"])).group(1)
            integration_id = apigateway.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                # The alias, so that the route uses the next version.
                IntegrationUri=resources[logical_id],
                PayloadFormatVersion=integration["payloadFormatVersion"],
            )["IntegrationId"]
            apigateway.create_route(
                ApiId=api_id,
                RouteKey=route_key,
                Target=f"integrations/{integration_id}",
            )

    cors = {
        name[0].upper() + name[1:]: resolve(value, parameters, conditions)
        for name, value in document["x-amazon-apigateway-cors"].items()
    }
    apigateway.update_api(ApiId=api_id, CorsConfiguration=cors)


def resolve(value, parameters, conditions):
    """Resolves the intrinsic functions that the template uses in the document."""
    match value:
        case {"Ref": name}:
            return parameters[name]
        case {"Fn::Split": [separator, text]}:
            return resolve(text, parameters, conditions).split(separator)
        case {"Fn::Join": [separator, texts]}:
            return separator.join(resolve(text, parameters, conditions) for text in texts)
        case {"Fn::If": [condition, yes, no]}:
            return resolve(yes if holds(conditions[condition], parameters) else no, parameters, conditions)
        case _:
            return value


def holds(condition, parameters):
    """Evaluates a condition of the kind that the document uses: whether a parameter has a value."""
    match condition:
        case {"Fn::Not": [inverse]}:
            return not holds(inverse, parameters)
        case {"Fn::Equals": [{"Ref": name}, value]}:
            return parameters[name] == value
        case _:
            raise ValueError(f"the API's document uses a condition that this does not evaluate: {condition}")


def create_demo_users(cognito, pool, client_id):
    """Creates a user for each outcome of a sign-in, unless the pool has users."""
    if cognito.list_users(UserPoolId=pool, Limit=1)["Users"]:
        return []

    def create(username, *attributes):
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=username,
            TemporaryPassword=TEMPORARY_PASSWORD,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": username},
                {"Name": "email_verified", "Value": "true"},
                *attributes,
            ],
        )

    client_secret = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client_id)["UserPoolClient"].get("ClientSecret")

    def secret_hash(username, member):
        """The secret hash, if the app client has a secret."""
        if client_secret is None:
            return {}
        digest = hmac.digest(client_secret.encode(), (username + client_id).encode(), "sha256")
        return {member: base64.b64encode(digest).decode()}

    def add_app(username):
        """Adds an authenticator app and returns its secret."""
        signed_in = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD, **secret_hash(username, "SECRET_HASH")},
        )
        access_token = signed_in["AuthenticationResult"]["AccessToken"]
        secret = cognito.associate_software_token(AccessToken=access_token)["SecretCode"]
        cognito.verify_software_token(AccessToken=access_token, UserCode=totp(secret))
        cognito.set_user_mfa_preference(
            AccessToken=access_token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
        )
        return secret

    def confirm(username):
        cognito.admin_set_user_password(UserPoolId=pool, Username=username, Password=PASSWORD, Permanent=True)

    create("user@igad.int", {"Name": "name", "Value": "John Doe"})
    confirm("user@igad.int")

    create("admin@igad.int")
    confirm("admin@igad.int")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="admin@igad.int", GroupName="admin")

    create("new@igad.int")

    # Cognito would reject this sign-up, since the pool allows administrators only to create users.
    cognito.sign_up(
        ClientId=client_id,
        Username="unconfirmed@igad.int",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "unconfirmed@igad.int"}],
        **secret_hash("unconfirmed@igad.int", "SecretHash"),
    )

    create("disabled@igad.int")
    confirm("disabled@igad.int")
    cognito.admin_disable_user(UserPoolId=pool, Username="disabled@igad.int")

    create("reset@igad.int")
    confirm("reset@igad.int")
    cognito.admin_reset_user_password(UserPoolId=pool, Username="reset@igad.int")

    create("app@igad.int")
    confirm("app@igad.int")

    return [
        {"username": "user@igad.int", "password": PASSWORD, "state": "confirmed"},
        {"username": "admin@igad.int", "password": PASSWORD, "state": "admin"},
        {"username": "new@igad.int", "password": TEMPORARY_PASSWORD, "state": "must change password"},
        {"username": "unconfirmed@igad.int", "password": PASSWORD, "state": "unconfirmed"},
        {"username": "disabled@igad.int", "password": PASSWORD, "state": "disabled"},
        {"username": "reset@igad.int", "password": PASSWORD, "state": "reset required"},
        {
            "username": "app@igad.int",
            "password": PASSWORD,
            "state": "has an authenticator app",
            "totp_secret": add_app("app@igad.int"),
        },
    ]


def totp(secret):
    """Current code of an authenticator app: RFC 6238."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


if __name__ == "__main__":
    print(json.dumps(complete(*sys.argv[1:])))
