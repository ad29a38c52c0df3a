import assert from "node:assert/strict";
import { test } from "node:test";

import { type AuthListener, type Client, type Session, type Storage, memoryStorage } from "../src/index.js";
import {
  EXPIRED,
  LOGGED_OUT,
  PROFILE,
  REFRESHED,
  REVOKED,
  Service,
  UNAVAILABLE,
  USER,
  idle,
  json,
  sharedStorage,
  tokens,
} from "./service.js";

const OTHER = { ...USER, user_id: "another" };

/** Events of a client, as text. */
function record(client: Client): string[] {
  const heard: string[] = [];
  client.onAuthStateChange((event, session) => {
    const cause = "cause" in event ? event.cause : undefined;
    const error = "error" in event ? event.error.status : undefined;
    heard.push([event.type, cause, error, event.user?.user_id].filter((part) => part !== undefined).join(" "));
    assert.equal(session?.user, event.user);
  });
  return heard;
}

test("events have a cause, the user and the error", async () => {
  const service = new Service().on("refresh-token", REFRESHED).on("logout", LOGGED_OUT);
  const client = service.client();
  const heard = record(client);
  await idle();
  await client.keep(tokens());
  service.pass(3600);
  await client.accessToken();
  service.pass(3600);
  service.on("refresh-token", UNAVAILABLE, REVOKED);
  await client.accessToken();
  service.pass(1);
  await client.accessToken();
  await client.keep(tokens());
  await client.keep(tokens({ user: OTHER, refresh_token: "theirs" }));
  await client.signOut();
  assert.deepEqual(heard, [
    "INITIAL_SESSION",
    "SIGNED_IN signIn b7d8f6e4",
    "TOKEN_REFRESHED b7d8f6e4",
    "TOKEN_REFRESH_FAILED 503 b7d8f6e4",
    "SIGNED_OUT sessionEnded 401",
    "SIGNED_IN signIn b7d8f6e4",
    "SIGNED_OUT replaced",
    "SIGNED_IN signIn another",
    "SIGNED_OUT signOut",
  ]);
});

test("the same user's new sign-in causes no sign-out", async () => {
  const client = new Service().on("logout", LOGGED_OUT).signedIn();
  const heard = record(client);
  await idle();
  await client.keep(tokens({ refresh_token: "refresh-2" }));
  assert.deepEqual(heard, ["INITIAL_SESSION b7d8f6e4", "SIGNED_IN signIn b7d8f6e4"]);
});

test("each listener gets INITIAL_SESSION once and first", async () => {
  const client = new Service().on("logout", LOGGED_OUT).signedIn();
  const first = record(client);
  await idle();
  const second = record(client);
  const stop = client.onAuthStateChange(() => assert.fail("the listener is unsubscribed"));
  stop();
  await client.signOut();
  assert.deepEqual(first, ["INITIAL_SESSION b7d8f6e4", "SIGNED_OUT signOut"]);
  assert.equal(second[0]?.split(" ")[0], "INITIAL_SESSION");
});

test("listener can call the client", async () => {
  const service = new Service().on("refresh-token", REFRESHED).on("me", json(PROFILE));
  const client = service.signedIn();
  const results: unknown[] = [];
  client.onAuthStateChange(async ({ type }) => {
    if (type !== "TOKEN_REFRESHED") return;
    results.push((await client.accessToken()).ok, (await client.me()).ok);
  });
  await idle();
  await client.accessToken({ forceRefresh: true });
  await idle();
  assert.deepEqual(results, [true, true]);
});

test("listener sees the stored session", async () => {
  const storage = sharedStorage();
  const service = new Service().on("logout", LOGGED_OUT);
  const client = service.client({ storage });
  const stored: (string | undefined)[] = [];
  client.onAuthStateChange(() => stored.push(storage.session?.accessToken));
  await idle();
  await client.keep(tokens());
  await client.signOut();
  assert.deepEqual(stored, [undefined, "access-1", undefined]);
});

