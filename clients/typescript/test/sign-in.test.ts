import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type Challenge,
  type ErrorType,
  type ServiceErrorType,
  type Step,
  type WebAuthnChallenge,
  answerWithPasskey,
  signIn,
  startSignIn,
} from "../src/index.js";
import { UNAVAILABLE, OFFLINE, USER, Service, json, errorResponse, sharedStorage, tokens } from "./service.js";

const CREDENTIALS = { username: "user@igad.int", password: " SecureP@ssw0rd1 " };

const NO_TOKENS = { access_token: "", token_type: "bearer", user: { ...USER, user_id: "" }, expires_in: 0 };

/** Response with a challenge. */
function challenge(name: string, more: object = {}) {
  return json({
    ...NO_TOKENS,
    challenge: name,
    session: "session-1",
    username: "b7d8f6e4",
    message: "Continue",
    ...more,
  });
}

/** Signs in, and returns the challenge. */
async function signInToChallenge(service: Service, client = service.client()): Promise<Challenge> {
  const step = await signIn(client, CREDENTIALS);
  assert.ok(step.kind !== "signed-in" && step.kind !== "failed", step.kind);
  return step;
}

test("signIn sends the password unchanged", async () => {
  const service = new Service().on("login", json(tokens()));
  const client = service.client();
  assert.deepEqual(await signIn(client, CREDENTIALS), { kind: "signed-in", user: USER });
  assert.deepEqual(service.sent[0]?.body, CREDENTIALS);
  assert.equal(service.sent[0]?.headers.get("content-type"), "application/json");
  assert.deepEqual(client.user, USER);
  assert.deepEqual(await client.accessToken(), { ok: true, value: "access-1" });
});

for (const [name, reply] of Object.entries({
  "a wrong password": errorResponse(401, "NotAuthorizedException", "Invalid credentials"),
  "503": UNAVAILABLE,
  "no network": OFFLINE,
})) {
  test(`signIn with ${name} returns a failed step`, async () => {
    const step = await signIn(new Service().on("login", reply).client(), CREDENTIALS);
    assert.equal(step.kind, "failed");
    assert.equal(step.kind === "failed" && step.challenge, undefined);
  });
}

test("challenge creates no session", async () => {
  const service = new Service().on("login", challenge("SOFTWARE_TOKEN_MFA"));
  const client = service.client();
  await signInToChallenge(service, client);
  assert.equal(client.user, undefined);
  assert.equal((await client.accessToken()).ok, false);
});

type Answer = (challenge: Challenge) => Promise<Step>;
/** Narrows a challenge to a kind, so that the compiler checks the call below. */
function answering<Kind extends Challenge["kind"]>(
  kind: Kind,
  answer: (challenge: Challenge & { kind: Kind }) => Promise<Step>,
): Answer {
  return (challenge) => {
    assert.equal(challenge.kind, kind);
    return answer(challenge as Challenge & { kind: Kind });
  };
}

