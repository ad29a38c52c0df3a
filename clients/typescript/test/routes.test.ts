import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import * as all from "../src/index.js";
import { type Client, type Result, addPasskey, answerWithPasskey, startSignIn, supportsPasskeys } from "../src/index.js";
import { Service, json, tokens } from "./service.js";

type Sent = [method: string, token: string | null, body: object];
const ROUTES: [string, (client: Client) => Promise<Result<unknown>>, ...Sent][] = [
  ["sign-up", (client) => all.signUp(client, { username: "new@igad.int", password: "P@ssw0rd1", name: "New" }), "POST", null, { username: "new@igad.int", password: "P@ssw0rd1", name: "New" }],
  ["confirm-sign-up", (client) => all.confirmSignUp(client, { username: "new@igad.int", code: "123456" }), "POST", null, { username: "new@igad.int", code: "123456" }],
  ["resend-code", (client) => all.resendCode(client, "new@igad.int"), "POST", null, { username: "new@igad.int" }],
  ["forgot-password", (client) => all.forgotPassword(client, "user@igad.int"), "POST", null, { username: "user@igad.int" }],
  ["reset-password", (client) => all.resetPassword(client, { username: "user@igad.int", code: "1", newPassword: "p" }), "POST", null, { username: "user@igad.int", code: "1", new_password: "p" }],
  ["change-password", (client) => all.changePassword(client, { currentPassword: "p", newPassword: "q" }), "POST", "access-1", { current_password: "p", new_password: "q" }],
  ["me", (client) => client.me(), "GET", "access-1", {}],
  ["factors", (client) => all.factors(client), "GET", "access-1", {}],
  ["set-up-totp", (client) => all.setUpTotp(client, "user@igad.int"), "POST", "access-1", { account: "user@igad.int" }],
  ["set-up-totp", (client) => all.setUpTotp(client), "POST", "access-1", {}],
  ["verify-totp", (client) => all.verifyTotp(client, "123456", "My phone"), "POST", "access-1", { code: "123456", device_name: "My phone" }],
  ["prefer-factor", (client) => all.preferFactor(client, "EMAIL_OTP"), "POST", "access-1", { preferred: "EMAIL_OTP" }],
  ["prefer-factor", (client) => all.disableFactor(client, "EMAIL_OTP"), "POST", "access-1", { disable: "EMAIL_OTP" }],
  ["passkeys", (client) => all.passkeys(client), "GET", "access-1", {}],
  ["delete-passkey", (client) => all.deletePasskey(client, "credential-1"), "POST", "access-1", { credential_id: "credential-1" }],
];
for (const [route, ask, ...sent] of ROUTES) {
  test(`${route} is asked with ${JSON.stringify(sent[2])}`, async () => {
    const service = new Service().on(route, json({ message: "Done" }));
    assert.deepEqual(await ask(service.signedIn()), { ok: true, value: { message: "Done" } });
    const { method, token, body } = service.sent[0]!;
    assert.deepEqual([method, token, body], sent);
    assert.equal(service.sent[0]?.headers.has("content-type"), method === "POST");
  });
}

/** A browser that knows passkeys, as far as they are used. */
function browser(ask: (kind: string, options: unknown) => unknown) {
  const credentials = {
    create: ({ publicKey }: { publicKey: unknown }) => ask("create", publicKey),
    get: ({ publicKey }: { publicKey: unknown }) => ask("get", publicKey),
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
const SAID_NO = () => Promise.reject(new DOMException("The operation was not allowed", "NotAllowedError"));
const asked = () => json({ ...tokens({ access_token: "" }), challenge: "WEB_AUTHN", session: "s", username: "u", message: "m", passkey: { challenge: "AAAA" } });

test("a passkey is made of what the service wants, and sent to it", async () => {
  const service = new Service().on("start-passkey", json({ passkey: { challenge: "AAAA" } })).on("complete-passkey", json({ message: "Passkey added" }));
  const kinds: unknown[] = [];
  browser((...what) => {
    kinds.push(what);
    return Promise.resolve(CREDENTIAL);
  });
  assert.deepEqual(await addPasskey(service.signedIn()), { ok: true, value: { message: "Passkey added" } });
  assert.deepEqual(kinds, [["create", { created: { challenge: "AAAA" } }]]);
  assert.deepEqual(service.sent.map(({ method, route, body }) => [method, route, body]), [
    ["POST", "start-passkey", {}],
    ["POST", "complete-passkey", { credential: { id: "credential-1" } }],
  ]);
});

test("a passkey that the service does not want is not made", async () => {
  browser(() => assert.fail("the browser was asked"));
  const answer = await addPasskey(new Service().on("start-passkey", json({ detail: "Passkeys are not enabled" }, 409)).signedIn());
  assert.equal(!answer.ok && answer.error.detail, "Passkeys are not enabled");
});

test("a person who makes no passkey after all has not failed the program", async () => {
  browser(SAID_NO);
  const answer = await addPasskey(new Service().on("start-passkey", json({ passkey: {} })).signedIn());
  assert.equal(!answer.ok && answer.error.type, "NotAllowedError");
});

test("a passkey signs in", async () => {
  const service = new Service().on("start-login", asked()).on("answer-challenge", json(tokens()));
  browser((kind, options) => {
    assert.deepEqual([kind, options], ["get", { requested: { challenge: "AAAA" } }]);
    return Promise.resolve(CREDENTIAL);
  });
  const step = await startSignIn(service.client(), { username: "user@igad.int" });
  assert.ok(step.kind === "WEB_AUTHN");
  assert.equal((await answerWithPasskey(step)).kind, "signed-in");
  assert.deepEqual(service.sent[1]?.body["credential"], { id: "credential-1" });
});

test("a person who does not use their passkey can be asked for it again", async () => {
  browser(SAID_NO);
  const step = await startSignIn(new Service().on("start-login", asked()).client(), { username: "user@igad.int" });
  assert.ok(step.kind === "WEB_AUTHN");
  const failed = await answerWithPasskey(step);
  assert.equal(failed.kind === "failed" && failed.challenge, step);
});

test("a browser without passkeys is known as such", () => {
  assert.equal(supportsPasskeys(), false);
  browser(SAID_NO);
  assert.equal(supportsPasskeys(), true);
});
