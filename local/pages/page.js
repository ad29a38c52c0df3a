// Sign-in page. The API returns tokens, a challenge with the next step, or an error with a message. `showNextStep`
// distinguishes tokens and challenges by the field `challenge`. `attempt` shows errors.

/** Base URL of the API. */
const { api } = await (await fetch("about.json")).json();

/** Tokens of the sign-in. Kept in memory only, so that other pages and scripts cannot read them. A reload deletes them. */
let tokens;

/** The current challenge, if any. */
let challenge;

/** The email address that the user entered. */
let username;

const element = (id) => document.getElementById(id);

// ── Requests to the API ────────────────────────────────────────────────────────────────────────────────────────

/** A response with an error status. */
class ApiError extends Error {
  constructor(response, { detail, message }) {
    // Errors of functions have `detail`, errors of API Gateway `message`.
    super(detail ?? message ?? `The service returned ${response.status}.`);
    this.status = response.status;
    this.type = response.headers.get("x-amzn-errortype");
  }
}

/** Sends `body` to a route with POST, or without a body with GET, and returns the response body. */
async function request(route, body) {
  const response = await fetch(`${api}/api/auth/${route}`, {
    method: body ? "POST" : "GET",
    headers: {
      ...(body && { "Content-Type": "application/json" }),
      ...(tokens && { Authorization: `Bearer ${tokens.access_token}` }),
    },
    body: body && JSON.stringify(body),
  });
  const result = await response.json().catch(() => ({}));
  document.dispatchEvent(new Event("response"));
  if (!response.ok) throw new ApiError(response, result);
  return result;
}

/** Answers the current challenge, and shows the next step. */
async function answerChallenge(answer) {
  const { challenge: name, session, username } = challenge;
  return showNextStep(await request("answer-challenge", { challenge: name, session, username, ...answer }));
}

// ── Sign-in steps ──────────────────────────────────────────────────────────────────────────────────────────────

onSubmit("sign-in", async ({ by, password, ...typed }) => {
  ({ username } = typed);
  return showNextStep(
    by === "PASSWORD"
      ? await request("login", { username, password })
      : await request("start-login", { username, preferred: by }),
  );
});

/** Shows the account after tokens, or the form for a challenge. */
function showNextStep(response) {
  challenge = response.challenge ? response : undefined;
  switch (response.challenge) {
    case undefined:
      tokens = response;
      return showAccount();
    case "NEW_PASSWORD_REQUIRED":
      return showNewPassword(response);
    case "SOFTWARE_TOKEN_MFA":
    case "SMS_MFA":
    case "EMAIL_OTP":
    case "SMS_OTP":
      return showCode(response);
    case "SELECT_CHALLENGE":
    case "SELECT_MFA_TYPE":
      return showChoices(response);
    case "MFA_SETUP":
      return response.totp ? showSecret(response.totp) : showChoices(response);
    case "PASSWORD":
      return show("password");
    case "WEB_AUTHN":
      show("passkey");
      return attempt(element("passkey"), usePasskey);
    default:
      throw new Error(`This page does not support ${response.challenge}.`);
  }
}

function showNewPassword({ required_attributes = [] }) {
  element("attributes").replaceChildren(
    ...required_attributes.map((name) =>
      create("label", name.replaceAll("_", " "), create("input", { name, required: true })),
    ),
  );
  show("new-password");
}

onSubmit("new-password", ({ new_password, ...attributes }) =>
  answerChallenge({ new_password, ...(Object.keys(attributes).length && { attributes }) }),
);

function showCode({ message, delivery }) {
  // Before the first factor, a delivery may have no destination.
  const destination = delivery?.Destination;
  element("code-where").textContent = destination ? `${message}, to ${destination}.` : `${message}.`;
  show("code");
}

onSubmit("code", ({ code }) => answerChallenge({ code }));

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

onSubmit("choice", ({ choice }) => {
  // Two choices need further input.
  if (challenge.challenge === "SELECT_CHALLENGE" && choice === "PASSWORD") return show("password");
  if (challenge.challenge === "MFA_SETUP" && choice === "EMAIL_OTP") return show("email");
  // Account name in the authenticator app.
  const account = challenge.challenge === "MFA_SETUP" && { account: username };
  return answerChallenge({ choice, ...account });
});

onSubmit("password", ({ password }) =>
  answerChallenge(challenge.challenge === "SELECT_CHALLENGE" ? { choice: "PASSWORD", password } : { password }),
);

onSubmit("email", ({ email }) => answerChallenge({ email }));

onSubmit("passkey", usePasskey);

