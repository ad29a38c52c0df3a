// End-to-end tests in Node.js.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import * as all from "../../src/index.js";
import { Client, signIn } from "../../src/index.js";
import { PASSWORD, type Stack, TEMPORARY_PASSWORD } from "./stack.js";

/** Value of a result. Fails the test after an error. */
function value<Value>(result: all.Result<Value>): Value {
  assert.ok(result.ok, result.ok ? "" : JSON.stringify({ ...result.error }));
  return result.value;
}

/** Code of an authenticator app: RFC 6238. With `ahead` periods of 30 seconds, a code of the future. */
function totpCode(secret: string, ahead = 0): string {
  const bits = [...secret]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = digest[19]! & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

export function inNode(stack: () => Stack): void {
  async function signedIn(username: string, options: all.Options = {}): Promise<Client> {
    const client = new Client(stack().api, options);
    const step = await signIn(client, { username, password: PASSWORD });
    assert.equal(step.kind, "signed-in", JSON.stringify(step));
    return client;
  }

  test("Node: user signs in, refreshes and signs out", async () => {
    await stack().createUser("session@igad.int");
    let passed = 0;
    const client = await signedIn("session@igad.int", { now: () => Date.now() + passed });
    assert.equal(client.user?.email, "session@igad.int");
    assert.equal(value(await client.me()).email, "session@igad.int");
    const first = value(await client.accessToken());

    passed = 3600_000;
    const second = value(await client.accessToken());
    assert.notEqual(second, first);

    value(await client.signOut());
    assert.equal(client.user, undefined);
    const after = await client.accessToken();
    assert.equal(!after.ok && after.error.type, "NotSignedIn");
  });

  test("Node: global sign-out ends other sessions", async () => {
    await stack().createUser("devices@igad.int");
    const [here, there] = [await signedIn("devices@igad.int"), await signedIn("devices@igad.int")];
    value(await there.signOut({ everywhere: true }));
    const me = await here.me();
    assert.deepEqual(!me.ok && [me.error.status, me.error.detail], [401, "Invalid refresh token"]);
    assert.equal(here.user, undefined);
  });

  test("Node: wrong password returns a failed step", async () => {
    await stack().createUser("wrong@igad.int");
    const step = await signIn(new Client(stack().api), { username: "wrong@igad.int", password: "wrong" });
    assert.ok(step.kind === "failed");
    const { status, type, detail, requestId } = step.error;
    assert.deepEqual([status, type, detail], [401, "NotAuthorizedException", "Invalid credentials"]);
    assert.ok(requestId);
  });

  test("Node: error of the gateway is parsed", async () => {
    const answer = await new Client(stack().api).call("nowhere" as "login", { username: "a", password: "b" });
    assert.deepEqual(!answer.ok && [answer.error.status, answer.error.type, answer.error.detail], [
      404,
      undefined,
      "Not Found",
    ]);
  });

  test("Node: first sign-in sets a new password", async () => {
    await stack().createNewUser("first@igad.int");
    const client = new Client(stack().api);
    const step = await signIn(client, { username: "first@igad.int", password: TEMPORARY_PASSWORD });
    assert.ok(step.kind === "NEW_PASSWORD_REQUIRED", JSON.stringify(step));
    assert.equal((await step.answer(PASSWORD)).kind, "signed-in");
    assert.equal(value(await client.me()).email, "first@igad.int");
  });

  test("Node: user signs up, confirms and signs in", async () => {
    const client = new Client(stack().api);
    assert.equal(
      value(await all.signUp(client, { username: "myself@igad.int", password: PASSWORD, name: "My Self" })).success,
      true,
    );
    value(await all.resendCode(client, "myself@igad.int"));
    value(
      await all.confirmSignUp(client, { username: "myself@igad.int", code: await stack().sentCode("myself@igad.int") }),
    );
    await signedIn("myself@igad.int");
  });

  test("Node: password is changed and reset", async () => {
    await stack().createUser("passwords@igad.int");
    const client = await signedIn("passwords@igad.int");
    const wrong = await all.changePassword(client, { currentPassword: "wrong", newPassword: "BrandNewP@ss1" });
    assert.equal(!wrong.ok && wrong.error.detail, "Current password is incorrect");
    value(await all.changePassword(client, { currentPassword: PASSWORD, newPassword: "BrandNewP@ss1" }));
    assert.equal(value(await all.forgotPassword(client, "passwords@igad.int")).delivery?.DeliveryMedium, "EMAIL");
    value(
      await all.resetPassword(client, {
        username: "passwords@igad.int",
        code: await stack().sentCode("passwords@igad.int"),
        newPassword: PASSWORD,
      }),
    );
    await signedIn("passwords@igad.int");
  });

  test("Node: authenticator app is added and disabled", async () => {
    await stack().createUser("authenticator@igad.int");
    const client = await signedIn("authenticator@igad.int");
    const { secret } = value(await all.setUpTotp(client, "authenticator@igad.int"));
    value(await all.verifyTotp(client, totpCode(secret), "A test"));

    const again = new Client(stack().api);
    const step = await signIn(again, { username: "authenticator@igad.int", password: PASSWORD });
    assert.ok(step.kind === "SOFTWARE_TOKEN_MFA", JSON.stringify(step));
    assert.equal(again.user, undefined);
    const code = totpCode(secret);
    const mistyped = await step.answer(code.replace(/./g, (digit) => String((Number(digit) + 5) % 10)));
    assert.ok(
      mistyped.kind === "failed" && mistyped.challenge?.kind === "SOFTWARE_TOKEN_MFA",
      JSON.stringify(mistyped),
    );
    // A code is accepted once, and the code of the next period is accepted early.
    assert.equal((await mistyped.challenge.answer(totpCode(secret, 1))).kind, "signed-in");

    value(await all.disableFactor(again, "SOFTWARE_TOKEN_MFA"));
    await signedIn("authenticator@igad.int");
  });
}
