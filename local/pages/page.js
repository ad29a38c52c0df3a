// Sign-in page: an example of the TypeScript client (clients/typescript), whose bundle is client.js. A function of the client
// returns a step of the sign-in, or a result with a value or an error. `showStep` shows the next step, `attempt` shows errors.

import {
  Client,
  addPasskey,
  answerWithPasskey,
  confirmSignUp,
  deletePasskey,
  disableFactor,
  factors,
  forgotPassword,
  passkeys,
  resendCode,
  resetPassword,
  setUpTotp,
  signIn,
  signUp,
  startSignIn,
  verifyTotp,
} from "./client.js";

const element = (id) => document.getElementById(id);

/** Session of the user. Its tokens are in memory only, so that other pages cannot read them. A reload deletes them. */
let client;

/** The current challenge of a sign-in, if any. */
let challenge;

/** The email address that the user entered. */
let username;

/** Value of a result. Throws its error, which `attempt` shows. */
function value(result) {
  if (!result.ok) throw result.error;
  return result.value;
}

// ── Sign-in steps ──────────────────────────────────────────────────────────────────────────────────────────────

onSubmit("sign-in", async ({ by, password, ...typed }) => {
  ({ username } = typed);
  return showStep(
    by === "PASSWORD"
      ? await signIn(client, { username, password })
      : await startSignIn(client, { username, preferred: by }),
  );
});

/** Shows the account after a sign-in, or the form for a challenge. */
function showStep(step) {
  if (step.kind === "failed") {
    // Without a challenge that can be answered again, the user must start over.
    if (!step.challenge && challenge) show("sign-in");
    throw step.error;
  }
  challenge = step.kind === "signed-in" ? undefined : step;
  switch (step.kind) {
    case "signed-in":
      return showAccount();
    case "NEW_PASSWORD_REQUIRED":
      return showNewPassword(step);
    case "SOFTWARE_TOKEN_MFA":
    case "SMS_MFA":
    case "EMAIL_OTP":
    case "SMS_OTP":
      return showCode(step);
    case "SELECT_CHALLENGE":
    case "SELECT_MFA_TYPE":
      return showChoices(step);
    case "MFA_SETUP":
      return step.totp ? showSecret(step.totp) : showChoices(step);
    case "PASSWORD":
      return show("password");
    case "WEB_AUTHN":
      show("passkey");
      return attempt(element("passkey"), usePasskey);
    case "CONFIRM_SIGN_UP":
      return show("confirm-sign-up", `${step.message}.`);
    case "RESET_PASSWORD":
      return show("forgot-password", `${step.message}.`);
  }
}

function showNewPassword({ requiredAttributes }) {
  element("attributes").replaceChildren(
    ...requiredAttributes.map((name) =>
      create("label", name.replaceAll("_", " "), create("input", { name, required: true })),
    ),
  );
  show("new-password");
}

onSubmit("new-password", async ({ new_password, ...attributes }) =>
  showStep(await challenge.answer(new_password, attributes)),
);

function showCode({ message, delivery }) {
  // Before the first factor, a delivery may have no destination.
  const destination = delivery?.Destination;
  element("code-where").textContent = destination ? `${message}, to ${destination}.` : `${message}.`;
  show("code");
}

onSubmit("code", async ({ code }) => showStep(await challenge.answer(code)));

/** Names of the factors for users. */
const factorNames = {
  PASSWORD: "My password",
  WEB_AUTHN: "A passkey",
  EMAIL_OTP: "A code by email",
  SMS_OTP: "A code by text message",
  SMS_MFA: "A code by text message",
  SOFTWARE_TOKEN_MFA: "An authenticator app",
};

function showChoices({ message, choices }) {
  element("choice-title").textContent = message;
  element("choices").replaceChildren(
    ...choices.map((choice) =>
      create("button", { name: "choice", value: choice, className: "second" }, factorNames[choice]),
    ),
  );
  show("choice");
}

