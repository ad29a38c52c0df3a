"""Signs in a user who must choose a password, with a client that openapi-python-client has generated."""

import os

from sign_in_client import Client
from sign_in_client.api.signing_in import complete_password_change, login
from sign_in_client.models import Challenge, CompletePasswordChangeRequest, LoginRequest, Tokens

client = Client(base_url=os.environ["API"])
answer = login.sync(client=client, body=LoginRequest(username="new@igad.int", password="TempP@ssw0rd1"))
if isinstance(answer, Challenge):
    print(answer.message)
    new_password = CompletePasswordChangeRequest(
        username=answer.username, session=answer.session, new_password="BrandNewP@ss1"
    )
    answer = complete_password_change.sync(client=client, body=new_password)
print(answer.user.email if isinstance(answer, Tokens) else answer.detail)
