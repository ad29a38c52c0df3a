// Clients of a server: one for each request, with the session in the visitor's cookies.

import assert from "node:assert/strict";
import { test } from "node:test";

import { signIn } from "../src/index.js";
import { type Cookie, type CookieOptions, type ServerOptions, createServerClient } from "../src/server.js";
import { LOGGED_OUT, REVOKED, Service, USER, json, tokens } from "./service.js";

/** Access token as long as one of Cognito. */
const LONG = "x".repeat(4000);

/** Browser of a visitor. */
class Visitor {
  readonly jar = new Map<string, string>();
  readonly options = new Map<string, CookieOptions>();

  /** Client of one request. Its cookies are those at the start of the request. */
  client(service: Service, { isReadOnly = false, isAsync = false } = {}, options: Partial<ServerOptions> = {}) {
    const sent = [...this.jar].map(([name, value]) => ({ name, value }));
    const setAll = (cookies: (Cookie & { options: CookieOptions })[]) => {
      for (const { name, value, options } of cookies) {
        if (options.maxAge === 0) this.jar.delete(name);
        else this.jar.set(name, value);
        this.options.set(name, options);
      }
    };
    const getAll = () => (isAsync ? Promise.resolve(sent) : sent);
    return createServerClient("https://api.example.org", {
      fetch: (input, init) => service.respond(input, init ?? {}),
      now: () => service.now,
      monotonic: () => service.elapsed,
      schedule: (callback, milliseconds) => service.schedule(callback, milliseconds),
      cookies: isReadOnly ? { getAll } : { getAll, setAll },
      ...options,
    });
  }
}

const CREDENTIALS = { username: "user@igad.int", password: "SecureP@ssw0rd1" };

for (const isAsync of [false, true]) {
  test(`visitors have own sessions, async ${isAsync}`, async () => {
    const service = new Service().on("login", json(tokens({ access_token: LONG }))).on("logout", LOGGED_OUT);
    const [alice, bob] = [new Visitor(), new Visitor()];
    const step = await signIn(alice.client(service, { isAsync }), CREDENTIALS);
    assert.equal(step.kind, "signed-in");

    for (const isReadOnly of [false, true]) {
      const again = alice.client(service, { isAsync, isReadOnly });
      assert.deepEqual(await again.accessToken(), { ok: true, value: LONG });
      assert.deepEqual(again.user, USER);
      const stranger = bob.client(service, { isAsync, isReadOnly });
      assert.equal((await stranger.accessToken()).ok, false);
      assert.equal(stranger.user, undefined);
    }

    assert.equal((await alice.client(service, { isAsync }).signOut()).ok, true);
    assert.equal(alice.jar.size, 0);
    assert.equal(alice.client(service).user, undefined);
  });
}

test("user with any name fits into cookies", async () => {
  const user = { ...USER, name: 'Zoë 李; "x"=1, \u{1F600}' };
  const service = new Service().on("login", json(tokens({ access_token: LONG, user })));
  const visitor = new Visitor();
  await signIn(visitor.client(service), CREDENTIALS);
  assert.deepEqual(visitor.client(service).user, user);
  for (const [name, value] of visitor.jar) {
    assert.match(value, /^[A-Za-z0-9_-]+$/);
    assert.ok(name.length + value.length < 4000);
  }
});

test("cookies cannot be read by scripts", async () => {
  const service = new Service().on("login", json(tokens()));
  for (const remember of [false, true]) {
    const visitor = new Visitor();
    await signIn(visitor.client(service), { ...CREDENTIALS, remember });
    const { maxAge, ...options } = visitor.options.get("sign-in.0")!;
    assert.deepEqual(options, { path: "/", httpOnly: true, secure: true, sameSite: "lax" });
    assert.equal(maxAge, remember ? 34_560_000 : undefined);
  }
  const visitor = new Visitor();
  const cookieOptions = { sameSite: "strict", domain: "example.org" } as const;
  await signIn(visitor.client(service, {}, { cookieName: "app", cookieOptions }), CREDENTIALS);
  assert.equal(visitor.options.get("app.0")?.sameSite, "strict");
  assert.equal(visitor.options.get("app.0")?.domain, "example.org");
});

test("refreshed tokens are written back", async () => {
  const service = new Service().on("login", json(tokens({ access_token: LONG })));
  const visitor = new Visitor();
  await signIn(visitor.client(service), CREDENTIALS);
  assert.equal(visitor.jar.size, 2);
  service.pass(3600);
  service.on("refresh-token", json(tokens({ access_token: "access-2", refresh_token: "refresh-2" })));
  const request = visitor.client(service);
  assert.deepEqual(await request.accessToken(), { ok: true, value: "access-2" });
  assert.deepEqual(await request.accessToken(), { ok: true, value: "access-2" });
  // The shorter session needs one cookie, and the other one is removed.
  assert.deepEqual([...visitor.jar.keys()], ["sign-in.0"]);
  assert.deepEqual(await visitor.client(service).accessToken(), { ok: true, value: "access-2" });
  assert.equal(service.routes.filter((route) => route === "refresh-token").length, 1);
});

test("ended session deletes the cookies", async () => {
  const service = new Service().on("login", json(tokens())).on("refresh-token", REVOKED);
  const visitor = new Visitor();
  await signIn(visitor.client(service), CREDENTIALS);
  service.pass(3600);
  assert.equal((await visitor.client(service).accessToken()).ok, false);
  assert.equal(visitor.jar.size, 0);
});

test("client that cannot set cookies does not refresh", async () => {
  const service = new Service().on("login", json(tokens()));
  service.now = Date.now();
  const visitor = new Visitor();
  await signIn(visitor.client(service), CREDENTIALS);
  service.on("passkeys", json({ detail: "Token has expired" }, 401, { "x-amzn-errortype": "NotAuthorizedException" }));
  const page = visitor.client(service, { isReadOnly: true });
  const result = await page.callSignedIn("passkeys");
  assert.equal(!result.ok && result.error.status, 503);
  service.pass(3600 - 30);
  // The token is valid for half a minute. Other clients would refresh it.
  assert.equal((await visitor.client(service, { isReadOnly: true }).accessToken()).ok, true);
  assert.deepEqual(service.routes, ["login", "passkeys"]);
  await assert.rejects(page.keep(tokens()), /cannot set cookies/);
});

for (const [name, cookies] of Object.entries({
  "other cookies": [
    { name: "theme", value: "dark" },
    { name: "sign-in.theme", value: "dark" },
  ],
  "a missing cookie": [{ name: "sign-in.1", value: "eyJ" }],
  "a changed cookie": [{ name: "sign-in.0", value: "%%%" }],
})) {
  test(`request with ${name} has no session`, async () => {
    const visitor = new Visitor();
    for (const { name, value } of cookies) visitor.jar.set(name, value);
    assert.equal(visitor.client(new Service()).user, undefined);
  });
}