onSubmit("choice", async ({ choice }) => {
  // Two choices need further input.
  if (challenge.kind === "SELECT_CHALLENGE" && choice === "PASSWORD") return show("password");
  if (challenge.kind === "MFA_SETUP" && choice === "EMAIL_OTP") return show("email");
  return showStep(
    challenge.kind === "MFA_SETUP" ? await challenge.setUpTotp(username) : await challenge.answer(choice),
  );
});

onSubmit("password", async ({ password }) =>
  showStep(
    challenge.kind === "SELECT_CHALLENGE" ? await challenge.answerPassword(password) : await challenge.answer(password),
  ),
);

onSubmit("email", async ({ email }) => showStep(await challenge.setUpEmail(email)));

onSubmit("passkey", usePasskey);

async function usePasskey() {
  return showStep(await answerWithPasskey(challenge));
}

/** Shows the secret for an authenticator app, during a sign-in (MFA_SETUP) or after it (set-up-totp). */
async function showSecret({ secret, uri }) {
  // The server of this page draws the QR code. The secret is in the request body, because URLs are logged in many places.
  const picture = await (await fetch("qr-code", { method: "POST", body: uri })).blob();
  URL.revokeObjectURL(element("qr-code").src);
  element("qr-code").src = URL.createObjectURL(picture);
  element("secret").textContent = secret.match(/.{1,4}/g).join(" ");
  show("authenticator-app");
}

onSubmit("authenticator-app", async ({ code, device_name }) => {
  if (challenge) return showStep(await challenge.answer(code, device_name));
  const { message } = value(await verifyTotp(client, code, device_name));
  await showAccount(message);
});

// ── Account ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Shows the profile and the factors of the signed-in user. */
async function showAccount(news = "") {
  const me = value(await client.me());
  element("me").replaceChildren(
    ...Object.entries({ Name: me.name, Email: me.email, Role: me.role, Id: me.user_id }).flatMap(([term, value]) => [
      create("dt", term),
      create("dd", value),
    ]),
  );
  await Promise.all([list("second-factors", secondFactors), list("passkeys", passkeyItems)]);
  show("account", news);
}

/** Fills a list with `items`, or shows the error. */
async function list(id, items) {
  const found = await items().catch((error) => [create("li", errorText(error))]);
  element(id).replaceChildren(...(found.length ? found : [create("li", "None yet.")]));
}

async function secondFactors() {
  const { mfa, preferred } = value(await factors(client));
  return mfa.map((factor) =>
    create(
      "li",
      `${factorNames[factor]}${factor === preferred ? ", preferred" : ""}`,
      button(`Turn off: ${factorNames[factor]}`, "Turn off", async () => {
        const { message } = value(await disableFactor(client, factor));
        await showAccount(message);
      }),
    ),
  );
}

async function passkeyItems() {
  const { passkeys: found } = value(await passkeys(client));
  return found.map(({ credential_id, name, created_at }) =>
    create(
      "li",
      `${name ?? "Passkey"}, since ${new Date(created_at).toLocaleDateString()}`,
      button(`Remove: ${name ?? "Passkey"}`, "Remove", async () => {
        const { message } = value(await deletePasskey(client, credential_id));
        await showAccount(message);
      }),
    ),
  );
}

onClick("add-passkey", async () => {
  const { message } = value(await addPasskey(client));
  await showAccount(message);
});

onClick("add-authenticator-app", async () => showSecret(value(await setUpTotp(client, client.user.email))));

onClick("sign-out", () => signOut({}));
onClick("sign-out-everywhere", () => signOut({ everywhere: true }));

/** Signs out. The client deletes the session first, so the user is signed out whatever the service returns. */
async function signOut(how) {
  const result = await client.signOut(how);
  show("sign-in", result.ok ? result.value.message : `You are signed out here. ${errorText(result.error)}`);
}

// ── Sign-up and password reset ─────────────────────────────────────────────────────────────────────────────────

onSubmit("sign-up", async (account) => {
  ({ username } = account);
  const { message } = value(await signUp(client, account));
  show("confirm-sign-up", message);
});

