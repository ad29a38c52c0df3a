// Tests in Chromium with a fake API on another origin: what Node.js cannot simulate.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { build } from "esbuild";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";

import type * as Library from "../../src/index.js";
import type { SignIn } from "../../src/react.js";
import { LOGGED_OUT, Service, USER, errorResponse, json, tokens } from "../service.js";

declare global {
  interface Window {
    client: Library.Client;
    library: typeof Library;
    hook: SignIn;
    events: string[];
    passed: number;
  }
}

let api: Api;
let pages: Server;
let browser: Browser;
let context: BrowserContext;
let service: Service;

/** Fake of the API over HTTP. */
class Api {
  readonly server = createServer();
  /** Called before the response to each preflight request. */
  preflight: () => Promise<void> = async () => {};
  hasCors = true;

  constructor() {
    this.server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", async () => {
        if (this.hasCors)
          response
            .setHeader("access-control-allow-origin", "*")
            .setHeader("access-control-allow-headers", "authorization, content-type")
            .setHeader("access-control-expose-headers", "x-amzn-errortype, x-request-id");
        if (request.method === "OPTIONS") {
          await this.preflight();
          return response.writeHead(204).end();
        }
        const { method = "GET", headers } = request;
        const body = Buffer.concat(chunks).toString() || null;
        const init = { method, headers: headers as Record<string, string>, body };
        try {
          const reply = await service.respond(`${this.url}${request.url}`, init);
          return response.writeHead(reply.status, Object.fromEntries(reply.headers)).end(await reply.text());
        } catch {
          return response.destroy();
        }
      });
    });
  }

  get url(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }
}

const ENTRIES = {
  "/library.js": `export * from "./src/index.ts"`,
  "/react.js": `
    import { StrictMode, createElement } from "react";
    import { createRoot } from "react-dom/client";
    import { App } from "./examples/react.tsx";
    createRoot(document.querySelector("main")).render(createElement(StrictMode, null, createElement(App)));`,
  "/hook.js": `
    import { createElement } from "react";
    import { createRoot } from "react-dom/client";
    import { Client } from "./src/index.ts";
    import { AuthProvider, useSignIn } from "./src/react.ts";
    function State() {
      window.hook = useSignIn();
      return createElement("p", null, window.hook.challenge?.kind ?? (window.hook.isPending ? "pending" : "start"));
    }
    const client = new Client("https://api.example.org");
    createRoot(document.querySelector("main")).render(createElement(AuthProvider, { client }, createElement(State)));`,
};

before(async () => {
  api = new Api();
  await once(api.server.listen(0, "localhost"), "listening");
  const scripts = new Map<string, string>();
  for (const [name, contents] of Object.entries(ENTRIES)) {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: "." },
      tsconfig: "tsconfig.examples.json",
      define: { "process.env.NODE_ENV": '"production"' },
      bundle: true,
      format: "esm",
      jsx: "automatic",
      write: false,
    });
    scripts.set(name, outputFiles[0]!.text.replaceAll("https://api.example.org", api.url));
  }
  pages = createServer(({ url = "/" }, response) => {
    const script = scripts.get(url);
    response.setHeader("content-type", script ? "text/javascript" : "text/html");
    const tag = scripts.has(`${url}.js`) ? `<script type="module" src="${url}.js"></script>` : "";
    response.end(script ?? `<!doctype html><link rel="icon" href="data:,"><main></main>${tag}`);
  });
  await once(pages.listen(0, "localhost"), "listening");
  browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    // The sandbox does not work for root in a container.
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  for (const server of [api.server, pages]) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(async () => {
  context = await browser.newContext();
  service = new Service().on("login", json(tokens())).on("logout", LOGGED_OUT);
  api.preflight = async () => {};
  api.hasCors = true;
});
afterEach(() => context.close());

const origin = () => `http://localhost:${(pages.address() as AddressInfo).port}`;

