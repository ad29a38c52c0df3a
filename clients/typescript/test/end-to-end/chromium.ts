// What a page in a browser meets at a real API, from another origin, with storage and tabs.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { build } from "esbuild";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";

import type * as Library from "../../src/index.js";
import { PASSWORD, type Stack, TEMPORARY_PASSWORD } from "./stack.js";

/** What the pages do, beside the README's examples. */
const ENTRIES = {
  "library.js": `export * from "./src/index.ts"`,
  "plain.js": `export { submit } from "./build/readme/plain.ts"`,
  "react.js": `
    import { createElement } from "react";
    import { createRoot } from "react-dom/client";
    import { App } from "./build/readme/react.tsx";
    createRoot(document.querySelector("main")).render(createElement(App));`,
};

/** Serves pages whose scripts it gets later, when the API's address is known. */
export class Pages {
  readonly origin: string;
  readonly #server: ReturnType<typeof createServer>;
  #scripts = new Map<string, string>();

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    server.on("request", ({ url = "/" }, response) => {
      const script = this.#scripts.get(url.slice(1));
      response.setHeader("content-type", script === undefined ? "text/html" : "text/javascript");
      response.end(script ?? `<!doctype html><main></main>${url === "/react" ? '<script type="module" src="/react.js"></script>' : ""}`);
    });
  }

  static async start(): Promise<Pages> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    return new Pages(server);
  }

  /** Bundles the scripts, with the API's address in the place of the README's. */
  async bundle(api: string): Promise<void> {
    for (const [name, contents] of Object.entries(ENTRIES)) {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: "." },
        alias: { "sign-in-client": "./src/index.ts" },
        define: { "process.env.NODE_ENV": '"production"' },
        bundle: true,
        format: "esm",
        jsx: "automatic",
        write: false,
      });
      this.#scripts.set(name, outputFiles[0]!.text.replaceAll("https://api.example.org", api));
    }
  }

  end(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

declare global {
  interface Window {
    client: Library.Client;
    library: typeof Library;
    heard: (string | undefined)[];
    passed: number;
    token: () => Promise<string | undefined>;
  }
}

/** Starts the browser. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    // A sandbox needs what a container does not give to root.
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export function inChromium(stack: () => Stack, pages: () => Pages, browser: () => Browser): void {
  /** A browser of its own, with nobody signed in. */
  async function profile(): Promise<BrowserContext> {
    return browser().newContext();
  }

  /** A tab with a client whose clock and network a test can change. */
  async function tab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(pages().origin);
    await page.evaluate(async (api) => {
      const path = "/library.js";
      window.library = (await import(path)) as typeof Library;
      window.passed = 0;
      window.client = new window.library.Client(api, { storage: window.library.browserStorage(), now: () => Date.now() + window.passed });
      window.heard = [];
      window.client.subscribe(() => window.heard.push(window.client.user?.email));
      window.token = async () => {
        const token = await window.client.accessToken();
        return token.ok ? token.value : undefined;
      };
    }, stack().api);
    return page;
  }

  async function signIn(page: Page, username: string, password: string, remember: boolean): Promise<string> {
    return page.evaluate(async (credentials) => (await window.library.signIn(window.client, credentials)).kind, { username, password, remember });
  }
  const email = (page: Page) => page.evaluate(() => window.client.user?.email);

  test("Chromium: the README's ten lines sign a person in who must choose a password first", async () => {
    await stack().createNewUser("lines@igad.int");
    const context = await profile();
    const page = await context.newPage();
    const asked: string[] = [];
    page.on("dialog", (dialog) => {
      asked.push(dialog.message());
      void dialog.accept("BrandNewP@ss1");
    });
    await page.goto(pages().origin);
    const shown = await page.evaluate(async (password) => {
      const path = "/plain.js";
      const { submit } = (await import(path)) as { submit: (username: string, password: string, show: (text: string) => void) => Promise<void> };
      const texts: string[] = [];
      await submit("lines@igad.int", password, (text) => texts.push(text));
      await submit("lines@igad.int", "wrong", (text) => texts.push(text));
      return texts;
    }, TEMPORARY_PASSWORD);
    assert.deepEqual(asked, ["Password change required"]);
    assert.deepEqual(shown, ["Hello John Doe", "Invalid credentials"]);
    // It was a session to be remembered: a new tab has it.
    assert.equal(await email(await tab(context)), "lines@igad.int");
  });

  test("Chromium: the README's React page signs in, stays so over a reload, and out", async () => {
    await stack().createUser("react@igad.int");
    const page = await (await profile()).newPage();
    await page.goto(`${pages().origin}/react`);
    await page.getByLabel("E-mail").fill("react@igad.int");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button").click();
    await page.getByRole("alert").getByText("Invalid credentials").waitFor();
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button").click();
    await page.getByText("Sign out John Doe").waitFor();
    await page.reload();
    await page.getByText("Sign out John Doe").click();
    await page.getByLabel("E-mail").waitFor();
    await page.reload();
    await page.getByLabel("E-mail").waitFor();
  });

  test("Chromium: an error can be read from another origin, with its type and request id", async () => {
    const page = await tab(await profile());
    const error = await page.evaluate(async () => {
      const step = await window.library.signIn(window.client, { username: "nobody@igad.int", password: "wrong" });
      return step.kind === "failed" ? { ...step.error } : undefined;
    });
    assert.deepEqual([error?.status, error?.type, error?.detail], [401, "NotAuthorizedException", "Invalid credentials"]);
    assert.ok(error?.requestId);
  });

  test("Chromium: an error that no function has given can be found in the gateway's log by its id", async () => {
    const page = await tab(await profile());
    const error = await page.evaluate(async () => {
      const answer = await window.client.call("no-such-route" as "login", { username: "user@igad.int", password: "p" });
      return answer.ok ? undefined : { ...answer.error };
    });
    assert.deepEqual([error?.status, error?.type, error?.detail], [404, undefined, "Not Found"]);
    assert.ok(error?.requestId);
  });

  test("Chromium: without remember me a session survives a reload, and is no other tab's", async () => {
    await stack().createUser("tab@igad.int");
    const context = await profile();
    const page = await tab(context);
    assert.equal(await signIn(page, "tab@igad.int", PASSWORD, false), "signed-in");
    await page.reload();
    assert.equal(await page.evaluate(() => sessionStorage.length), 1);
    assert.equal(await email(await tab(context)), undefined);
  });

  test("Chromium: tabs share a session, refresh it at the same time, and hear of its end", async () => {
    await stack().createUser("tabs@igad.int");
    const context = await profile();
    const [one, other] = [await tab(context), await tab(context)];
    assert.equal(await signIn(one, "tabs@igad.int", PASSWORD, true), "signed-in");
    await other.waitForFunction(() => window.heard.at(-1) === "tabs@igad.int");

    const before = await one.evaluate(() => window.token());
    for (const page of [one, other]) await page.evaluate(() => (window.passed = 3600_000));
    const after = await Promise.all([one, other].map((page) => page.evaluate(() => window.token())));
    for (const token of after) assert.ok(token && token !== before);
    assert.deepEqual(await Promise.all([one, other].map(email)), ["tabs@igad.int", "tabs@igad.int"]);
    // From now on they agree on one.
    const [mine, theirs] = await Promise.all([one, other].map((page) => page.evaluate(() => window.token())));
    assert.equal(mine, theirs);

    await one.evaluate(() => window.client.signOut());
    await other.waitForFunction(() => window.heard.length > 0 && window.heard.at(-1) === undefined);
    assert.equal(await other.evaluate(() => window.token()), undefined);
  });

  test("Chromium: in a tunnel nobody is signed out, and behind it the session goes on", async () => {
    await stack().createUser("tunnel@igad.int");
    const context = await profile();
    const page = await tab(context);
    await signIn(page, "tunnel@igad.int", PASSWORD, true);
    await context.setOffline(true);
    await page.evaluate(() => (window.passed = 3600_000));
    assert.equal(await page.evaluate(() => window.token()), undefined);
    assert.equal(await email(page), "tunnel@igad.int");
    await context.setOffline(false);
    await page.evaluate(() => (window.passed += 1000));
    assert.ok(await page.evaluate(() => window.token()));
  });

  test("Chromium: a passkey is made and used, by an authenticator of the browser's own", async () => {
    const page = await tab(await profile());
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    await session.send("WebAuthn.addVirtualAuthenticator", {
      options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    // The emulator has no passkeys: the answers are ours, the ceremonies the browser's.
    const sent = await page.evaluate(async () => {
      const user = { user_id: "1", email: "user@igad.int", role: "user", name: "John Doe", is_admin: false } as const;
      const creation = {
        challenge: "AAAA",
        rp: { id: "localhost", name: "Sign-in" },
        user: { id: "AQID", name: "user@igad.int", displayName: "John Doe" },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
      };
      const answers: Record<string, object> = {
        "start-passkey": { passkey: creation },
        "complete-passkey": { message: "Passkey added" },
        "start-login": { access_token: "", challenge: "WEB_AUTHN", session: "s", username: "u", message: "m", passkey: { challenge: "AQID", rpId: "localhost", userVerification: "required" } },
        "answer-challenge": { access_token: "a", refresh_token: "r", token_type: "bearer", user, expires_in: 3600 },
      };
      const bodies: Record<string, { credential?: { id: string; response: Record<string, string> } }> = {};
      const { Client, addPasskey, answerWithPasskey, startSignIn, supportsPasskeys } = window.library;
      const client = new Client("https://api.example.org", {
        fetch: async (input, init) => {
          const route = String(input).split("/").at(-1)!;
          bodies[route] = JSON.parse(String(init?.body));
          return Response.json(answers[route]);
        },
      });
      client.keep({ access_token: "a", refresh_token: "r", token_type: "bearer", user, expires_in: 3600 }, false);
      const added = await addPasskey(client);
      const step = await startSignIn(client, { username: "user@igad.int", preferred: "WEB_AUTHN" });
      const end = step.kind === "WEB_AUTHN" ? (await answerWithPasskey(step)).kind : step.kind;
      return { supported: supportsPasskeys(), added: added.ok, end, made: bodies["complete-passkey"]?.credential, used: bodies["answer-challenge"]?.credential };
    });
    assert.deepEqual([sent.supported, sent.added, sent.end], [true, true, "signed-in"]);
    assert.ok(sent.made?.response["attestationObject"]);
    assert.ok(sent.used?.response["signature"]);
    assert.equal(sent.used?.id, sent.made?.id);
    const clientData = JSON.parse(Buffer.from(sent.used!.response["clientDataJSON"]!, "base64url").toString()) as { challenge: string };
    assert.equal(clientData.challenge, "AQID");
  });
}
