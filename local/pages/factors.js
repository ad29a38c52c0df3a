// Second factors and passkeys: their names, the form for an authenticator app, and the lists in the account.

import { deletePasskey, disableFactor, factors, passkeys, preferFactor } from "./client.js";
import { client } from "./session.js";
import { button, create, element, errorText, onSubmit, show, value } from "./steps.js";

/** Names of the factors for users. */
export const factorNames = {
  PASSWORD: "My password",
  WEB_AUTHN: "A passkey",
  EMAIL_OTP: "A code by email",
  SMS_OTP: "A code by text message",
  SMS_MFA: "A code by text message",
  SOFTWARE_TOKEN_MFA: "An authenticator app",
};

/** Takes the fields of the form for an authenticator app. */
let verify;

onSubmit("authenticator-app", (fields) => verify(fields));

/** Shows the secret for an authenticator app. `whenEntered` takes the fields of the form. */
export async function showTotpSecret({ secret, uri }, whenEntered) {
  verify = whenEntered;
  // The server of this page draws the QR code. The secret is in the request body, because URLs are logged in many places.
  const picture = await (await fetch("qr-code", { method: "POST", body: uri })).blob();
  URL.revokeObjectURL(element("qr-code").src);
  element("qr-code").src = URL.createObjectURL(picture);
  element("secret").textContent = secret.match(/.{1,4}/g).join(" ");
  show("authenticator-app");
}

/** Shows the second factors and passkeys of the signed-in user. `whenChanged` takes the message of a change. */
export async function listFactors(whenChanged) {
  /** Creates a button that makes a change. */
  const change = (text, name, call) =>
    button(`${text}: ${name}`, text, async () => whenChanged(value(await call()).message));

  await Promise.all([
    list("second-factors", async () => {
      const { mfa, preferred } = value(await factors(client));
      return mfa.map((factor) => {
        const name = factorNames[factor];
        const isPreferred = factor === preferred;
        const buttons = create("span", { className: "row" });
        if (!isPreferred) buttons.append(change("Prefer", name, () => preferFactor(client, factor)));
        buttons.append(change("Turn off", name, () => disableFactor(client, factor)));
        return create("li", isPreferred ? `${name}, preferred` : name, buttons);
      });
    }),
    list("passkeys", async () => {
      const { passkeys: found } = value(await passkeys(client));
      return found.map(({ credential_id, name = "Passkey", created_at }) =>
        create(
          "li",
          `${name}, since ${new Date(created_at).toLocaleDateString()}`,
          change("Remove", name, () => deletePasskey(client, credential_id)),
        ),
      );
    }),
  ]);
}

/** Fills a list with `items`, or shows the error. */
async function list(id, items) {
  const found = await items().catch((error) => [create("li", errorText(error))]);
  element(id).replaceChildren(...(found.length ? found : [create("li", "None yet.")]));
}
