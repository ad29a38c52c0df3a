// How a page signs people in. Whatever is asked of the API, its answer is one of three: tokens, a challenge that
// says what is wanted next, or an error with one sentence. `proceed` tells the first two apart, by `challenge`;
// `attempt` shows the third.

/** Where the API is. */
const { api } = await (await fetch("about.json")).json();

/** What a sign-in gave. In memory alone: no other page or script finds it there, and a reload forgets it. */
let tokens;

/** What was asked for last, and is not answered yet. */
let challenge;

/** What the person typed as their e-mail address. */
let username;

const element = (id) => document.getElementById(id);

// ── Asking the API ──────────────────────────────────────────────────────────────────────────────────────────────

/** An answer that is no 2xx. */
class Refusal extends Error {
  constructor(response, { detail, message }) {
    // The API's own answers have `detail`; those of the gateway before it, `message`.
    super(detail ?? message ?? `The service answers with ${response.status}.`);
    this.status = response.status;
    this.type = response.headers.get("x-amzn-errortype");
  }
}

/** Posts `body` to a route, or gets it where there is no body. */
async function ask(route, body) {
  const response = await fetch(`${api}/api/auth/${route}`, {
    method: body ? "POST" : "GET",
    headers: {
      ...(body && { "Content-Type": "application/json" }),
      ...(tokens && { Authorization: `Bearer ${tokens.access_token}` }),
    },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  document.dispatchEvent(new Event("answered"));
  if (!response.ok) throw new Refusal(response, answer);
  return answer;
}

/** Answers the challenge, and goes on with what comes of it. */
async function answerWith(answer) {
  const { challenge: name, session, username } = challenge;
  return proceed(await ask("answer-challenge", { challenge: name, session, username, ...answer }));
}

// ── A sign-in, step by step ─────────────────────────────────────────────────────────────────────────────────────

submitted("sign-in", async ({ by, password, ...typed }) => {
  ({ username } = typed);
  return proceed(
    by === "PASSWORD"
      ? await ask("login", { username, password })
      : await ask("start-login", { username, preferred: by }),
  );
});

/** Goes on with a sign-in: with the person's account, or with what is asked for next. */
function proceed(answer) {
  challenge = answer.challenge ? answer : undefined;
  switch (answer.challenge) {
    case undefined:
      tokens = answer;
      return showAccount();
    case "NEW_PASSWORD_REQUIRED":
      return askForNewPassword(answer);
    case "SOFTWARE_TOKEN_MFA":
    case "SMS_MFA":
    case "EMAIL_OTP":
    case "SMS_OTP":
      return askForCode(answer);
    case "SELECT_CHALLENGE":
    case "SELECT_MFA_TYPE":
      return offer(answer);
    case "MFA_SETUP":
      return answer.totp ? showSecret(answer.totp) : offer(answer);
    case "PASSWORD":
      return show("password");
    case "WEB_AUTHN":
      show("passkey");
      return attempt(element("passkey"), usePasskey);
    default:
      throw new Error(`This page does not know ${answer.challenge}.`);
  }
}

function askForNewPassword({ required_attributes = [] }) {
  element("attributes").replaceChildren(
    ...required_attributes.map((name) => make("label", name.replaceAll("_", " "), make("input", { name, required: true }))),
  );
  show("new-password");
}

submitted("new-password", ({ new_password, ...attributes }) =>
  answerWith({ new_password, ...(Object.keys(attributes).length && { attributes }) }),
);

function askForCode({ message, delivery }) {
  // A delivery before the first factor may have no destination.
  const destination = delivery?.Destination;
  element("code-where").textContent = destination ? `${message}, to ${destination}.` : `${message}.`;
  show("code");
}

submitted("code", ({ code }) => answerWith({ code }));

/** What a person can prove who they are with, as they would say it. */
const words = {
  PASSWORD: "My password",
  WEB_AUTHN: "A passkey",
  EMAIL_OTP: "A code by e-mail",
  SMS_OTP: "A code by text message",
  SMS_MFA: "A code by text message",
  SOFTWARE_TOKEN_MFA: "An authenticator app",
};

function offer({ message, choices }) {
  element("choice-title").textContent = message;
  element("choices").replaceChildren(
    ...choices.map((choice) => make("button", { name: "choice", value: choice, className: "second" }, words[choice])),
  );
  show("choice");
}

submitted("choice", ({ choice }) => {
  // Two choices want something with them.
  if (challenge.challenge === "SELECT_CHALLENGE" && choice === "PASSWORD") return show("password");
  if (challenge.challenge === "MFA_SETUP" && choice === "EMAIL_OTP") return show("email");
  // What the authenticator app is to call the account.
  const account = challenge.challenge === "MFA_SETUP" && { account: username };
  return answerWith({ choice, ...account });
});

submitted("password", ({ password }) =>
  answerWith(challenge.challenge === "SELECT_CHALLENGE" ? { choice: "PASSWORD", password } : { password }),
);

submitted("email", ({ email }) => answerWith({ email }));

submitted("passkey", usePasskey);

async function usePasskey() {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(challenge.passkey);
  const credential = await navigator.credentials.get({ publicKey });
  return answerWith({ credential: credential.toJSON() });
}

/** Shows what an authenticator app must know, within a sign-in (MFA_SETUP) or after one (set-up-totp). */
async function showSecret({ secret, uri }) {
  // Drawn by the server of this page: in a body, since addresses are written down in many places, and a secret must not be.
  const picture = await (await fetch("qr-code", { method: "POST", body: uri })).blob();
  URL.revokeObjectURL(element("qr-code").src);
  element("qr-code").src = URL.createObjectURL(picture);
  element("secret").textContent = secret.match(/.{1,4}/g).join(" ");
  show("authenticator-app");
}

submitted("authenticator-app", async (code_and_device) => {
  if (challenge) return answerWith(code_and_device);
  const { message } = await ask("verify-totp", code_and_device);
  await showAccount(message);
});

// ── Who is signed in ────────────────────────────────────────────────────────────────────────────────────────────

/** Shows who is signed in, and how. */
async function showAccount(news = "") {
  const me = await ask("me");
  element("me").replaceChildren(
    ...Object.entries({ Name: me.name, "E-mail": me.email, Role: me.role, Id: me.user_id }).flatMap(([term, value]) => [
      make("dt", term),
      make("dd", value),
    ]),
  );
  await Promise.all([list("second-factors", secondFactors), list("passkeys", passkeys)]);
  show("account", news);
}

/** Fills a list with `items`, or says why it cannot. */
async function list(id, items) {
  const found = await items().catch((error) => [make("li", inWords(error))]);
  element(id).replaceChildren(...(found.length ? found : [make("li", "None yet.")]));
}

async function secondFactors() {
  const { mfa, preferred } = await ask("factors");
  return mfa.map((factor) =>
    make(
      "li",
      `${words[factor]}${factor === preferred ? ", asked for first" : ""}`,
      button(`Turn off: ${words[factor]}`, "Turn off", async () => {
        const { message } = await ask("prefer-factor", { disable: factor });
        await showAccount(message);
      }),
    ),
  );
}

async function passkeys() {
  const { passkeys } = await ask("passkeys");
  return passkeys.map(({ credential_id, name, created_at }) =>
    make(
      "li",
      `${name ?? "Passkey"}, since ${new Date(created_at).toLocaleDateString()}`,
      button(`Remove: ${name ?? "Passkey"}`, "Remove", async () => {
        const { message } = await ask("delete-passkey", { credential_id });
        await showAccount(message);
      }),
    ),
  );
}

pressed("add-passkey", async () => {
  const { passkey } = await ask("start-passkey", {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(passkey);
  const credential = await navigator.credentials.create({ publicKey });
  const { message } = await ask("complete-passkey", { credential: credential.toJSON() });
  await showAccount(message);
});

pressed("add-authenticator-app", async () => showSecret(await ask("set-up-totp", { account: tokens.user.email })));

pressed("sign-out", () => signOut({}));
pressed("sign-out-everywhere", () => signOut({ everywhere: true }));

async function signOut(how) {
  const { message } = await ask("logout", { ...how, refresh_token: tokens.refresh_token });
  show("sign-in", message);
}

// ── Accounts and passwords ──────────────────────────────────────────────────────────────────────────────────────

submitted("sign-up", async (person) => {
  ({ username } = person);
  const { message } = await ask("sign-up", person);
  show("confirm-sign-up", message);
});

submitted("confirm-sign-up", async ({ code }) => {
  const { message } = await ask("confirm-sign-up", { username, code });
  show("sign-in", message);
});

pressed("resend-code", async () => {
  const { message } = await ask("resend-code", { username });
  say("news", message);
});

submitted("forgot-password", async (person) => {
  ({ username } = person);
  const { message } = await ask("forgot-password", person);
  show("reset-password", message);
});

submitted("reset-password", async (code_and_password) => {
  const { message } = await ask("reset-password", { username, ...code_and_password });
  show("sign-in", message);
});

// ── Forms ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Does `work` with the fields of a form when it is sent. A field without a value is left out. */
function submitted(id, work) {
  const form = element(id);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // A passkey or a code wants no password, but must know for whom.
    if (event.submitter?.formNoValidate && !form.elements.username.reportValidity()) return;
    const fields = [...new FormData(form, event.submitter)].filter(([, value]) => value !== "");
    attempt(form, () => work(Object.fromEntries(fields)));
  });
}

/** Does `work` when a button is pressed. */
function pressed(id, work) {
  element(id).addEventListener("click", () => attempt(element(id).closest("form, section"), work));
}

for (const link of document.querySelectorAll("[data-show]")) {
  link.addEventListener("click", () => show(tokens ? "account" : link.dataset.show));
}

/** Does `work`, one at a time for each step, and says what went wrong. */
async function attempt(step, work) {
  if (step.ariaBusy === "true") return;
  step.ariaBusy = "true";
  say("problem", "");
  say("news", "");
  try {
    await work();
  } catch (error) {
    goOnAfter(error, step);
  } finally {
    step.ariaBusy = "false";
  }
}

/** A status says what to do: 401, begin again; whatever else, try again where you are. */
function goOnAfter(error, step) {
  const mustSignIn = error.status === 401 || error.type === "ReauthenticationRequired";
  if (mustSignIn && step.id !== "sign-in") show("sign-in");
  say("problem", inWords(error));
  focusOn(document.querySelector("main > :not([hidden]):is(form, section)"));
}

function inWords(error) {
  if (error instanceof Refusal) return `${error.message}.`.replace(/\.\.$/, ".");
  // What the browser's own dialogue was ended with: https://www.w3.org/TR/webauthn-3/#sctn-privacy-considerations-client
  // has it say no more than this, whether it was cancelled, took too long or found no passkey.
  if (error.name === "NotAllowedError") return "No passkey was used. Try again, or start over in another way.";
  if (error.name === "InvalidStateError") return "This device has a passkey for the account already.";
  if (error instanceof TypeError) return "The service cannot be reached. Try again.";
  return error.message;
}

/** Shows one step alone, with empty fields, and leads there whoever uses the keyboard or listens. */
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

/** An element with properties, text and other elements in it. */
function make(name, ...parts) {
  const made = document.createElement(name);
  for (const part of parts) {
    if (typeof part === "string" || part instanceof Node) made.append(part);
    else Object.assign(made, part);
  }
  return made;
}

/** A button of a list, which says to whoever does not see the list what it is about. */
function button(label, text, work) {
  const made = make("button", { type: "button", className: "link", ariaLabel: label }, text);
  made.addEventListener("click", () => attempt(made.closest("section"), work));
  return made;
}

show("sign-in");