onSubmit("confirm-sign-up", async ({ code }) => {
  if (challenge) return showStep(await challenge.answer(code));
  const { message } = value(await confirmSignUp(client, { username, code }));
  show("sign-in", message);
});

onClick("resend-code", async () => {
  const { message } = value(await resendCode(client, username));
  say("news", message);
});

onSubmit("forgot-password", async (typed) => {
  ({ username } = typed);
  const { message } = value(await forgotPassword(client, username));
  show("reset-password", message);
});

onSubmit("reset-password", async ({ code, new_password }) => {
  const { message } = value(await resetPassword(client, { username, code, newPassword: new_password }));
  show("sign-in", message);
});

// ── Forms ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Runs `work` with the fields of a form when it is submitted. Omits empty fields. */
function onSubmit(id, work) {
  const form = element(id);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // A passkey or a code needs no password, but a username.
    if (event.submitter?.formNoValidate && !form.elements.username.reportValidity()) return;
    const fields = [...new FormData(form, event.submitter)].filter(([, value]) => value !== "");
    attempt(form, () => work(Object.fromEntries(fields)));
  });
}

/** Runs `work` when a button is clicked. */
function onClick(id, work) {
  element(id).addEventListener("click", () => attempt(element(id).closest("form, section"), work));
}

for (const link of document.querySelectorAll("[data-show]")) {
  link.addEventListener("click", () => show(client.user ? "account" : link.dataset.show));
}

/** Runs `work`, unless the step is busy, and shows errors. */
async function attempt(step, work) {
  if (step.ariaBusy === "true") return;
  step.ariaBusy = "true";
  say("problem", "");
  say("news", "");
  try {
    await work();
  } catch (error) {
    handleError(error);
  } finally {
    step.ariaBusy = "false";
  }
}

/** Shows an error. If the session has ended, or the sign-in is too long ago, the user must sign in again. */
function handleError(error) {
  if (error.type === "ReauthenticationRequired") void client.signOut();
  if (!client.user && !element("account").hidden) show("sign-in");
  say("problem", errorText(error));
  focusOn(document.querySelector("main > :not([hidden]):is(form, section)"));
}

function errorText(error) {
  return `${error.message}.`.replace(/\.\.$/, ".");
}

/** Shows one step with empty fields, and moves the focus there for users of keyboards and screen readers. */
function show(id, news = "") {
  if (id === "sign-in") challenge = undefined;
  for (const step of document.querySelectorAll("main > form, main > section")) {
    step.hidden = step.id !== id;
    if (step.hidden && step instanceof HTMLFormElement) step.reset();
  }
  document.title = element(`${id}-title`).textContent;
  say("problem", "");
  say("news", news);
  focusOn(element(id));
}

function focusOn(step) {
  (step.querySelector("input") ?? step.querySelector("h2")).focus();
}

function say(id, text) {
  element(id).textContent = text;
}

/** Creates an element with properties, text and child elements. */
function create(name, ...parts) {
  const created = document.createElement(name);
  for (const part of parts) {
    if (typeof part === "string" || part instanceof Node) created.append(part);
    else Object.assign(created, part);
  }
  return created;
}

/** Creates a button in a list, with a label for screen readers. */
function button(label, text, work) {
  const created = create("button", { type: "button", className: "link", ariaLabel: label }, text);
  created.addEventListener("click", () => attempt(created.closest("section"), work));
  return created;
}

// ── Start ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** `fetch` that tells the rest of the page about responses: local.js shows the messages that a request has sent. */
async function observedFetch(...request) {
  const response = await fetch(...request);
  document.dispatchEvent(new Event("response"));
  return response;
}

const response = await fetch("about.json").catch(() => undefined);
if (response?.ok) {
  const { api } = await response.json();
  client = new Client(api, { fetch: observedFetch });
  show("sign-in");
} else {
  const reason = response ? `returned the status ${response.status}` : "could not be loaded";
  say("problem", `This page cannot start: about.json ${reason}.`);
}