/** Tab with a client. */
async function open(page?: Page): Promise<Page> {
  page ??= await context.newPage();
  if (!page.url().startsWith(origin())) await page.goto(origin());
  await page.evaluate(async (url) => {
    const path = "/library.js";
    window.library = (await import(path)) as typeof Library;
    window.passed = 0;
    window.events = [];
    const { Client, browserStorage } = window.library;
    const now = () => Date.now() + window.passed;
    window.client = new Client(url, { storage: browserStorage(), now });
    window.client.onAuthStateChange((event) =>
      window.events.push("cause" in event ? `${event.type} ${event.cause}` : event.type),
    );
  }, api.url);
  return page;
}

/** Signs in, and returns the kind of the step. */
function signIn(page: Page, remember: boolean): Promise<string> {
  return page.evaluate(async (remember) => {
    const credentials = { username: "user@igad.int", password: "p", remember };
    return (await window.library.signIn(window.client, credentials)).kind;
  }, remember);
}
const user = (page: Page) => page.evaluate(() => window.client.user?.email);
const token = (page: Page) =>
  page.evaluate(async () => {
    const token = await window.client.accessToken();
    return token.ok ? token.value : token.error.type;
  });
const heard = (page: Page, event: string) => page.waitForFunction((event) => window.events.includes(event), event);

for (const [how, leave] of Object.entries({
  navigation: (page: Page) => page.goto("about:blank"),
  closing: (page: Page) => page.close(),
})) {
  test(`sign-out followed by ${how} is sent`, { timeout: 15_000 }, async () => {
    const page = await open();
    await signIn(page, true);
    // The page is gone before the browser knows whether it may send the request.
    let release = () => {};
    const preflight = new Promise<void>((arrived) => {
      api.preflight = () =>
        new Promise((resolve) => {
          release = resolve;
          arrived();
        });
    });
    const sent = new Promise<void>((resolve) =>
      service.on("logout", () => {
        resolve();
        return LOGGED_OUT();
      }),
    );
    await page.evaluate(() => void window.client.signOut());
    await preflight;
    await leave(page);
    release();
    await sent;
    assert.deepEqual(service.sent.at(-1)?.body, { refresh_token: "refresh-1", everywhere: false });
  });
}

test("window.fetch can be passed as option", async () => {
  const page = await open();
  const kind = await page.evaluate(async (url) => {
    const client = new window.library.Client(url, { fetch: window.fetch });
    return (await window.library.signIn(client, { username: "user@igad.int", password: "p" })).kind;
  }, api.url);
  assert.equal(kind, "signed-in");
});

test("error of blocked CORS has a cause", async () => {
  const page = await open();
  api.hasCors = false;
  const error = await page.evaluate(async () => {
    const step = await window.library.signIn(window.client, { username: "user@igad.int", password: "p" });
    return step.kind === "failed" ? [step.error.type, String(step.error.cause)] : undefined;
  });
  assert.deepEqual(error, ["NetworkError", "TypeError: Failed to fetch"]);
});

test("redirect of the API is not followed", async () => {
  const page = await open();
  const redirect = () => new Response(null, { status: 307, headers: { location: `${api.url}/api/auth/stolen` } });
  service.on("login", redirect);
  assert.equal(await signIn(page, false), "failed");
  assert.deepEqual(service.routes, ["login"]);
});

test("tab session and remembered session are separate", async () => {
  const [a, b] = [await open(), await open()];
  service.on(
    "login",
    json(tokens()),
    json(tokens({ refresh_token: "refresh-b", user: { ...USER, email: "b@igad.int" } })),
  );
  await signIn(a, false);
  await signIn(b, true);
  assert.deepEqual([await user(a), await user(b)], ["user@igad.int", "b@igad.int"]);
  await a.evaluate(() => window.client.signOut());
  assert.deepEqual([await user(a), await user(b)], [undefined, "b@igad.int"]);
  await a.reload();
  assert.equal(await user(await open(a)), undefined);
  assert.equal(await user(await open()), "b@igad.int");
});

test("duplicated tab follows refresh and sign-out", async () => {
  const a = await open();
  await signIn(a, false);
  const opened = context.waitForEvent("page");
  await a.evaluate((url) => void window.open(url), origin());
  const b = await open(await opened);
  assert.equal(await user(b), "user@igad.int");

  service.on(
    "refresh-token",
    json(tokens({ access_token: "access-2", refresh_token: "refresh-2" })),
    errorResponse(401, "RefreshTokenReuseException", "Invalid refresh token"),
  );
  for (const page of [a, b]) await page.evaluate(() => (window.passed = 3600_000));
  assert.equal(await token(a), "access-2");
  await heard(b, "TOKEN_REFRESHED");
  assert.equal(await token(b), "access-2");
  await a.evaluate(() => window.client.signOut());
  await heard(b, "SIGNED_OUT otherTab");
  assert.equal(await user(b), undefined);
});

