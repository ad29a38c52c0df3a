// End-to-end tests in Chromium: CORS, storage and tabs.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { build } from "esbuild";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";

import type * as Library from "../../src/index.js";
import { PASSWORD, Stack, TEMPORARY_PASSWORD } from "./stack.js";

/** Scripts of the pages: the package and the examples. */
const ENTRIES = {
  "library.js": `export * from "./src/index.ts"`,
  "plain.js": `export { submit } from "./examples/plain.ts"`,
  "react.js": `
    import { createElement } from "react";
    import { createRoot } from "react-dom/client";
    import { App } from "./examples/react.tsx";
    createRoot(document.querySelector("main")).render(createElement(App));`,
};

/** Server of the pages. Gets their scripts later, when the base URL of the API is known. */
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
      response.end(
        script ??
          `<!doctype html><main></main>${url === "/react" ? '<script type="module" src="/react.js"></script>' : ""}`,
      );
    });
  }

  static async start(): Promise<Pages> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    return new Pages(server);
  }

  /** Bundles the scripts, with the base URL of the API instead of that in the examples. */
  async bundle(api: string): Promise<void> {
    for (const [name, contents] of Object.entries(ENTRIES)) {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: "." },
        // Finds the sources for the name of the package.
        tsconfig: "tsconfig.examples.json",
        define: { "process.env.NODE_ENV": '"production"' },
        bundle: true,
        format: "esm",
        jsx: "automatic",
        write: false,
      });
      this.#scripts.set(name, outputFiles[0]!.text.replaceAll("https://api.example.org", api));
    }
  }

  /** Bundle with this name. */
  script(name: string): string {
    return this.#scripts.get(name) ?? "";
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
    // The sandbox does not work for root in a container.
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export function inChromium(stack: () => Stack, pages: () => Pages, browser: () => Browser): void {
  /** New browser context without a session. */
  async function profile(): Promise<BrowserContext> {
    return browser().newContext();
  }

  /** Tab with a client whose clock and network a test can change. */
  async function tab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(pages().origin);
    await page.evaluate(async (api) => {
      const path = "/library.js";
      window.library = (await import(path)) as typeof Library;
      window.passed = 0;
      window.client = new window.library.Client(api, {
        storage: window.library.browserStorage(),
        now: () => Date.now() + window.passed,
        monotonic: () => performance.now() + window.passed,
      });
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
    return page.evaluate(async (credentials) => (await window.library.signIn(window.client, credentials)).kind, {
      username,
      password,
      remember,
    });
  }
  const email = (page: Page) => page.evaluate(() => window.client.user?.email);

  test("Chromium: plain example sets a new password", async () => {
    await stack().createNewUser("lines@igad.int");
    const context = await profile();
    const page = await context.newPage();
    await page.goto(pages().origin);
    const shown = await page.evaluate(async (password) => {
      const path = "/plain.js";
      const { submit } = (await import(path)) as {
        submit: (username: string, password: string, ask: (message: string) => Promise<string>) => Promise<string>;
      };
      const messages: string[] = [];
      const ask = async (message: string) => {
        messages.push(message);
        return "BrandNewP@ss1";
      };
      const texts = [await submit("lines@igad.int", password, ask), await submit("lines@igad.int", "wrong", ask)];
      return [...messages, ...texts];
    }, TEMPORARY_PASSWORD);
    assert.deepEqual(shown, ["Password change required", "Hello John Doe", "Invalid credentials"]);
    // The session was saved with `remember`, so a new tab has it.
    assert.equal(await email(await tab(context)), "lines@igad.int");
  });

  test("Chromium: React example signs in and out", async () => {
    await stack().createUser("react@igad.int");
    const page = await (await profile()).newPage();
    await page.goto(`${pages().origin}/react`);
    await page.getByLabel("Email").fill("react@igad.int");
    await page.getByLabel("Password").fill("wrong");
    await page.getByLabel("Remember me").check();
    await page.getByRole("button").click();
    await page.getByRole("alert").getByText("Invalid credentials").waitFor();
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button").click();
    await page.getByText("Sign out John Doe").waitFor();
    await page.reload();
    await page.getByText("Sign out John Doe").click();
    await page.getByLabel("Email").waitFor();
    await page.reload();
    await page.getByLabel("Email").waitFor();
  });

  test("Chromium: errors can be read across origins", async () => {
    const page = await tab(await profile());
    const error = await page.evaluate(async () => {
      const step = await window.library.signIn(window.client, { username: "unknown-user@igad.int", password: "wrong" });
      return step.kind === "failed" ? { ...step.error } : undefined;
    });
    assert.deepEqual(
      [error?.status, error?.type, error?.detail],
      [401, "NotAuthorizedException", "Invalid credentials"],
    );
    assert.ok(error?.requestId);
  });

  test("Chromium: apigw-requestid can be read across origins", async () => {
    const page = await tab(await profile());
    const id = await page.evaluate(
      async (api) => (await fetch(`${api}/api/auth/me`)).headers.get("apigw-requestid"),
      stack().api,
    );
    assert.ok(id);
  });

  test("Chromium: session without remember belongs to the tab", async () => {
    await stack().createUser("tab@igad.int");
    const context = await profile();
    const page = await tab(context);
    assert.equal(await signIn(page, "tab@igad.int", PASSWORD, false), "signed-in");
    await page.reload();
    assert.equal(await page.evaluate(() => sessionStorage.length), 1);
    assert.equal(await email(await tab(context)), undefined);
  });

  test("Chromium: tabs share and refresh a session", async () => {
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
    // From now on both tabs have the same token.
    const [mine, theirs] = await Promise.all([one, other].map((page) => page.evaluate(() => window.token())));
    assert.equal(mine, theirs);

    await one.evaluate(() => window.client.signOut());
    await other.waitForFunction(() => window.heard.length > 0 && window.heard.at(-1) === undefined);
    assert.equal(await other.evaluate(() => window.token()), undefined);
  });

  test("Chromium: session survives network errors", async () => {
    await stack().createUser("tunnel@igad.int");
    const context = await profile();
    const page = await tab(context);
    await signIn(page, "tunnel@igad.int", PASSWORD, true);
    await context.setOffline(true);
    await page.evaluate(() => (window.passed = 3600_000));
    assert.equal(await page.evaluate(() => window.token()), undefined);
    assert.equal(await email(page), "tunnel@igad.int");
    await context.setOffline(false);
    await page.evaluate(() => (window.passed += 120_000));
    assert.ok(await page.evaluate(() => window.token()));
  });

  test("Chromium: passkey signs in until it is removed", async () => {
    // The emulator does not support passkeys.
    const scripted = await Stack.start();
    try {
      const page = await (await profile()).newPage();
      const session = await page.context().newCDPSession(page);
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
      // Passkeys need a page of the relying party's domain: a page of the stack, with an additional file.
      await page.route("**/library.js", (route) =>
        route.fulfill({ contentType: "text/javascript", body: pages().script("library.js") }),
      );
      await page.goto(scripted.page);
      const seen = await page.evaluate(
        async ([api, password]) => {
          const path = "/library.js";
          const {
            Client,
            addPasskey,
            answerWithPasskey,
            deletePasskey,
            passkeys,
            signIn,
            startSignIn,
            supportsPasskeys,
          } = (await import(path)) as typeof Library;
          const username = "user@igad.int";
          const withPasskey = async () => {
            const client = new Client(api);
            const step = await startSignIn(client, { username, preferred: "WEB_AUTHN" });
            const end = step.kind === "WEB_AUTHN" ? await answerWithPasskey(step) : step;
            return { end: end.kind, email: client.user?.email };
          };
          const client = new Client(api);
          const first = await signIn(client, { username, password });
          const added = await addPasskey(client);
          const used = await withPasskey();
          const listed = await passkeys(client);
          const removed = listed.ok ? await deletePasskey(client, listed.value.passkeys[0]!.credential_id) : listed;
          return {
            supported: supportsPasskeys(),
            first: first.kind,
            added,
            used,
            count: listed.ok && listed.value.passkeys.length,
            removed,
            afterwards: await withPasskey(),
          };
        },
        [scripted.api, PASSWORD] as const,
      );
      assert.deepEqual(seen, {
        supported: true,
        first: "signed-in",
        added: { ok: true, value: { message: "Passkey added" } },
        used: { end: "signed-in", email: "user@igad.int" },
        count: 1,
        removed: { ok: true, value: { message: "Passkey removed" } },
        afterwards: { end: "SELECT_CHALLENGE", email: undefined },
      });
    } finally {
      await scripted.end();
    }
  });
}
