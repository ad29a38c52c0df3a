// A sign-in as a plain Lambda handler with the AWS SDK for JavaScript.
import {
  AdminInitiateAuthCommand,
  CognitoIdentityProviderClient,
} from "@aws-sdk/client-cognito-identity-provider";

const cognito = new CognitoIdentityProviderClient({});

export async function handler(event) {
  const { username, password } = JSON.parse(event.body);
  const { AuthenticationResult: result } = await cognito.send(
    new AdminInitiateAuthCommand({
      UserPoolId: process.env.COGNITO_USER_POOL_ID,
      ClientId: process.env.COGNITO_CLIENT_ID,
      AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: username, PASSWORD: password },
    }),
  );
  const claims = JSON.parse(Buffer.from(result.IdToken.split(".")[1], "base64url"));
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      access_token: result.AccessToken,
      refresh_token: result.RefreshToken,
      token_type: "bearer",
      user: {
        user_id: claims.sub,
        email: claims.email,
        name: claims.name,
        role: "user",
        is_admin: false,
      },
      expires_in: result.ExpiresIn,
    }),
  };
}