test("ten tabs share one refresh", async () => {
  const tabs = [];
  for (let count = 0; count < 10; count += 1) tabs.push(await open());
  await signIn(tabs[0]!, true);
  service.on(
    "refresh-token",
    json(tokens({ access_token: "access-2", refresh_token: "refresh-2" })),
    errorResponse(401, "RefreshTokenReuseException", "Invalid refresh token"),
  );
  for (const page of tabs) await page.evaluate(() => (window.passed = 3600_000));
  const found = await Promise.all(tabs.map(token));
  const context = JSON.stringify([found, service.routes]);
  assert.deepEqual(new Set(found), new Set(["access-2"]), context);
  // On a machine under load, a process may see the stored tokens so late that its tab sends a second request.
  assert.ok(service.routes.filter((route) => route === "refresh-token").length <= 2, context);
  assert.equal(service.routes.includes("logout"), false, context);
});

test("hanging tab does not block refreshes", async () => {
  const [a, b] = [await open(), await open()];
  await signIn(a, true);
  await b.evaluate(() => {
    void navigator.locks.request("sign-in", () => new Promise(() => {}));
    // The limit, without the wait.
    const { setTimeout } = window;
    const early = (callback: () => void, milliseconds: number) =>
      setTimeout(callback, milliseconds === 5000 ? 0 : milliseconds);
    window.setTimeout = early as typeof window.setTimeout;
  });
  service.on("refresh-token", json(tokens({ access_token: "access-2" })));
  await b.evaluate(() => (window.passed = 3600_000));
  assert.equal(await token(b), "access-2");
});

test("two clients of one page notify each other", async () => {
  const page = await open();
  await page.evaluate(() => {
    const { Client, browserStorage, signIn } = window.library;
    const other = new Client("https://other.example.org", { storage: browserStorage() });
    other.onAuthStateChange((event) => window.events.push(`other ${event.type}`));
    void signIn(window.client, { username: "user@igad.int", password: "p" });
  });
  await heard(page, "other SIGNED_IN");
  await page.evaluate(() => window.client.signOut());
  await heard(page, "other SIGNED_OUT");
});

test("page of the back/forward cache follows a sign-out", async () => {
  const [a, b] = [await open(), await open()];
  await signIn(a, true);
  await a.goto(`${origin()}/elsewhere`);
  await b.evaluate(() => window.client.signOut());
  await a.goBack();
  if (!(await a.evaluate(() => "client" in window))) await open(a);
  assert.equal(await user(a), undefined);
});

test("provider signs in after the redirect", async () => {
  const page = await open();
  service.on("start-federated-login", json({ url: `${origin()}/provider` }));
  service.on("complete-federated-login", json(tokens()));
  await page.evaluate(() => void window.library.signInWithProvider(window.client, "Google"));
  await page.waitForURL("**/provider");
  const { state, code_challenge } = service.sent[0]!.body;
  const complete = async (url: string) => {
    await page.goto(url);
    await open(page);
    return page.evaluate(async () => (await window.library.completeSignIn(window.client))?.kind);
  };
  const redirect = `${origin()}/?code=c&state=${String(state)}`;
  assert.equal(await complete(redirect), "signed-in");
  assert.equal(await token(page), "access-1");
  const { code_verifier, redirect_uri } = service.sent[1]!.body;
  assert.equal(createHash("sha256").update(String(code_verifier)).digest("base64url"), code_challenge);
  assert.equal(redirect_uri, `${origin()}/`);
  assert.equal(page.url(), `${origin()}/`);
  assert.equal(await complete(redirect), "failed");
  assert.equal(service.sent.length, 2);
});