const SECRET = { secret: "JBSWY3DP", uri: "otpauth://totp/IGAD:user" };
const CREDENTIAL = {
  id: "credential-1",
  rawId: "credential-1",
  type: "public-key",
  response: { clientDataJSON: "AAAA", authenticatorData: "AAAA", signature: "AAAA" },
  clientExtensionResults: {},
};
const ANSWERS: [string, Response, Answer, object][] = [
  [
    "an authenticator app's code",
    challenge("SOFTWARE_TOKEN_MFA"),
    answering("SOFTWARE_TOKEN_MFA", (step) => step.answer("123456")),
    { code: "123456" },
  ],
  [
    "a text message's code",
    challenge("SMS_MFA"),
    answering("SMS_MFA", (step) => step.answer("123456")),
    { code: "123456" },
  ],
  [
    "an email's code",
    challenge("EMAIL_OTP"),
    answering("EMAIL_OTP", (step) => step.answer("12345678")),
    { code: "12345678" },
  ],
  [
    "a text message's code as first factor",
    challenge("SMS_OTP"),
    answering("SMS_OTP", (step) => step.answer("123456")),
    { code: "123456" },
  ],
  [
    "a second factor",
    challenge("SELECT_MFA_TYPE", { choices: ["EMAIL_OTP"] }),
    answering("SELECT_MFA_TYPE", (step) => step.answer("EMAIL_OTP")),
    { choice: "EMAIL_OTP" },
  ],
  [
    "a first factor",
    challenge("SELECT_CHALLENGE", { choices: ["WEB_AUTHN"] }),
    answering("SELECT_CHALLENGE", (step) => step.answer("WEB_AUTHN")),
    { choice: "WEB_AUTHN" },
  ],
  [
    "the password as first factor",
    challenge("SELECT_CHALLENGE", { choices: ["PASSWORD"] }),
    answering("SELECT_CHALLENGE", (step) => step.answerPassword("secret")),
    { choice: "PASSWORD", password: "secret" },
  ],
  ["a password", challenge("PASSWORD"), answering("PASSWORD", (step) => step.answer("secret")), { password: "secret" }],
  [
    "a passkey",
    challenge("WEB_AUTHN", { passkey: { challenge: "AAAA" } }),
    answering("WEB_AUTHN", (step) => step.answer(CREDENTIAL)),
    { credential: CREDENTIAL },
  ],
  [
    "the choice of an authenticator app",
    challenge("MFA_SETUP", { choices: ["SOFTWARE_TOKEN_MFA"] }),
    answering("MFA_SETUP", (step) => (step.totp ? step.answer("") : step.setUpTotp("user@igad.int"))),
    { choice: "SOFTWARE_TOKEN_MFA", account: "user@igad.int" },
  ],
  [
    "the choice of email codes",
    challenge("MFA_SETUP", { choices: ["EMAIL_OTP"] }),
    answering("MFA_SETUP", (step) => (step.totp ? step.answer("") : step.setUpEmail("user@igad.int"))),
    { email: "user@igad.int" },
  ],
  [
    "an app's first code",
    challenge("MFA_SETUP", { totp: SECRET }),
    answering("MFA_SETUP", (step) => (step.totp ? step.answer("123456", "My phone") : step.setUpTotp())),
    { code: "123456", device_name: "My phone" },
  ],
];
for (const [what, response, answer, sent] of ANSWERS) {
  test(`${what} is answered`, async () => {
    const service = new Service().on("login", response).on("answer-challenge", json(tokens()));
    const client = service.client();
    const step = await answer(await signInToChallenge(service, client));
    const { challenge: name } = (await response.clone().json()) as { challenge: string };
    assert.deepEqual(service.sent[1]?.body, { challenge: name, session: "session-1", username: "b7d8f6e4", ...sent });
    assert.deepEqual(step, { kind: "signed-in", user: USER });
    assert.deepEqual(client.user, USER);
  });
}

test("new password is sent with required attributes", async () => {
  const service = new Service()
    .on("login", challenge("NEW_PASSWORD_REQUIRED", { requires_password_change: true, required_attributes: ["name"] }))
    .on("complete-password-change", json({ ...tokens(), message: "Password changed successfully" }));
  const step = await signInToChallenge(service);
  assert.ok(step.kind === "NEW_PASSWORD_REQUIRED");
  assert.deepEqual(step.requiredAttributes, ["name"]);
  assert.equal((await step.answer("BrandNewP@ss1", { name: "John Doe" })).kind, "signed-in");
  assert.deepEqual(service.sent[1]?.body, {
    session: "session-1",
    username: "b7d8f6e4",
    new_password: "BrandNewP@ss1",
    attributes: { name: "John Doe" },
  });
});

test("step has the fields of its challenge", async () => {
  const delivery = { Destination: "n***@i***", DeliveryMedium: "EMAIL" };
  const code = await signInToChallenge(new Service().on("login", challenge("EMAIL_OTP", { delivery })));
  assert.deepEqual(code.kind === "EMAIL_OTP" && [code.message, code.delivery], ["Continue", delivery]);
  const masked = { DeliveryMedium: "SMS", AttributeName: "phone_number" };
  const computed = await signInToChallenge(new Service().on("login", challenge("SMS_OTP", { delivery: masked })));
  assert.deepEqual(computed.kind === "SMS_OTP" && computed.delivery, masked);
  const choice = await signInToChallenge(
    new Service().on("login", challenge("SELECT_MFA_TYPE", { choices: ["SMS_MFA", "EMAIL_OTP"] })),
  );
  assert.deepEqual(choice.kind === "SELECT_MFA_TYPE" && choice.choices, ["SMS_MFA", "EMAIL_OTP"]);
  const setUp = await signInToChallenge(new Service().on("login", challenge("MFA_SETUP", { totp: SECRET })));
  assert.deepEqual(setUp.kind === "MFA_SETUP" && setUp.totp, SECRET);
  const passkey = await signInToChallenge(
    new Service().on("login", challenge("WEB_AUTHN", { passkey: { challenge: "AAAA" } })),
  );
  assert.deepEqual(passkey.kind === "WEB_AUTHN" && passkey.passkey, { challenge: "AAAA" });
});

