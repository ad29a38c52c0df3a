"""A sign-in as a plain Lambda handler with boto3."""

import json
import os

import boto3

from claims import sign_in

cognito = boto3.client("cognito-idp")


def handler(event, context):
    credentials = json.loads(event["body"])
    result = cognito.admin_initiate_auth(
        UserPoolId=os.environ["COGNITO_USER_POOL_ID"],
        ClientId=os.environ["COGNITO_CLIENT_ID"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": credentials["username"], "PASSWORD": credentials["password"]},
    )["AuthenticationResult"]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(sign_in(result)),
    }