const FAILING = {
  throws: () => {
    throw new Error("of the program");
  },
  rejects: () => Promise.reject(new Error("of the program")),
};
for (const kind of ["subscribe", "onAuthStateChange"] as const) {
  for (const [how, listener] of Object.entries(FAILING)) {
    test(`${kind}: listener ${how}, others go on`, async (t) => {
      const reported = t.mock.method(console, "error", () => {});
      const service = new Service().on("logout", LOGGED_OUT).on("me", EXPIRED).on("refresh-token", REVOKED);
      const client = service.client();
      let calls = 0;
      const add = client[kind] as (listener: () => unknown) => () => void;
      add(listener);
      add(() => (calls += 1));
      await idle();
      calls = 0;
      await client.keep(tokens());
      assert.equal((await client.signOut()).ok, true);
      await client.keep(tokens());
      assert.equal((await client.me()).ok, false);
      await idle();
      assert.equal(calls, 4);
      // The event that no change causes is INITIAL_SESSION.
      assert.equal(reported.mock.callCount(), kind === "subscribe" ? 4 : 5);
    });
  }
}

test("listener error goes to reportError where it exists", async () => {
  const errors: unknown[] = [];
  Object.assign(globalThis, { reportError: (error: unknown) => errors.push(error) });
  try {
    const client = new Service().client();
    const error = new Error("of the program");
    client.subscribe(() => {
      throw error;
    });
    await client.keep(tokens());
    assert.deepEqual(errors, [error]);
  } finally {
    Reflect.deleteProperty(globalThis, "reportError");
  }
});

test("function that is subscribed twice is removed once", async () => {
  const client = new Service().on("logout", LOGGED_OUT).client();
  let calls = 0;
  const listener = () => {
    calls += 1;
  };
  const stop = client.subscribe(listener);
  client.subscribe(listener);
  stop();
  stop();
  await client.keep(tokens());
  assert.equal(calls, 1);
});

test("listeners are called until they unsubscribe", async () => {
  let another: () => void = () => assert.fail("no listener is subscribed");
  let isListening = false;
  const storage = {
    ...sharedStorage(),
    subscribe(listener: () => void) {
      another = listener;
      isListening = true;
      return () => {
        isListening = false;
      };
    },
  };
  const service = new Service().on("refresh-token", REFRESHED).on("logout", LOGGED_OUT);
  const client = service.client({ storage });
  const heard: (string | undefined)[] = [];
  const unsubscribe = client.subscribe(() => heard.push(client.user?.name));
  await client.keep(tokens());
  service.pass(3600);
  await client.accessToken();
  await client.signOut();
  another();
  assert.deepEqual(heard, ["John Doe", "John Doe", undefined]);
  unsubscribe();
  await client.keep(tokens());
  assert.equal(heard.length, 3);
  assert.equal(isListening, false);
});

test("clients with one storage notify each other", async () => {
  const storage = memoryStorage();
  const service = new Service().on("logout", LOGGED_OUT);
  const [one, other] = [record(service.client({ storage })), record(service.client({ storage }))];
  const client = service.client({ storage });
  await idle();
  await client.keep(tokens());
  await client.signOut();
  await idle();
  for (const heard of [one, other])
    assert.deepEqual(heard, ["INITIAL_SESSION", "SIGNED_IN otherTab b7d8f6e4", "SIGNED_OUT otherTab"]);
});

/** Storage whose operations take time, such as React Native's: a second, and two to save. */
function slowStorage(service: Service, stored?: Session): Storage & { stored: Session | undefined } {
  const slow = async <Value>(work: () => Value, seconds = 1) => {
    await new Promise<void>((resolve) => service.schedule(resolve, seconds * 1000));
    return work();
  };
  const storage = {
    stored,
    load: () => slow(() => storage.stored),
    save: (session: Session) =>
      slow(() => {
        storage.stored = session;
      }, 2),
    clear: () =>
      slow(() => {
        storage.stored = undefined;
      }),
  };
  return storage;
}