test("passkey of a password manager is added", async () => {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await open(page);
  await signIn(page, true);
  const creation = {
    rp: { id: "localhost", name: "Test" },
    user: { id: "AAAA", name: "user@igad.int", displayName: "John Doe" },
    challenge: "AAAA",
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
  };
  service.on("start-passkey", json({ passkey: creation })).on("complete-passkey", json({ message: "Passkey added" }));
  const results = await page.evaluate(async () => {
    const native = await window.library.addPasskey(window.client);
    PublicKeyCredential.prototype.toJSON = () => {
      throw new TypeError("Illegal invocation");
    };
    return [native.ok, (await window.library.addPasskey(window.client)).ok];
  });
  assert.deepEqual(results, [true, true]);
  const shapes = service.sent
    .filter(({ route }) => route === "complete-passkey")
    .map(({ body }) => body["credential"] as { response: Record<string, unknown> });
  for (const { response } of shapes)
    for (const field of ["clientDataJSON", "attestationObject", "transports"]) assert.ok(response[field], field);

  service.on("start-passkey", json({ passkey: { ...creation, rp: { id: "example.org", name: "Test" } } }));
  const wrong = await page.evaluate(async () => {
    const added = await window.library.addPasskey(window.client);
    return added.ok ? undefined : added.error.type;
  });
  assert.equal(wrong, "SecurityError");
});

const CHALLENGE = {
  ...tokens({ access_token: "", expires_in: 0 }),
  session: "session-1",
  username: "user@igad.int",
  message: "Please continue",
};
const SECRET = { secret: "JBSWY3DP", uri: "otpauth://totp/IGAD:user" };
/** Challenges, what the user enters, and the request that is sent. */
const FORMS: [object, (page: Page) => Promise<unknown>, string, object][] = [
  [
    { challenge: "NEW_PASSWORD_REQUIRED", required_attributes: ["name"] },
    async (page) => {
      const password = page.getByLabel("New password");
      assert.deepEqual(
        [await password.getAttribute("type"), await password.getAttribute("autocomplete")],
        ["password", "new-password"],
      );
      await password.fill("BrandNewP@ss1");
      await page.getByLabel("name", { exact: true }).fill("John Doe");
    },
    "complete-password-change",
    { new_password: "BrandNewP@ss1", attributes: { name: "John Doe" } },
  ],
  ...["SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "SMS_OTP"].map((challenge): (typeof FORMS)[number] => [
    { challenge },
    async (page) => {
      assert.equal(await page.getByLabel("Code").getAttribute("autocomplete"), "one-time-code");
      await page.getByLabel("Code").fill("123456");
    },
    "answer-challenge",
    { challenge, code: "123456" },
  ]),
  [
    { challenge: "SELECT_MFA_TYPE", choices: ["SMS_MFA", "EMAIL_OTP"] },
    (page) => page.getByLabel("EMAIL_OTP").check(),
    "answer-challenge",
    { challenge: "SELECT_MFA_TYPE", choice: "EMAIL_OTP" },
  ],
  [
    { challenge: "SELECT_CHALLENGE", choices: ["EMAIL_OTP", "PASSWORD"] },
    async (page) => {
      await page.getByLabel("PASSWORD", { exact: true }).check();
      await page.locator('[name="password"]').fill("secret");
    },
    "answer-challenge",
    { challenge: "SELECT_CHALLENGE", choice: "PASSWORD", password: "secret" },
  ],
  [
    { challenge: "PASSWORD" },
    (page) => page.getByLabel("Password").fill("secret"),
    "answer-challenge",
    { challenge: "PASSWORD", password: "secret" },
  ],
  [
    { challenge: "MFA_SETUP", choices: ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"] },
    async (page) => {
      await page.getByLabel("EMAIL_OTP").check();
      await page.locator('[name="email"]').fill("user@igad.int");
    },
    "answer-challenge",
    { challenge: "MFA_SETUP", email: "user@igad.int" },
  ],
  [
    { challenge: "MFA_SETUP", totp: SECRET },
    (page) => page.getByLabel("Code").fill("123456"),
    "answer-challenge",
    { challenge: "MFA_SETUP", code: "123456" },
  ],
];

