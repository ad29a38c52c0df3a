import assert from "node:assert/strict";
import { test } from "node:test";

import * as all from "../src/index.js";
import type { Client, Result } from "../src/index.js";
import { Service, json } from "./service.js";

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
  ["settings", (client) => all.settings(client), "GET", null, {}],
  [
    "update-profile",
    (client) => all.updateProfile(client, { name: "Jane Roe", locale: "", nickname: null }),
    "POST",
    "access-1",
    { attributes: { name: "Jane Roe", locale: "", nickname: null } },
  ],
  ["change-email", (client) => all.changeEmail(client, "new@igad.int"), "POST", "access-1", { email: "new@igad.int" }],
  ["send-email-code", (client) => all.sendEmailCode(client), "POST", "access-1", {}],
  ["verify-email", (client) => all.verifyEmail(client, "730914"), "POST", "access-1", { code: "730914" }],
  [
    "delete-account",
    (client) => all.deleteAccount(client, { confirm: "user@igad.int" }),
    "POST",
    "access-1",
    { confirm: "user@igad.int" },
  ],
];
for (const [route, call, ...sent] of ROUTES) {
  test(`${route}: ${Object.keys(sent[2]).join(", ") || "no body"}`, async () => {
    const service = new Service().on(route, json({ message: "Done" }));
    assert.deepEqual(await call(service.signedIn()), { ok: true, value: { message: "Done" } });
    const { method, token, body } = service.sent[0]!;
    assert.deepEqual([method, token, body], sent);
    assert.equal(service.sent[0]?.headers.has("content-type"), method === "POST");
  });
}