test("each challenge uses its own session", async () => {
  const service = new Service()
    .on("login", challenge("SELECT_MFA_TYPE", { choices: ["SOFTWARE_TOKEN_MFA"] }))
    .on("answer-challenge", challenge("SOFTWARE_TOKEN_MFA", { session: "session-2" }), json(tokens()));
  const choice = await signInToChallenge(service);
  assert.ok(choice.kind === "SELECT_MFA_TYPE");
  const code = await choice.answer("SOFTWARE_TOKEN_MFA");
  assert.ok(code.kind === "SOFTWARE_TOKEN_MFA");
  assert.equal((await code.answer("123456")).kind, "signed-in");
  assert.deepEqual(
    service.sent.map(({ body }) => body["session"]),
    [undefined, "session-1", "session-2"],
  );
});

for (const [name, reply] of Object.entries({
  "a mistyped code": () => errorResponse(400, "CodeMismatchException", "Invalid verification code"),
  "no network": OFFLINE,
  "503": UNAVAILABLE,
})) {
  test(`after ${name} the challenge remains`, async () => {
    const service = new Service()
      .on("login", challenge("SOFTWARE_TOKEN_MFA"))
      .on("answer-challenge", reply, json(tokens()));
    const step = await signInToChallenge(service);
    assert.ok(step.kind === "SOFTWARE_TOKEN_MFA");
    const failed = await step.answer("000000");
    assert.ok(failed.kind === "failed");
    assert.equal(failed.challenge, step);
    service.pass(10);
    assert.equal((await step.answer("123456")).kind, "signed-in");
  });
}

test("after 401 the challenge is over", async () => {
  const service = new Service()
    .on("login", challenge("SOFTWARE_TOKEN_MFA"))
    .on("answer-challenge", errorResponse(401, "NotAuthorizedException", "Invalid session or credentials"));
  const step = await signInToChallenge(service);
  const failed = step.kind === "SOFTWARE_TOKEN_MFA" && (await step.answer("000000"));
  assert.equal(failed && failed.kind === "failed" && failed.challenge, undefined);
  assert.equal(failed && failed.kind === "failed" && failed.error.detail, "Invalid session or credentials");
});

test("unknown challenge returns a failed step", async () => {
  const step = await signIn(new Service().on("login", challenge("UNKNOWN")).client(), CREDENTIALS);
  assert.equal(step.kind === "failed" && step.error.detail, "The challenge UNKNOWN is not known to this client");
});

test("200 without tokens and challenge is an error", async () => {
  const service = new Service().on("login", json({ hello: "world" }));
  const client = service.client();
  assert.equal((await signIn(client, CREDENTIALS)).kind, "failed");
  assert.equal(client.user, undefined);
});

test("startSignIn calls start-login", async () => {
  const service = new Service().on("start-login", challenge("WEB_AUTHN", { passkey: { challenge: "AAAA" } }));
  const step = await startSignIn(service.client(), { username: "user@igad.int", preferred: "WEB_AUTHN" });
  assert.equal(step.kind, "WEB_AUTHN");
  assert.deepEqual(service.sent[0]?.body, { username: "user@igad.int", preferred: "WEB_AUTHN" });
});

test("remember applies to challenges and refreshes", async () => {
  const storage = sharedStorage();
  const service = new Service()
    .on("login", challenge("SOFTWARE_TOKEN_MFA"))
    .on("answer-challenge", json(tokens()))
    .on("refresh-token", json(tokens({ access_token: "access-2" })));
  const client = service.client({ storage });
  const step = await signIn(client, { ...CREDENTIALS, remember: true });
  assert.ok(step.kind === "SOFTWARE_TOKEN_MFA");
  await step.answer("123456");
  assert.equal(storage.session?.remember, true);
  service.pass(3600);
  await client.accessToken();
  assert.deepEqual([storage.session?.accessToken, storage.session?.remember], ["access-2", true]);
});

for (const [name, body] of Object.entries({
  "without user": { ...tokens(), user: undefined },
  "without user id": { ...tokens(), user: { ...USER, user_id: "" } },
  "without refresh token": { ...tokens(), refresh_token: undefined },
  "without lifetime": { ...tokens(), expires_in: undefined },
})) {
  test(`login ${name} is a failed step`, async () => {
    const client = new Service().on("login", json(body)).client();
    const step = await signIn(client, CREDENTIALS);
    assert.equal(step.kind === "failed" && step.error.type, "InvalidResponse");
    assert.equal(client.user, undefined);
  });
}

const UNCONFIRMED = () =>
  errorResponse(403, "UserNotConfirmedException", "Authentication error: UserNotConfirmedException");
const RESET_REQUIRED = () =>
  errorResponse(403, "PasswordResetRequiredException", "Authentication error: PasswordResetRequiredException");

