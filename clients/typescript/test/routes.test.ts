import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import * as all from "../src/index.js";
import {
  type Client,
  type Result,
  addPasskey,
  answerWithPasskey,
  startSignIn,
  supportsPasskeys,
} from "../src/index.js";
import { Service, json, tokens } from "./service.js";

type Sent = [method: string, token: string | null, body: object];
const ROUTES: [string, (client: Client) => Promise<Result<unknown>>, ...Sent][] = [
  [
    "sign-up",
    (client) => all.signUp(client, { username: "new@igad.int", password: "P@ssw0rd1", name: "New" }),
    "POST",
    null,
    { username: "new@igad.int", password: "P@ssw0rd1", name: "New" },
  ],
  [
    "confirm-sign-up",
    (client) => all.confirmSignUp(client, { username: "new@igad.int", code: "123456" }),
    "POST",
    null,
    { username: "new@igad.int", code: "123456" },
  ],
  ["resend-code", (client) => all.resendCode(client, "new@igad.int"), "POST", null, { username: "new@igad.int" }],
  [
    "forgot-password",
    (client) => all.forgotPassword(client, "user@igad.int"),
    "POST",
    null,
    { username: "user@igad.int" },
  ],
  [
    "reset-password",
    (client) => all.resetPassword(client, { username: "user@igad.int", code: "1", newPassword: "p" }),
    "POST",
    null,
    { username: "user@igad.int", code: "1", new_password: "p" },
  ],
  [
    "change-password",
    (client) => all.changePassword(client, { currentPassword: "p", newPassword: "q" }),
    "POST",
    "access-1",
    { current_password: "p", new_password: "q" },
  ],
  ["factors", (client) => all.factors(client), "GET", "access-1", {}],
  ["set-up-totp", (client) => all.setUpTotp(client, "user@igad.int"), "POST", "access-1", { account: "user@igad.int" }],
  ["set-up-totp", (client) => all.setUpTotp(client), "POST", "access-1", {}],
  [
    "verify-totp",
    (client) => all.verifyTotp(client, "123456", "My phone"),
    "POST",
    "access-1",
    { code: "123456", device_name: "My phone" },
  ],
  ["prefer-factor", (client) => all.preferFactor(client, "EMAIL_OTP"), "POST", "access-1", { preferred: "EMAIL_OTP" }],
  ["prefer-factor", (client) => all.disableFactor(client, "EMAIL_OTP"), "POST", "access-1", { disable: "EMAIL_OTP" }],
  ["passkeys", (client) => all.passkeys(client), "GET", "access-1", {}],
  [
    "delete-passkey",
    (client) => all.deletePasskey(client, "credential-1"),
    "POST",
    "access-1",
    { credential_id: "credential-1" },
  ],
];
for (const [route, call, ...sent] of ROUTES) {
  test(`${route} sends ${JSON.stringify(sent[2])}`, async () => {
    const service = new Service().on(route, json({ message: "Done" }));
    assert.deepEqual(await call(service.signedIn()), { ok: true, value: { message: "Done" } });
    const { method, token, body } = service.sent[0]!;
    assert.deepEqual([method, token, body], sent);
    assert.equal(service.sent[0]?.headers.has("content-type"), method === "POST");
  });
}

/** Fakes the passkey API of a browser. */
function browser(respond: (kind: string, options: unknown) => unknown) {
  const credentials = {
    create: ({ publicKey }: { publicKey: unknown }) => respond("create", publicKey),
    get: ({ publicKey }: { publicKey: unknown }) => respond("get", publicKey),
  };
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { credentials } });
  class PublicKeyCredential {
    static parseCreationOptionsFromJSON = (json: object) => ({ created: json });
    static parseRequestOptionsFromJSON = (json: object) => ({ requested: json });
  }
  Object.assign(globalThis, { PublicKeyCredential });
}
afterEach(() => {
  Reflect.deleteProperty(globalThis, "navigator");
  Reflect.deleteProperty(globalThis, "PublicKeyCredential");
});
const CREDENTIAL = { toJSON: () => ({ id: "credential-1" }) };
const CANCELED = () => Promise.reject(new DOMException("The operation was not allowed", "NotAllowedError"));
const passkeyChallenge = () =>
  json({
    ...tokens({ access_token: "" }),
    challenge: "WEB_AUTHN",
    session: "s",
    username: "u",
    message: "m",
    passkey: { challenge: "AAAA" },
  });

test("addPasskey creates and registers a passkey", async () => {
  const service = new Service()
    .on("start-passkey", json({ passkey: { challenge: "AAAA" } }))
    .on("complete-passkey", json({ message: "Passkey added" }));
  const calls: unknown[] = [];
  browser((...call) => {
    calls.push(call);
    return Promise.resolve(CREDENTIAL);
  });
  assert.deepEqual(await addPasskey(service.signedIn()), { ok: true, value: { message: "Passkey added" } });
  assert.deepEqual(calls, [["create", { created: { challenge: "AAAA" } }]]);
  assert.deepEqual(
    service.sent.map(({ method, route, body }) => [method, route, body]),
    [
      ["POST", "start-passkey", {}],
      ["POST", "complete-passkey", { credential: { id: "credential-1" } }],
    ],
  );
});

test("addPasskey returns the error of start-passkey", async () => {
  browser(() => assert.fail("the browser was called"));
  const result = await addPasskey(
    new Service().on("start-passkey", json({ detail: "Passkeys are not enabled" }, 409)).signedIn(),
  );
  assert.equal(!result.ok && result.error.detail, "Passkeys are not enabled");
});

test("addPasskey returns an error if the user cancels", async () => {
  browser(CANCELED);
  const result = await addPasskey(new Service().on("start-passkey", json({ passkey: {} })).signedIn());
  assert.equal(!result.ok && result.error.type, "NotAllowedError");
});

test("passkey signs in", async () => {
  const service = new Service().on("start-login", passkeyChallenge()).on("answer-challenge", json(tokens()));
  browser((kind, options) => {
    assert.deepEqual([kind, options], ["get", { requested: { challenge: "AAAA" } }]);
    return Promise.resolve(CREDENTIAL);
  });
  const step = await startSignIn(service.client(), { username: "user@igad.int" });
  assert.ok(step.kind === "WEB_AUTHN");
  assert.equal((await answerWithPasskey(step)).kind, "signed-in");
  assert.deepEqual(service.sent[1]?.body["credential"], { id: "credential-1" });
});

test("canceled passkey can be retried", async () => {
  browser(CANCELED);
  const step = await startSignIn(new Service().on("start-login", passkeyChallenge()).client(), {
    username: "user@igad.int",
  });
  assert.ok(step.kind === "WEB_AUTHN");
  const failed = await answerWithPasskey(step);
  assert.equal(failed.kind === "failed" && failed.challenge, step);
});

test("supportsPasskeys detects browser support", () => {
  assert.equal(supportsPasskeys(), false);
  browser(CANCELED);
  assert.equal(supportsPasskeys(), true);
});
