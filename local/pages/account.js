// Account of the signed-in user: profile, second factors and passkeys.

import { addPasskey, setUpTotp, verifyTotp } from "./client.js";
import { listFactors, showTotpSecret } from "./factors.js";
import { client } from "./session.js";
import { create, element, errorText, onClick, show, value } from "./steps.js";

/** Profile of the user, from the service. */
let me;

/** Shows the account, as the service has it now. */
export async function showAccount(news = "") {
  // Unlike `client.me`, this call never returns an earlier result.
  me = value(await client.callSignedIn("me"));
  element("me").replaceChildren(
    ...Object.entries({ Name: me.name, Email: me.email, Role: me.role, Id: me.user_id }).flatMap(([term, text]) => [
      create("dt", term),
      create("dd", text),
    ]),
  );
  await listFactors(showAccount);
  show("account", news);
}

onClick("add-passkey", async () => {
  const { message } = value(await addPasskey(client));
  await showAccount(message);
});

onClick("add-authenticator-app", async () =>
  showTotpSecret(value(await setUpTotp(client, me.email)), async ({ code, device_name }) => {
    const { message } = value(await verifyTotp(client, code, device_name));
    await showAccount(message);
  }),
);

onClick("sign-out", () => signOut({}));
onClick("sign-out-everywhere", () => signOut({ everywhere: true }));

/** Signs out. The client deletes the session first, so the user is signed out whatever the service returns. */
async function signOut(how) {
  const result = await client.signOut(how);
  show("sign-in", result.ok ? result.value.message : `You are signed out here. ${errorText(result.error)}`);
}
