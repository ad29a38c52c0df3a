"""The same sign-in as a FastAPI application behind Mangum."""

import os

import boto3
from fastapi import FastAPI
from mangum import Mangum
from pydantic import BaseModel

from claims import sign_in

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
    return SignIn.model_validate(sign_in(result))
