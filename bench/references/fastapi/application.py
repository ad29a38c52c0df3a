"""The same sign-in as a FastAPI application behind Mangum, with boto3."""

import base64
import json
import os

import boto3
from fastapi import FastAPI
from mangum import Mangum
from pydantic import BaseModel

cognito = boto3.client("cognito-idp")
application = FastAPI()
handler = Mangum(application, lifespan="off")


class Credentials(BaseModel):
    username: str
    password: str


class User(BaseModel):
    user_id: str
    email: str
    name: str
    role: str
    is_admin: bool


class SignIn(BaseModel):
    access_token: str
    refresh_token: str
    token_type: str
    user: User
    expires_in: int


@application.post("/api/auth/login")
def login(credentials: Credentials) -> SignIn:
    result = cognito.admin_initiate_auth(
        UserPoolId=os.environ["COGNITO_USER_POOL_ID"],
        ClientId=os.environ["COGNITO_CLIENT_ID"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": credentials.username, "PASSWORD": credentials.password},
    )["AuthenticationResult"]
    payload = result["IdToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    user = User(
        user_id=claims["sub"], email=claims["email"], name=claims["name"], role="user", is_admin=False
    )
    return SignIn(
        access_token=result["AccessToken"],
        refresh_token=result["RefreshToken"],
        token_type="bearer",
        user=user,
        expires_in=result["ExpiresIn"],
    )