test("unconfirmed account is confirmed and signed in", async () => {
  const service = new Service()
    .on("login", UNCONFIRMED, json(tokens()))
    .on("resend-code", json({ success: true, message: "Confirmation code sent" }))
    .on("confirm-sign-up", errorResponse(400, "CodeMismatchException", "Invalid or expired verification code"));
  const client = service.client();
  const step = await signIn(client, { ...CREDENTIALS, remember: true });
  assert.ok(step.kind === "CONFIRM_SIGN_UP");
  assert.equal((await step.sendCode()).ok, true);
  const mistyped = await step.answer("000000");
  assert.equal(mistyped.kind === "failed" && mistyped.challenge, step);
  service.on("confirm-sign-up", json({ success: true, message: "Account confirmed successfully" }));
  assert.equal((await step.answer("123456")).kind, "signed-in");
  assert.deepEqual(
    service.sent.slice(1).map(({ route, body }) => [route, body]),
    [
      ["resend-code", { username: CREDENTIALS.username }],
      ["confirm-sign-up", { username: CREDENTIALS.username, code: "000000" }],
      ["confirm-sign-up", { username: CREDENTIALS.username, code: "123456" }],
      ["login", CREDENTIALS],
    ],
  );
});

test("required reset sets a password and signs in", async () => {
  const service = new Service()
    .on("login", RESET_REQUIRED, json(tokens()))
    .on("forgot-password", json({ success: true, message: "Reset instructions sent" }))
    .on("reset-password", errorResponse(400, "InvalidPasswordException", "Password does not meet requirements"));
  const step = await signIn(service.client(), CREDENTIALS);
  assert.ok(step.kind === "RESET_PASSWORD");
  assert.equal((await step.sendCode()).ok, true);
  const weak = await step.answer("123456", "weak");
  assert.equal(weak.kind === "failed" && weak.challenge, step);
  service.on("reset-password", json({ success: true, message: "Password reset successfully" }));
  assert.equal((await step.answer("123456", "BrandNewP@ss1")).kind, "signed-in");
  assert.deepEqual(
    service.sent.slice(-2).map(({ route, body }) => [route, body]),
    [
      ["reset-password", { username: CREDENTIALS.username, code: "123456", new_password: "BrandNewP@ss1" }],
      ["login", { username: CREDENTIALS.username, password: "BrandNewP@ss1" }],
    ],
  );
});

test("confirmed account restarts passwordless sign-in", async () => {
  const service = new Service()
    .on("start-login", UNCONFIRMED, challenge("EMAIL_OTP"))
    .on("confirm-sign-up", json({ success: true, message: "Account confirmed successfully" }));
  const step = await startSignIn(service.client(), { username: "user@igad.int", preferred: "EMAIL_OTP" });
  assert.ok(step.kind === "CONFIRM_SIGN_UP");
  assert.equal((await step.answer("123456")).kind, "EMAIL_OTP");
  assert.deepEqual(service.sent.at(-1)?.body, { username: "user@igad.int", preferred: "EMAIL_OTP" });
});

test("unconfirmed account can be found after a challenge", async () => {
  const service = new Service().on("login", challenge("SOFTWARE_TOKEN_MFA")).on("answer-challenge", UNCONFIRMED);
  const step = await signInToChallenge(service);
  assert.ok(step.kind === "SOFTWARE_TOKEN_MFA");
  assert.equal((await step.answer("123456")).kind, "CONFIRM_SIGN_UP");
});

test("steps and errors have narrow types", () => {
  type Kind = Step["kind"];
  const kinds: { [Each in Kind]: Extract<Step, { kind: Each }> extends never ? never : true } = {
    "signed-in": true,
    failed: true,
    NEW_PASSWORD_REQUIRED: true,
    SOFTWARE_TOKEN_MFA: true,
    SMS_MFA: true,
    EMAIL_OTP: true,
    SMS_OTP: true,
    SELECT_MFA_TYPE: true,
    SELECT_CHALLENGE: true,
    PASSWORD: true,
    WEB_AUTHN: true,
    MFA_SETUP: true,
    CONFIRM_SIGN_UP: true,
    RESET_PASSWORD: true,
  };
  const code: (step: Extract<Step, { kind: "SMS_MFA" }>) => Promise<Step> = (step) => step.answer("123456");
  const passkey: (step: WebAuthnChallenge) => Promise<Step> = (step) => answerWithPasskey(step);
  // @ts-expect-error: a credential is an object
  const wrong: (step: WebAuthnChallenge) => Promise<Step> = (step) => step.answer(42);
  // Known types are offered by editors, and others are allowed.
  const type: ErrorType = "CodeMismatchException" satisfies ServiceErrorType;
  const other: ErrorType = "NewException";
  for (const value of [kinds, code, passkey, wrong, type, other]) assert.ok(value);
});