const STORED: Session = {
  id: "session-1",
  accessToken: "access-1",
  refreshToken: "refresh-1",
  user: USER,
  expiresAt: 1_800_003_600_000,
  lifetime: 3600_000,
  remember: true,
};

test("INITIAL_SESSION follows the asynchronous load", async () => {
  const service = new Service();
  const client = service.client({ storage: slowStorage(service, STORED) });
  const heard = record(client);
  let changes = 0;
  client.subscribe(() => (changes += 1));
  await idle();
  assert.deepEqual([client.user, client.isLoading, heard], [undefined, true, []]);
  assert.deepEqual(await service.run(client.accessToken()), { ok: true, value: "access-1" });
  assert.deepEqual([client.user, client.isLoading, heard], [USER, false, ["INITIAL_SESSION b7d8f6e4"]]);
  assert.equal(changes, 1);
});

test("synchronous storage is never loading", () => {
  assert.equal(new Service().signedIn().isLoading, false);
});

test("asynchronous storage is written in order", async () => {
  const service = new Service().on("logout", LOGGED_OUT).on("refresh-token", REFRESHED);
  const storage = slowStorage(service);
  const client = service.client({ storage });
  const heard = record(client);
  await service.run(client.keep(tokens()));
  assert.equal(storage.stored?.accessToken, "access-1");
  service.pass(3600);
  await service.run(client.accessToken());
  assert.equal(storage.stored?.accessToken, "access-2");
  const [kept, signedOut] = [client.keep(tokens({ refresh_token: "refresh-3" })), client.signOut()];
  await service.run(Promise.allSettled([kept, signedOut]));
  assert.equal(storage.stored, undefined);
  assert.equal(client.user, undefined);
  assert.equal(heard.at(-1), "SIGNED_OUT signOut");
});

test("change of an asynchronous storage is followed", async () => {
  const service = new Service();
  let notify = () => {};
  const storage = Object.assign(slowStorage(service, STORED), {
    subscribe: (listener: () => void) => {
      notify = listener;
      return () => {};
    },
  });
  const client = service.client({ storage });
  const heard = record(client);
  await service.run(client.accessToken());
  storage.stored = undefined;
  notify();
  await service.run(client.accessToken());
  service.pass(1);
  await idle();
  assert.equal(client.user, undefined);
  assert.equal(heard.at(-1), "SIGNED_OUT otherTab");
});

test("sign-in during a slow load is kept", async () => {
  const service = new Service();
  let notify = () => {};
  const storage = Object.assign(slowStorage(service), {
    subscribe: (listener: () => void) => {
      notify = listener;
      return () => {};
    },
  });
  const client = service.client({ storage });
  const heard = record(client);
  await service.run(client.accessToken());
  notify();
  await idle();
  const kept = client.keep(tokens());
  // The load that began before the sign-in returns no session.
  service.pass(1);
  await idle();
  assert.deepEqual(client.user, USER);
  await service.run(kept);
  assert.deepEqual(client.user, USER);
  assert.equal(heard.at(-1), "SIGNED_IN signIn b7d8f6e4");
});

test("storage that cannot save revokes the tokens", async () => {
  const service = new Service().on("logout", LOGGED_OUT);
  const save = () => Promise.reject(new Error("value is too large"));
  const client = service.client({ storage: { ...sharedStorage(), save } });
  await assert.rejects(client.keep(tokens()), /too large/);
  assert.equal(service.sent[0]?.body["refresh_token"], "refresh-1");
});

test("listener types are narrowed by the event", () => {
  const listener: AuthListener = (event) => {
    if (event.type === "TOKEN_REFRESH_FAILED") event.error.status.toFixed();
    if (event.type === "SIGNED_IN") event.cause satisfies "signIn" | "otherTab";
    if (event.type === "SIGNED_OUT" && event.cause === "sessionEnded") event.error.status.toFixed();
    // @ts-expect-error: no such event
    if (event.type === "SIGNED_UP") return;
  };
  assert.equal(listener.length, 1);
});
