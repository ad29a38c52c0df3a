// Sign-in page: an example of the TypeScript client (clients/typescript), whose bundle is client.js. A function of the client
// returns a step of the sign-in, or a result with a value or an error. `showStep` shows the next step.

import { showAccount } from "./account.js";
import {
  answerWithPasskey,
  completeSignIn,
  confirmSignUp,
  forgotPassword,
  resendCode,
  resetPassword,
  signIn,
  signInWithProvider,
  signUp,
  startSignIn,
} from "./client.js";
import { factorNames, showTotpSecret } from "./factors.js";
import { client, problem, settings } from "./session.js";
import { attempt, create, element, mustReauthenticate, onClick, onSubmit, say, show, value } from "./steps.js";

/** The current challenge of a sign-in, if any. */
let challenge;

/** The email address that the user entered. */
let username;

element("sign-in").addEventListener("show", () => {
  challenge = undefined;
});

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
      return step.totp ? showTotpSecret(step.totp, answerWithTotp) : showChoices(step);
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

async function answerWithTotp({ code, device_name }) {
  return showStep(await challenge.answer(code, device_name));
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

// ── Identity providers ─────────────────────────────────────────────────────────────────────────────────────────

/** Shows a button for each provider of the deployment. */
async function showProviders() {
  const { providers = [] } = await settings;
  element("providers").replaceChildren(
    ...providers.map((provider) => {
      const link = create("button", { type: "button", className: "second" }, `Sign in with ${provider}`);
      link.addEventListener("click", () => attempt(element("sign-in"), () => leaveFor(provider)));
      return link;
    }),
  );
}

async function leaveFor(provider) {
  // Otherwise Cognito signs the user in silently, and the sign-in is as old as before.
  const reauthenticate = mustReauthenticate();
  value(await signInWithProvider(client, provider, { reauthenticate }));
}

/** Completes the sign-in if a provider has redirected to this page. */
async function arrive() {
  const step = await completeSignIn(client);
  if (step) await showStep(step);
}

// ── Start ──────────────────────────────────────────────────────────────────────────────────────────────────────

if (client) {
  show("sign-in");
  void showProviders();
  await attempt(element("sign-in"), arrive);
} else say("problem", problem);