async function usePasskey() {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(challenge.passkey);
  const credential = await navigator.credentials.get({ publicKey });
  return answerChallenge({ credential: credential.toJSON() });
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

onSubmit("authenticator-app", async (code_and_device) => {
  if (challenge) return answerChallenge(code_and_device);
  const { message } = await request("verify-totp", code_and_device);
  await showAccount(message);
});

// ── Account ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Shows the profile and the factors of the signed-in user. */
async function showAccount(news = "") {
  const me = await request("me");
  element("me").replaceChildren(
    ...Object.entries({ Name: me.name, Email: me.email, Role: me.role, Id: me.user_id }).flatMap(([term, value]) => [
      create("dt", term),
      create("dd", value),
    ]),
  );
  await Promise.all([list("second-factors", secondFactors), list("passkeys", passkeys)]);
  show("account", news);
}

/** Fills a list with `items`, or shows the error. */
async function list(id, items) {
  const found = await items().catch((error) => [create("li", errorText(error))]);
  element(id).replaceChildren(...(found.length ? found : [create("li", "None yet.")]));
}

async function secondFactors() {
  const { mfa, preferred } = await request("factors");
  return mfa.map((factor) =>
    create(
      "li",
      `${factorNames[factor]}${factor === preferred ? ", preferred" : ""}`,
      button(`Turn off: ${factorNames[factor]}`, "Turn off", async () => {
        const { message } = await request("prefer-factor", { disable: factor });
        await showAccount(message);
      }),
    ),
  );
}

async function passkeys() {
  const { passkeys } = await request("passkeys");
  return passkeys.map(({ credential_id, name, created_at }) =>
    create(
      "li",
      `${name ?? "Passkey"}, since ${new Date(created_at).toLocaleDateString()}`,
      button(`Remove: ${name ?? "Passkey"}`, "Remove", async () => {
        const { message } = await request("delete-passkey", { credential_id });
        await showAccount(message);
      }),
    ),
  );
}

onClick("add-passkey", async () => {
  const { passkey } = await request("start-passkey", {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(passkey);
  const credential = await navigator.credentials.create({ publicKey });
  const { message } = await request("complete-passkey", { credential: credential.toJSON() });
  await showAccount(message);
});

onClick("add-authenticator-app", async () => showSecret(await request("set-up-totp", { account: tokens.user.email })));

onClick("sign-out", () => signOut({}));
onClick("sign-out-everywhere", () => signOut({ everywhere: true }));

async function signOut(how) {
  const { message } = await request("logout", { ...how, refresh_token: tokens.refresh_token });
  show("sign-in", message);
}

// ── Sign-up and password reset ─────────────────────────────────────────────────────────────────────────────────

onSubmit("sign-up", async (fields) => {
  ({ username } = fields);
  const { message } = await request("sign-up", fields);
  show("confirm-sign-up", message);
});

onSubmit("confirm-sign-up", async ({ code }) => {
  const { message } = await request("confirm-sign-up", { username, code });
  show("sign-in", message);
});

onClick("resend-code", async () => {
  const { message } = await request("resend-code", { username });
  say("news", message);
});

onSubmit("forgot-password", async (fields) => {
  ({ username } = fields);
  const { message } = await request("forgot-password", fields);
  show("reset-password", message);
});

onSubmit("reset-password", async (code_and_password) => {
  const { message } = await request("reset-password", { username, ...code_and_password });
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
  link.addEventListener("click", () => show(tokens ? "account" : link.dataset.show));
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
    handleError(error, step);
  } finally {
    step.ariaBusy = "false";
  }
}

/** Shows an error. After 401 the user must sign in again, after any other status the step can be retried. */
function handleError(error, step) {
  const mustSignIn = error.status === 401 || error.type === "ReauthenticationRequired";
  if (mustSignIn && step.id !== "sign-in") show("sign-in");
  say("problem", errorText(error));
  focusOn(document.querySelector("main > :not([hidden]):is(form, section)"));
}

function errorText(error) {
  if (error instanceof ApiError) return `${error.message}.`.replace(/\.\.$/, ".");
  // The browser's dialog was canceled, timed out or found no passkey. For privacy, WebAuthn does not tell which:
  // https://www.w3.org/TR/webauthn-3/#sctn-privacy-considerations-client.
  if (error.name === "NotAllowedError") return "No passkey was used. Try again, or start over with another method.";
  if (error.name === "InvalidStateError") return "This device already has a passkey for the account.";
  if (error instanceof TypeError) return "The service cannot be reached. Try again.";
  return error.message;
}

/** Shows one step with empty fields, and moves the focus there for users of keyboards and screen readers. */
function show(id, news = "") {
  if (id === "sign-in") tokens = challenge = undefined;
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

show("sign-in");
