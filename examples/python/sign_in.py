"""Signs in a user who must choose a password, with a client that openapi-python-client has generated."""

import os

import httpx
from api_errors import ApiError, body_of, create_client
from sign_in_client.api.signing_in import complete_password_change, login
from sign_in_client.models import Challenge, CompletePasswordChangeRequest, LoginRequest

client = create_client(os.environ["API"])
try:
    credentials = LoginRequest(username="new@igad.int", password="TempP@ssw0rd1")
    answer = body_of(login.sync_detailed(client=client, body=credentials))
    if isinstance(answer, Challenge):
        print(answer.message)
        new_password = CompletePasswordChangeRequest(
            username=answer.username, session=answer.session, new_password="BrandNewP@ss1"
        )
        answer = body_of(complete_password_change.sync_detailed(client=client, body=new_password))
    if isinstance(answer, Challenge):
        raise SystemExit(f"Another step is required: {answer.challenge}")
    print(answer.user.email)
except ApiError as error:
    raise SystemExit(error.message or f"The sign-in failed: {error.type or error.status}") from error
except httpx.TransportError as error:
    raise SystemExit("The service cannot be reached") from error
