import { Client, changePassword, setUpTotp, verifyTotp } from "@sign-in-service/client";

const client = new Client("https://api.example.org", {
  // For your own API: `client.fetch` resolves URLs against the first option, and sends the token to the others' origins only.
  baseUrl: "https://orders.example.org",
  allowedOrigins: ["https://orders.example.org"],
});

// Changes of the session, in this tab and in others.
client.onAuthStateChange((event) => {
  if (event.type === "SIGNED_OUT" && event.cause === "sessionEnded") console.log("Please sign in again");
  if (event.type === "TOKEN_REFRESH_FAILED") console.log(event.error.detail, event.error.cause);
});

// Your own API, with the user's token. It is refreshed before it expires, and after a 401.
const orders = await client.fetch("/orders");

// The access token, for a WebSocket or another library.
const token = await client.accessToken();
if (token.ok) new WebSocket("wss://orders.example.org", ["bearer", token.value]);

// The signed-in user without a request, and the profile from the service.
const name = client.user?.name;
const profile = await client.me();

// After the user's groups have changed.
await client.accessToken({ forceRefresh: true });

const changed = await changePassword(client, { currentPassword: "SecureP@ssw0rd1", newPassword: "BrandNewP@ss1" });
if (!changed.ok && changed.error.type === "InvalidPasswordException") console.log(changed.error.detail);

const totp = await setUpTotp(client, "user@igad.int");
if (totp.ok) console.log(totp.value.uri, await verifyTotp(client, "123456", "My phone"));

await client.signOut({ everywhere: true });