/** Signs in with the React example. */
async function submitExample(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${origin()}/react`);
  await page.getByLabel("Email").fill("user@igad.int");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Continue" }).click();
  return page;
}

for (const [index, [challenge, fill, route, sent]] of FORMS.entries()) {
  test(`React example answers ${Object.values(challenge)[0]}, form ${index}`, async () => {
    service
      .on("login", json({ ...CHALLENGE, ...challenge }))
      .on(route, errorResponse(400, "CodeMismatchException", "Please try again"), json(tokens()));
    const page = await submitExample();
    await page.getByText("Please continue").waitFor();
    await fill(page);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("alert").getByText("Please try again").waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("Sign out John Doe").waitFor();
    const { session, username } = CHALLENGE;
    assert.deepEqual(service.sent.at(-1)?.body, { session, username, ...sent });
  });
}

for (const [type, route, sendRoute, sent] of [
  ["UserNotConfirmedException", "confirm-sign-up", "resend-code", { code: "123456" }],
  ["PasswordResetRequiredException", "reset-password", "forgot-password", { code: "123456", new_password: "Brand" }],
] as const) {
  test(`React example handles ${type}`, async () => {
    service
      .on("login", errorResponse(403, type, `Authentication error: ${type}`), json(tokens()))
      .on(sendRoute, json({ success: true, message: "Code sent" }))
      .on(route, json({ success: true, message: "Done" }));
    const page = await submitExample();
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByText("Code sent").waitFor();
    await page.getByLabel("Code").fill("123456");
    if ("new_password" in sent) await page.getByLabel("New password").fill("Brand");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText("Sign out John Doe").waitFor();
    assert.deepEqual(service.sent.at(-2)?.body, { username: "user@igad.int", ...sent });
  });
}

test("React example answers WEB_AUTHN", async () => {
  await context.addInitScript(() => {
    const credential = { toJSON: () => ({ id: "credential-1" }) };
    navigator.credentials.get = () => Promise.resolve(credential as unknown as Credential);
  });
  service
    .on("login", json({ ...CHALLENGE, challenge: "WEB_AUTHN", passkey: { challenge: "AAAA" } }))
    .on("answer-challenge", json(tokens()));
  const page = await submitExample();
  await page.getByText("Please continue").waitFor();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Sign out John Doe").waitFor();
  assert.deepEqual(service.sent.at(-1)?.body["credential"], { id: "credential-1" });
});

test("React example sends one request for a double click", async () => {
  let respond = () => {};
  service.on(
    "login",
    () =>
      new Promise((resolve) => {
        respond = () => resolve(json(tokens()));
      }),
  );
  const page = await context.newPage();
  await page.goto(`${origin()}/react`);
  await page.getByLabel("Email").fill("user@igad.int");
  await page.getByLabel("Password").fill("p");
  await page.getByRole("button").dblclick();
  await page.locator("fieldset:disabled").waitFor();
  respond();
  await page.getByText("Sign out John Doe").click();
  await page.getByLabel("Email").waitFor();
  assert.deepEqual(service.routes, ["login", "logout"]);
});

test("result after a reset is not shown", async () => {
  let respond = () => {};
  const challenge = json({ ...CHALLENGE, challenge: "SOFTWARE_TOKEN_MFA" });
  service.on("login", () => new Promise((resolve) => (respond = () => resolve(challenge))));
  const page = await context.newPage();
  await page.goto(`${origin()}/hook`);
  await page.getByText("start").waitFor();
  const kind = page.evaluate(async () => {
    const step = await window.hook.signIn({ username: "user@igad.int", password: "p" });
    return step?.kind;
  });
  await page.getByText("pending").waitFor();
  await page.evaluate(() => window.hook.reset());
  await page.getByText("start").waitFor();
  respond();
  assert.equal(await kind, "SOFTWARE_TOKEN_MFA");
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  assert.equal(await page.locator("p").textContent(), "start");
});

test("React example follows other tabs", async () => {
  const page = await context.newPage();
  await page.goto(`${origin()}/react`);
  await page.getByLabel("Email").waitFor();
  const other = await open();
  await signIn(other, true);
  await page.getByText("Sign out John Doe").waitFor();
  await other.evaluate(() => window.client.signOut());
  await page.getByLabel("Email").waitFor();
});
