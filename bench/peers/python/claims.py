"""What both answer: the tokens, and who the ID token says that the person is."""

import base64
import json


def sign_in(result):
    payload = result["IdToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {
        "access_token": result["AccessToken"],
        "refresh_token": result["RefreshToken"],
        "token_type": "bearer",
        "user": {
            "user_id": claims["sub"],
            "email": claims["email"],
            "name": claims["name"],
            "role": "user",
            "is_admin": False,
        },
        "expires_in": result["ExpiresIn"],
    }
