// Account of the signed-in user: profile, password, factors, deletion. email.js has the email address.

import {
  addPasskey,
  changePassword,
  deleteAccount,
  setUpTotp,
  signOutWithRedirect,
  updateProfile,
  verifyTotp,
} from "./client.js";
import { showEmail } from "./email.js";
import { listFactors, showTotpSecret } from "./factors.js";
import { client, settings } from "./session.js";
import { create, element, errorText, onClick, onSubmit, show, value } from "./steps.js";

/** Attributes that the profile always has, with their `autocomplete`. It also has those with a value. */
const PROFILE = { name: "name", given_name: "given-name", family_name: "family-name", locale: "language" };

/** Profile of the user, from the service. */
let me;

/** Whether the user signed in with an identity provider. */
let isFederated;

/** Shows the account, as the service has it now. */
export async function showAccount(news = "") {
  me = value(await client.me({ forceRefresh: true }));
  const { passkeys, mfa, email_change, providers = [] } = await settings;
  // The username of a federated user begins with the provider's name, in the pool's case. Other usernames are IDs.
  const username = me.username.toLowerCase();
  isFederated = providers.some((provider) => username.startsWith(`${provider.toLowerCase()}_`));
  element("me").replaceChildren(
    ...Object.entries({ Name: me.name, ...labeled(me.attributes), Role: me.role, Id: me.user_id }).flatMap(
      ([term, text]) => [create("dt", term), create("dd", text)],
    ),
  );
  showEmail(me, email_change, showAccount);
  element("password-part").hidden = isFederated;
  element("second-factor-part").hidden = isFederated || mfa === "OFF";
  element("passkey-part").hidden = isFederated || passkeys === false;
  await listFactors(showAccount);
  show("account", news);
}

// ── Profile ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Attributes by their name for users. */
function labeled(attributes = {}) {
  return Object.fromEntries(Object.entries(attributes).map(([name, text]) => [label(name), text]));
}

/** Name of an attribute for users, such as "Given name". */
function label(name) {
  const words = name.replace("custom:", "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

onClick("edit-profile", () => {
  const names = new Set([...Object.keys(PROFILE), ...Object.keys(me.attributes ?? {})]);
  element("profile-fields").replaceChildren(
    ...[...names].map((name) => {
      const field = { name, value: me.attributes?.[name] ?? "", autocomplete: PROFILE[name] ?? "off" };
      return create("label", label(name), create("input", field));
    }),
  );
  show("profile");
});

onSubmit("profile", async (fields) => {
  const inputs = [...element("profile").querySelectorAll("input")];
  const changed = inputs.filter(({ name, value }) => value !== (me.attributes?.[name] ?? ""));
  if (!changed.length) return show("account", "Nothing has changed");
  // An empty text removes an attribute.
  const attributes = Object.fromEntries(changed.map(({ name, value }) => [name, value]));
  const { message } = value(await updateProfile(client, attributes));
  await showAccount(message);
});

// ── Password and factors ───────────────────────────────────────────────────────────────────────────────────────

onSubmit("change-password", async ({ current_password, new_password }) => {
  const passwords = { currentPassword: current_password, newPassword: new_password };
  const { message } = value(await changePassword(client, passwords));
  show("account", message);
});

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

// ── Sign-out and deletion ──────────────────────────────────────────────────────────────────────────────────────

onClick("sign-out", () => signOut({}));
onClick("sign-out-everywhere", () => signOut({ everywhere: true }));

/** Signs out. The client deletes the session first, so the user is signed out whatever the service returns. */
async function signOut(how) {
  const result = isFederated ? await signOutWithRedirect(client, how) : await client.signOut(how);
  // The page is about to leave, and a click would be lost. The browser may restore the page later.
  if (result.ok && result.value.logout_url) addEventListener("pagehide", () => show("sign-in"), { once: true });
  else show("sign-in", result.ok ? result.value.message : `You are signed out here. ${errorText(result.error)}`);
}

onClick("start-deletion", () => {
  element("deletion-email").textContent = me.email;
  show("delete-account");
});

onSubmit("delete-account", async ({ confirm }) => {
  const { message } = value(await deleteAccount(client, { confirm }));
  show("sign-in", message);
});
