import { type Result, ApiError, Client, changePassword, factors, setUpTotp, verifyTotp } from "sign-in-client";

declare const client: Client;

// Your own API, with the user's token. It is refreshed before it expires, and after a 401.
const orders = await client.fetch("https://orders.example.org/orders");
// The access token, for a WebSocket or another library.
const token = await client.accessToken();
// The signed-in user without a request, and the profile from the service.
const name = client.user?.name;
const profile = await client.me();

const changed = await changePassword(client, { currentPassword: "SecureP@ssw0rd1", newPassword: "BrandNewP@ss1" });
if (!changed.ok && changed.error.status === 400) console.log(changed.error.detail);

const totp = await setUpTotp(client, "user@igad.int");
if (totp.ok) console.log(totp.value.uri, await verifyTotp(client, "123456", "My phone"));

await client.signOut({ everywhere: true });
