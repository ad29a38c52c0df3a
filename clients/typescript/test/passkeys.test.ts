import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { addPasskey, answerWithPasskey, startSignIn, supportsPasskeys } from "../src/index.js";
import { Service, json, tokens } from "./service.js";

/** Fakes the passkey API of a browser. */
function browser(respond: (kind: string, options: { publicKey: unknown; signal?: AbortSignal }) => unknown) {
  const credentials = {
    create: (options: never) => respond("create", options),
    get: (options: never) => respond("get", options),
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

const illegal = () => {
  throw new TypeError("Illegal invocation");
};
const bytes = (...values: number[]) => new Uint8Array(values).buffer;

/** Fields of a new credential. `rawId` contains both characters in which base64url differs from base64. */
const FIELDS = {
  id: "-_8",
  rawId: bytes(251, 255),
  type: "public-key",
  authenticatorAttachment: "platform",
};
const REGISTERED = {
  ...FIELDS,
  response: {
    clientDataJSON: bytes(1),
    attestationObject: bytes(2, 3),
    getTransports: () => ["internal", "hybrid"],
  },
  getClientExtensionResults: () => ({ credProps: { rk: true } }),
};
const REGISTERED_JSON = {
  ...FIELDS,
  rawId: "-_8",
  clientExtensionResults: { credProps: { rk: true } },
  response: { clientDataJSON: "AQ", attestationObject: "AgM", transports: ["internal", "hybrid"] },
};
const ASSERTED = {
  ...FIELDS,
  response: { clientDataJSON: bytes(1), authenticatorData: bytes(2), signature: bytes(3), userHandle: null },
  getClientExtensionResults: () => ({}),
};
const ASSERTED_JSON = {
  ...FIELDS,
  rawId: "-_8",
  clientExtensionResults: {},
  response: { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw" },
};

const passkeyChallenge = () =>
  json({
    ...tokens({ access_token: "" }),
    challenge: "WEB_AUTHN",
    session: "s",
    username: "u",
    message: "m",
    passkey: { challenge: "AAAA" },
  });
async function startWithPasskey(service: Service) {
  const step = await startSignIn(service.on("start-login", passkeyChallenge()).client(), { username: "user@igad.int" });
  assert.ok(step.kind === "WEB_AUTHN");
  return step;
}

for (const [name, methods, json_] of [
  ["native", { toJSON: () => ({ id: "credential-1" }) }, { id: "credential-1" }],
  ["1Password's", { toJSON: illegal }, undefined],
  ["KeePass's", {}, undefined],
] as const) {
  test(`addPasskey registers ${name} credential`, async () => {
    const service = new Service()
      .on("start-passkey", json({ passkey: { challenge: "AAAA" } }))
      .on("complete-passkey", json({ message: "Passkey added" }));
    const calls: unknown[] = [];
    browser((...call) => {
      calls.push(call);
      return Promise.resolve({ ...REGISTERED, ...methods });
    });
    assert.deepEqual(await addPasskey(service.signedIn()), { ok: true, value: { message: "Passkey added" } });
    assert.deepEqual(calls, [["create", { publicKey: { created: { challenge: "AAAA" } } }]]);
    assert.deepEqual(
      service.sent.map(({ method, route, body }) => [method, route, body]),
      [
        ["POST", "start-passkey", {}],
        ["POST", "complete-passkey", { credential: json_ ?? REGISTERED_JSON }],
      ],
    );
  });

  test(`${name} credential signs in`, async () => {
    const service = new Service().on("answer-challenge", json(tokens()));
    browser((kind, options) => {
      assert.deepEqual([kind, options], ["get", { publicKey: { requested: { challenge: "AAAA" } } }]);
      return Promise.resolve({ ...ASSERTED, ...methods });
    });
    assert.equal((await answerWithPasskey(await startWithPasskey(service))).kind, "signed-in");
    assert.deepEqual(service.sent[1]?.body["credential"], json_ ?? ASSERTED_JSON);
  });
}

test("credential whose methods all throw is serialized", async () => {
  const service = new Service()
    .on("start-passkey", json({ passkey: {} }))
    .on("complete-passkey", json({ message: "Passkey added" }));
  const response = { ...REGISTERED.response, getTransports: illegal };
  browser(() => Promise.resolve({ ...REGISTERED, response, toJSON: illegal, getClientExtensionResults: illegal }));
  assert.equal((await addPasskey(service.signedIn())).ok, true);
  assert.deepEqual(service.sent[1]?.body["credential"], {
    ...REGISTERED_JSON,
    clientExtensionResults: {},
    response: { clientDataJSON: "AQ", attestationObject: "AgM" },
  });
});

test("addPasskey returns the error of start-passkey", async () => {
  browser(() => assert.fail("the browser was called"));
  const result = await addPasskey(
    new Service().on("start-passkey", json({ detail: "Passkeys are not enabled" }, 409)).signedIn(),
  );
  assert.equal(!result.ok && result.error.detail, "Passkeys are not enabled");
});

const details = new Set<string>();
for (const type of ["NotAllowedError", "InvalidStateError", "SecurityError", "AbortError", "ConstraintError"]) {
  test(`${type} keeps its type and cause`, async () => {
    const cause = new DOMException("of the browser", type);
    browser(() => Promise.reject(cause));
    const added = await addPasskey(new Service().on("start-passkey", json({ passkey: {} })).signedIn());
    assert.ok(!added.ok);
    assert.deepEqual([added.error.type, added.error.cause, added.error.status], [type, cause, 0]);
    assert.equal(details.has(added.error.detail), false);
    details.add(added.error.detail);

    const step = await startWithPasskey(new Service());
    const failed = await answerWithPasskey(step);
    assert.ok(failed.kind === "failed");
    assert.deepEqual([failed.error.type, failed.challenge], [type, step]);
  });
}

test("browser without passkeys gets no request", async () => {
  const service = new Service();
  const added = await addPasskey(service.signedIn());
  assert.deepEqual(!added.ok && [added.error.type, added.error.detail], [
    "NotSupportedError",
    "This browser does not support passkeys",
  ]);
  assert.deepEqual(service.sent, []);
  const step = await startWithPasskey(service);
  const failed = await answerWithPasskey(step);
  assert.equal(failed.kind === "failed" && failed.error.type, "NotSupportedError");
});

test("signal cancels the dialog of the browser", async () => {
  const { signal } = new AbortController();
  browser((_, options) => {
    assert.equal(options.signal, signal);
    return Promise.reject(new DOMException("aborted", "AbortError"));
  });
  const failed = await answerWithPasskey(await startWithPasskey(new Service()), { signal });
  assert.equal(failed.kind === "failed" && failed.error.type, "AbortError");
});

test("supportsPasskeys detects browser support", () => {
  assert.equal(supportsPasskeys(), false);
  browser(() => undefined);
  assert.equal(supportsPasskeys(), true);
});
