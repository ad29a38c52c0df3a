// src/account.ts
function signUp(client, account, options) {
  return client.call("sign-up", account, options);
}
function confirmSignUp(client, confirmation, options) {
  return client.call("confirm-sign-up", confirmation, options);
}
function resendCode(client, username, options) {
  return client.call("resend-code", { username }, options);
}
function forgotPassword(client, username, options) {
  return client.call("forgot-password", { username }, options);
}
function resetPassword(client, { username, code, newPassword }, options) {
  return client.call("reset-password", { username, code, new_password: newPassword }, options);
}
function changePassword(client, { currentPassword, newPassword }, options) {
  return client.callSignedIn(
    "change-password",
    { current_password: currentPassword, new_password: newPassword },
    options
  );
}
function settings(client, options) {
  return client.call("settings", void 0, options);
}
async function updateProfile(client, attributes, options) {
  return reload(client, await client.callSignedIn("update-profile", { attributes }, options), options);
}
function changeEmail(client, email, options) {
  return client.callSignedIn("change-email", { email }, options);
}
function sendEmailCode(client, options) {
  return client.callSignedIn("send-email-code", {}, options);
}
async function verifyEmail(client, code, options) {
  return reload(client, await client.callSignedIn("verify-email", { code }, options), options);
}
async function deleteAccount(client, { confirm }, options) {
  const token = await client.accessToken(options);
  if (!token.ok) return token;
  const id = client.user?.user_id;
  const deleted = await client.callSignedIn("delete-account", { confirm }, options);
  if (deleted.ok && client.user?.user_id === id) await client.signOut(options);
  return deleted;
}
async function reload(client, changed, options) {
  if (changed.ok) await client.me({ forceRefresh: true, signal: options?.signal });
  return changed;
}

// src/error.ts
var ApiError = class extends Error {
  constructor(fields) {
    super(fields.detail);
    Object.assign(this, fields, { name: "ApiError" });
  }
};
function success(value) {
  return { ok: true, value };
}
function failure(error) {
  return { ok: false, error };
}
function invalidResponse(status, detail = "The response of the service is not valid") {
  return new ApiError({ status, type: "InvalidResponse", detail, isTransient: true });
}
function noResponse(cause) {
  const name = cause?.name;
  const type = name === "AbortError" || name === "TimeoutError" ? name : "NetworkError";
  const detail = type === "AbortError" ? "The request was canceled" : "The service could not be reached";
  return new ApiError({ status: 0, type, detail, cause, isTransient: type !== "AbortError" });
}

// src/platform.ts
var PLATFORM = {
  // Looked up at each call, because tools replace the global function.
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  monotonic: () => typeof performance === "undefined" ? Date.now() : performance.now(),
  schedule: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  }
};
function wait({ schedule }, milliseconds) {
  return new Promise((resolve) => schedule(resolve, milliseconds));
}
function withDeadline(work, { environment, timeout, signal }) {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const stop = (reason) => {
      controller.abort(reason);
      reject(reason);
    };
    const abort = () => stop(signal?.reason ?? named("AbortError"));
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort);
    const cancel = timeout === void 0 ? void 0 : environment?.schedule(() => stop(named("TimeoutError")), timeout);
    work(controller.signal).then(resolve, reject).finally(() => {
      cancel?.();
      signal?.removeEventListener("abort", abort);
    });
  });
}
function named(name) {
  return Object.assign(new Error(name), { name });
}
function report(error) {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}
function attempt(work) {
  try {
    return work();
  } catch {
    return void 0;
  }
}
function createBackoff(clock, first, longest) {
  let failures = 0;
  let end = 0;
  return {
    isPaused: () => clock() < end,
    fail(least = 0) {
      end = clock() + Math.min(Math.max(first * 2 ** failures, least), longest);
      failures += 1;
    },
    reset() {
      failures = end = 0;
    }
  };
}

// src/api.ts
var FIRST_PAUSE_MS = 1e3;
var LONGEST_PAUSE_MS = 12e4;
var NEVER_PAUSED = ["logout", "refresh-token"];
var Api = class {
  #url;
  #environment;
  #options;
  #cookie;
  timeout;
  #paused = /* @__PURE__ */ new Map();
  constructor(url, environment, options, cookie) {
    if (!/^https?:\/\/[^/]/i.test(url)) throw new TypeError(`Invalid base URL: ${url}`);
    this.#url = url.replace(/\/+$/, "").replace(/\/api\/auth$/, "");
    this.#environment = environment;
    this.#options = options;
    this.#cookie = cookie;
    this.timeout = options.timeout ?? 31e3;
  }
  /** Sends a request to `route`. After a transient failure, blocks the route for `Retry-After`. */
  async call(route, request = {}) {
    const start = this.#environment.monotonic();
    const paused = this.#paused.get(route);
    if (paused && start < paused.until)
      return failure(new ApiError({ ...paused.error, retryAfter: Math.ceil((paused.retryAt - start) / 1e3) }));
    const result = await this.#send(route, request);
    const end = this.#environment.monotonic();
    const error = result.ok ? void 0 : result.error;
    this.debug(`request ${route}`, { status: error?.status ?? 200, type: error?.type, milliseconds: end - start });
    if (error?.isTransient && !NEVER_PAUSED.includes(route)) {
      const pause = (error.retryAfter ?? 0) * 1e3 || FIRST_PAUSE_MS;
      this.#paused.set(route, { until: end + Math.min(pause, LONGEST_PAUSE_MS), retryAt: end + pause, error });
    }
    return result;
  }
  /** Writes a message to the logger of the program. */
  debug(message, details) {
    this.#options.debug?.(message, details);
  }
  async #send(route, { body, token, keepalive, timeout, signal, ...request }) {
    const { fetch: fetch2 } = this.#environment;
    const { headers } = this.#options;
    try {
      return await withDeadline(
        async (signal2) => {
          const response = await fetch2(`${this.#url}/api/auth/${route}`, {
            method: body ? "POST" : "GET",
            headers: {
              ...typeof headers === "function" ? headers() : headers,
              ...request.headers,
              ...body && { "content-type": "application/json" },
              ...token && { authorization: `Bearer ${token}` }
            },
            body: body ? JSON.stringify(body) : null,
            credentials: "omit",
            // Credentials must not follow a redirect. Cloudflare Workers do not know `error`.
            redirect: "manual",
            ...keepalive && { keepalive },
            ...supportsCache() && { cache: "no-store" },
            signal: signal2,
            ...this.#cookie?.requestInit(route, body)
          });
          const answer = parse(await response.text());
          return response.ok && answer ? success(answer) : failure(this.#error(response, answer ?? {}));
        },
        { environment: this.#environment, timeout: timeout ?? this.timeout, signal }
      );
    } catch (cause) {
      return failure(noResponse(cause));
    }
  }
  #error({ status, headers }, { detail, message }) {
    const header = (name) => headers.get(name) ?? void 0;
    const type = header("x-amzn-errortype");
    const text = [detail, message].find((text2) => typeof text2 === "string");
    return new ApiError({
      ...invalidResponse(status),
      ...text !== void 0 && { type, detail: text },
      ...type !== void 0 && { type },
      requestId: header("x-request-id") ?? header("apigw-requestid"),
      retryAfter: this.#seconds(header("retry-after")),
      // What has neither header nor `detail` comes from a proxy or from API Gateway, and says nothing about the request.
      isTransient: status === 429 || status < 400 || status >= 500 || !(type || typeof detail === "string")
    });
  }
  /** Parses `Retry-After`, which is a number of seconds or a date. */
  #seconds(retryAfter) {
    if (retryAfter === void 0) return void 0;
    const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : Math.ceil((Date.parse(retryAfter) - this.#environment.now()) / 1e3);
    return seconds >= 0 ? seconds : void 0;
  }
};
function supportsCache() {
  return typeof Request === "function" && "cache" in Request.prototype;
}
function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : void 0;
  } catch {
    return void 0;
  }
}

// src/events.ts
var Listeners = class {
  #entries = /* @__PURE__ */ new Set();
  get size() {
    return this.#entries.size;
  }
  /** Adds a listener. One function may be added more than once. */
  add(listener) {
    const entry = { listener };
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }
  /** Calls the listeners. */
  emit(...change) {
    for (const { listener } of this.#entries) void guard(listener, ...change);
  }
};
async function guard(listener, ...change) {
  try {
    await listener(...change);
  } catch (error) {
    report(error);
  }
}

// src/store.ts
function openStore(storage) {
  let session;
  let endedId;
  let loading;
  let written = Promise.resolve();
  let isUnreadable = false;
  const loaded = load();
  const isAsync = isPromise(loaded);
  if (isAsync)
    loading = loaded.then((value) => {
      accept(value);
      loading = void 0;
    });
  function load() {
    try {
      const loaded2 = storage.load();
      return isPromise(loaded2) ? loaded2.catch(ignore) : loaded2;
    } catch (error) {
      return ignore(error);
    }
  }
  function ignore(error) {
    if (!isUnreadable) report(error);
    isUnreadable = true;
  }
  function accept(value) {
    const user = session?.user;
    session = validate(value);
    endedId = session ? void 0 : value?.id;
    if (session && user && isEqual(session.user, user)) session = { ...session, user };
  }
  function write(change) {
    if (!isAsync) return change();
    const changed = written.then(change);
    written = changed.catch(() => {
    });
    return changed;
  }
  function current() {
    if (!isAsync) accept(load());
    return session;
  }
  async function reload2() {
    if (isAsync) {
      const last = written;
      await last;
      const value = await load();
      if (written === last) accept(value);
    }
    return current();
  }
  function save(value) {
    accept(value);
    return write(() => storage.save(value));
  }
  function saveEnd({ id, remember }) {
    return save({ id, remember, refreshToken: "", user: {} });
  }
  function clear() {
    accept(void 0);
    return write(() => storage.clear());
  }
  return {
    isAsync,
    /** Resolves when an asynchronous storage is loaded. Undefined afterwards, and for other storages. */
    loading: () => loading,
    /** Id of the stored session, if it ended because its refresh failed, in any tab, and not by a sign-out. */
    endedId: () => endedId,
    current,
    reload: reload2,
    save,
    saveEnd,
    clear
  };
}
function isEqual(user, other) {
  return JSON.stringify(user) === JSON.stringify(other);
}
function isPromise(value) {
  return typeof value?.then === "function";
}
function validate(stored) {
  return stored?.id && stored.accessToken && stored.refreshToken && stored.user?.user_id ? stored : void 0;
}

// src/session.ts
var REFRESH_MARGIN = 0.1;
var LONGEST_REFRESH_MARGIN_MS = 6e4;
var RETRY_DELAY_MS = 1e3;
var CROSS_TAB_GRACE_MS = 1e3;
var NOT_SIGNED_IN = "No user is signed in";
function manageSession(api, environment, storage) {
  const { monotonic, now } = environment;
  const { cookie } = storage;
  cookie?.connect(environment, requestTokens, createSession, revoke);
  const { current, loading, reload: reload2, save, saveEnd, clear, endedId, isAsync } = openStore(storage);
  const changes = new Listeners();
  const events = new Listeners();
  let unsubscribe;
  let announced;
  let startedId;
  let end;
  let lastAction = 0;
  let refreshing;
  let known;
  const revocations = /* @__PURE__ */ new Map();
  let lastSignOut;
  void loading()?.then(() => {
    announced = current();
    changes.emit();
  });
  function subscribe(listener) {
    return listen(changes, listener);
  }
  function onAuthStateChange(listener) {
    let stop = () => {
      stop = void 0;
    };
    void Promise.resolve(loading()).then(() => {
      if (!stop) return;
      stop = listen(events, listener);
      const session = current();
      void guard(listener, { type: "INITIAL_SESSION", user: session?.user }, session);
    });
    return () => stop?.();
  }
  function listen(listeners, listener) {
    if (changes.size + events.size === 0) {
      announced = current();
      unsubscribe = storage.subscribe?.(() => void changedElsewhere());
    }
    const remove = listeners.add(listener);
    return () => {
      remove();
      if (changes.size + events.size === 0) unsubscribe?.();
    };
  }
  function begin() {
    return ++lastAction;
  }
  async function signedIn(tokens, remember, action) {
    if (loading()) await loading();
    const previous = current();
    const refreshToken = isValid(tokens) && (tokens.refresh_token || cookie?.token || isSameUser(previous, tokens) && previous.refreshToken);
    if (!refreshToken) return failure(invalidResponse(200));
    if (action !== lastAction) {
      revoke(refreshToken);
      return failure(
        new ApiError({ status: 0, type: "Superseded", detail: "Another sign-in or sign-out was started" })
      );
    }
    const session = createSession(tokens, refreshToken, { id: randomId(), remember });
    startedId = session.id;
    let elsewhere;
    try {
      elsewhere = save(session);
      if (isPromise(elsewhere)) elsewhere = await elsewhere;
    } catch (error) {
      revoke(refreshToken);
      throw error;
    }
    announce();
    for (const replaced of [previous, elsewhere])
      if (replaced && replaced.refreshToken !== refreshToken) revoke(replaced.refreshToken);
    return success(tokens.user);
  }
  async function signOut(everywhere, options) {
    begin();
    if (loading()) await loading();
    const session = current();
    if (session) {
      const { accessToken, refreshToken } = session;
      lastSignOut = { accessToken, refreshToken, everywhere };
      revocations.set(refreshToken, lastSignOut);
      end = { type: "SIGNED_OUT", cause: "signOut" };
      const cleared = writeSafely(clear);
      if (cleared) await cleared;
      announce();
    } else if (everywhere && lastSignOut) lastSignOut.everywhere = true;
    return sendRevocations(options);
  }
  async function validSession({
    forceRefresh = false,
    signal
  }) {
    if (loading()) await loading();
    const session = current();
    if (!session) return notSignedIn();
    if (!forceRefresh && isFresh(session)) return success(session);
    const refreshed2 = await refresh(session, signal);
    const isUsable = !forceRefresh && isSame(current(), session) && now() < session.expiresAt;
    return !refreshed2.ok && isUsable && !signal?.aborted ? success(session) : refreshed2;
  }
  async function refresh(stale, signal) {
    const before = current();
    if (!isSameUser(before, stale)) return notSignedIn();
    if (isNewer(before, stale)) return success(before);
    const { pause, error } = memoryOf(before);
    if (error && pause.isPaused()) return failure(error);
    if (refreshing?.id !== before.id) {
      const result = startRefresh(before).finally(() => {
        if (refreshing?.result === result) refreshing = void 0;
      });
      refreshing = { id: before.id, result };
    }
    return shared(refreshing.result, signal);
  }
  async function updated(profile) {
    const session = current();
    if (session?.user.user_id !== profile.user_id) return;
    const fields = Object.keys(session.user);
    const user = Object.fromEntries(fields.map((field) => [field, profile[field]]));
    if (isEqual(user, session.user)) return;
    await writeSafely(() => save({ ...session, user }));
    announce();
  }
  function memoryOf({ id }) {
    if (known?.id !== id)
      known = {
        id,
        pause: createBackoff(monotonic, FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
        rejections: /* @__PURE__ */ new Map()
      };
    return known;
  }
  async function startRefresh(stale) {
    const work = async () => {
      const before = await reload2();
      if (!isSameUser(before, stale)) return notSignedIn();
      if (isNewer(before, stale)) return success(before);
      return refreshed(before, await requestTokens(before));
    };
    const result = await (storage.lock?.(work) ?? work());
    announce();
    if (!result.ok && isSame(announced, stale)) emit({ type: "TOKEN_REFRESH_FAILED", error: result.error });
    return result;
  }
  async function requestTokens({ refreshToken }) {
    const deadline = monotonic() + api.timeout;
    const send2 = async () => {
      const request = { body: { refresh_token: refreshToken }, timeout: deadline - monotonic() };
      const response2 = await api.call("refresh-token", request);
      return response2.ok && !isValid(response2.value) ? failure(invalidResponse(200)) : response2;
    };
    let response = await send2();
    if (errorOf(response)?.type === "NetworkError") {
      await wait(environment, RETRY_DELAY_MS);
      response = await send2();
    }
    if (errorOf(response)?.type === "RefreshTokenReuseException") {
      storage.requestUpdate?.();
      await wait(environment, CROSS_TAB_GRACE_MS);
    }
    return response;
  }
  async function refreshed(before, response) {
    const after = await reload2();
    const newToken = response.ok && (response.value.refresh_token || cookie?.token);
    const isInUse = newToken === after?.refreshToken;
    if (!isSame(after, before) && endedId() !== before.id) {
      if (newToken && !isInUse) revoke(newToken);
      return isSameUser(after, before) ? success(after) : notSignedIn();
    }
    if (after && after.accessToken !== before.accessToken) return success(after);
    const memory = memoryOf(before);
    memory.error = errorOf(response);
    if (response.ok) {
      memory.pause.reset();
      const kept = isSameUser(before, response.value) ? before : { id: randomId(), remember: true };
      const session = createSession(response.value, newToken || before.refreshToken, kept);
      await writeSafely(() => save(session));
      return success(session);
    }
    if (isEnd(response.error)) {
      end = { type: "SIGNED_OUT", cause: "sessionEnded", error: response.error };
      await writeSafely(() => saveEnd(before));
    } else {
      memory.pause.fail((response.error.retryAfter ?? 0) * 1e3);
      if (response.error.type === "NetworkError") retryOnReconnect(before, memory);
    }
    return response;
  }
  function retryOnReconnect(session, memory) {
    if (typeof document === "undefined") return;
    const { error } = memory;
    const retry = () => {
      if (document.visibilityState === "hidden") return;
      removeEventListener("online", retry);
      removeEventListener("visibilitychange", retry);
      if (memory.error !== error || !isSame(current(), session)) return;
      memory.error = void 0;
      void refresh(session);
    };
    addEventListener("online", retry);
    addEventListener("visibilitychange", retry);
  }
  function revoke(refreshToken) {
    revocations.set(refreshToken, { refreshToken });
    void sendRevocations({});
  }
  async function sendRevocations(options) {
    const sent = [...revocations.values()].map((revocation) => revocation.sending ??= send(revocation, options));
    const results = await Promise.all(sent);
    return results.find(({ ok }) => !ok) ?? results[0] ?? success({ message: NOT_SIGNED_IN });
  }
  async function send(revocation, options) {
    const { refreshToken, accessToken: token, everywhere = false } = revocation;
    const body = { refresh_token: refreshToken, everywhere };
    const result = await api.call("logout", { ...options, body, token, keepalive: true });
    revocation.sending = void 0;
    const error = errorOf(result);
    if (!error?.isTransient && error?.type !== "AbortError") revocations.delete(refreshToken);
    return result;
  }
  function isFresh({ expiresAt, lifetime }) {
    return now() < expiresAt - Math.min(lifetime * REFRESH_MARGIN, LONGEST_REFRESH_MARGIN_MS);
  }
  function isNewer(session, stale) {
    return session.accessToken !== stale.accessToken && isFresh(session);
  }
  function createSession(tokens, refreshToken, { id, remember }) {
    const { access_token: accessToken, expires_in, user } = tokens;
    const lifetime = expires_in * 1e3;
    return { id, accessToken, refreshToken, user, expiresAt: now() + lifetime, lifetime, remember };
  }
  async function changedElsewhere() {
    if (isAsync) await reload2();
    announce();
  }
  function announce() {
    const before = announced;
    const session = current();
    announced = session;
    const found = [];
    if (before && !session) found.push(end ?? { type: "SIGNED_OUT", cause: "otherTab" });
    end = void 0;
    if (session && session.id !== before?.id) {
      if (before && !isSameUser(session, before)) found.push({ type: "SIGNED_OUT", cause: "replaced" });
      found.push({ type: "SIGNED_IN", cause: session.id === startedId ? "signIn" : "otherTab" });
    } else if (before && session) {
      if (before.accessToken !== session.accessToken) found.push({ type: "TOKEN_REFRESHED" });
      if (!isEqual(before.user, session.user)) found.push({ type: "USER_UPDATED" });
    }
    if (found.length > 0) changes.emit();
    for (const change of found) emit(change);
  }
  function emit(change) {
    const { type, cause, error } = change;
    const session = cause === "replaced" ? void 0 : current();
    api.debug(type, { cause, error: error?.type });
    events.emit({ ...change, user: session?.user }, session);
  }
  return {
    current,
    loading,
    subscribe,
    onAuthStateChange,
    begin,
    signedIn,
    signOut,
    validSession,
    refresh,
    updated,
    memoryOf
  };
}
function writeSafely(write) {
  try {
    const changed = write();
    return isPromise(changed) ? changed.catch(report) : void 0;
  } catch (error) {
    report(error);
    return void 0;
  }
}
function shared(result, signal) {
  return signal ? withDeadline(() => result, { signal }).catch((cause) => failure(noResponse(cause))) : result;
}
function errorOf(result) {
  return result.ok ? void 0 : result.error;
}
function isSame(session, other) {
  return session !== void 0 && session.id === other?.id;
}
function isSameUser(session, other) {
  return session?.user.user_id === other.user.user_id;
}
function isEnd({ status, isTransient }) {
  return status === 401 && !isTransient;
}
function isValid(tokens) {
  return Boolean(tokens.access_token && tokens.user?.user_id && tokens.expires_in > 0);
}
function notSignedIn() {
  return failure(new ApiError({ status: 401, type: "NotSignedIn", detail: NOT_SIGNED_IN }));
}
function randomId() {
  return Math.random().toString(36).slice(2);
}

// src/storage.ts
var LOCK_TIMEOUT_MS = 5e3;
var UNCONTENDED_LOCK_MS = 20;
var STORAGE_DELAY_MS = 100;
var SIGNED_OUT = "null";
function memoryStorage() {
  let session;
  const listeners = /* @__PURE__ */ new Set();
  const set = (value) => {
    session = value;
    for (const listener of listeners) listener();
  };
  return {
    load: () => session,
    save: (saved) => set(saved),
    clear: () => set(void 0),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    }
  };
}
function browserStorage(key = "sign-in") {
  if (typeof window === "undefined") return serverStorage();
  const fallback = memoryStorage();
  const listeners = /* @__PURE__ */ new Set();
  const channel = window.BroadcastChannel && new window.BroadcastChannel(key);
  const post = (message) => channel?.postMessage(message);
  if (channel) {
    channel.unref?.();
    channel.onmessage = ({ data }) => {
      attempt(() => receive(data));
      for (const listener of listeners) listener();
    };
  }
  function receive({ id, text }) {
    const own = sessionStorage.getItem(key);
    const copy = parse2(own);
    if (!id || copy?.id !== id || text === own) return;
    if (text === void 0) post({ id, text: own });
    else if (text === null) sessionStorage.setItem(key, SIGNED_OUT);
    else if (parse2(text).expiresAt > copy.expiresAt) sessionStorage.setItem(key, text);
  }
  return {
    load() {
      const text = attempt(() => sessionStorage.getItem(key) ?? localStorage.getItem(key));
      return parse2(text ?? null) ?? fallback.load();
    },
    save(session) {
      void fallback.clear();
      const text = JSON.stringify(session);
      let replaced;
      try {
        const own = sessionStorage.getItem(key);
        const copied = parse2(own)?.id;
        if (copied && copied !== session.id) post({ id: copied, text: null });
        if (session.remember) {
          if (own !== null) replaced = parse2(localStorage.getItem(key));
          localStorage.setItem(key, text);
          sessionStorage.removeItem(key);
        } else {
          sessionStorage.setItem(key, text);
          if (own === null) localStorage.removeItem(key);
        }
      } catch {
        remove();
        void fallback.save(session);
      }
      post(session.remember ? {} : { id: session.id, text });
      return replaced;
    },
    clear() {
      void fallback.clear();
      const id = remove();
      post({ id, text: null });
    },
    subscribe(listener) {
      const changed = (event) => {
        if (event.key === key || event.key === null) listener();
      };
      listeners.add(listener);
      window.addEventListener?.("storage", changed);
      return () => {
        listeners.delete(listener);
        window.removeEventListener?.("storage", changed);
      };
    },
    requestUpdate() {
      attempt(() => post({ id: parse2(sessionStorage.getItem(key))?.id }));
    },
    lock: (work) => withLock(key, work)
  };
  function remove() {
    return attempt(() => {
      const own = sessionStorage.getItem(key);
      if (own === null) localStorage.removeItem(key);
      else if (localStorage.getItem(key) === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, SIGNED_OUT);
      return parse2(own)?.id;
    });
  }
}
function serverStorage() {
  return {
    load: () => void 0,
    save() {
      throw new Error("On a server, use createServerClient().");
    },
    clear() {
    }
  };
}
function withLock(name, work) {
  if (!globalThis.navigator?.locks) return work();
  const start = Date.now();
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), LOCK_TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    const run = async () => {
      clearTimeout(timer);
      if (Date.now() - start > UNCONTENDED_LOCK_MS)
        await new Promise((resolve2) => setTimeout(resolve2, STORAGE_DELAY_MS));
      await work().then(resolve, reject);
    };
    void navigator.locks.request(name, { signal: waiting.signal }, run).catch(run);
  });
}
function parse2(text) {
  return attempt(() => JSON.parse(text ?? "null") ?? void 0);
}

// src/client.ts
var PROFILE_TTL_MS = 5e3;
var REJECTION_PAUSE_MS = 1e4;
var LONGEST_REJECTION_PAUSE_MS = 36e5;
var Client = class {
  #api;
  #environment;
  #manager;
  #options;
  /**
   * Calls a listener with the events of the session, also of other tabs, beginning with `INITIAL_SESSION`. Returns a
   * function to unsubscribe.
   */
  onAuthStateChange;
  /** Calls a listener when {@link user} may have changed, for `useSyncExternalStore`. Returns a function to unsubscribe. */
  subscribe;
  /** Creates a client of the API at `url`, such as `https://api.example.org`. */
  constructor(url, options = {}) {
    const {
      fetch: fetch2 = PLATFORM.fetch,
      now = PLATFORM.now,
      monotonic = PLATFORM.monotonic,
      schedule = PLATFORM.schedule,
      storage = memoryStorage()
    } = options;
    this.#environment = { fetch: fetch2, now, monotonic, schedule };
    this.#options = options;
    this.#api = new Api(url, this.#environment, options, storage.cookie);
    this.#manager = manageSession(this.#api, this.#environment, storage);
    this.onAuthStateChange = this.#manager.onAuthStateChange;
    this.subscribe = this.#manager.subscribe;
  }
  /** The signed-in user. Sends no request. */
  get user() {
    return this.#manager.current()?.user;
  }
  /** Whether an asynchronous storage is still being loaded, and {@link user} is not known. */
  get isLoading() {
    return this.#manager.loading() !== void 0;
  }
  /** Starts a sign-in, and returns a function that keeps its tokens unless a later sign-in or sign-out was started. */
  beginSignIn = () => {
    const action = this.#manager.begin();
    return (tokens, remember = false) => this.#manager.signedIn(tokens, remember, action);
  };
  /** Keeps the tokens of a sign-in that the program made itself. Rejects tokens without a refresh token. */
  keep = async (tokens, remember = false) => {
    const kept = await this.beginSignIn()(tokens, remember);
    if (!kept.ok) throw kept.error;
  };
  /** Returns a valid access token. Refreshes it if it expires soon, or with `forceRefresh` now. */
  accessToken = async (options = {}) => {
    const session = await this.#manager.validSession(options);
    return session.ok ? success(session.value.accessToken) : session;
  };
  /** Calls a route without an access token: POST, or GET without a `body`. */
  call = (route, body, options) => this.#api.call(route, { ...options, body });
  /** Calls a route with the access token of the signed-in user: POST, or GET without a `body`. */
  callSignedIn = async (route, body, options) => {
    const response = await this.#withToken(
      "",
      (token) => this.#api.call(route, { ...options, body, token }),
      (response2) => !response2.ok && isEnd(response2.error),
      options?.signal
    );
    return response.ok ? response.value : response;
  };
  /**
   * `fetch` with the user's access token, for your own API. If no user is signed in, sends the request without a token.
   * Rejects like `fetch`, and with an `ApiError` if the token cannot be refreshed because of a transient failure.
   */
  fetch = async (input, init) => {
    const { fetch: fetch2 } = this.#environment;
    const request = typeof Request === "function" && input instanceof Request ? input : void 0;
    const url = new URL(request?.url ?? String(input), this.#options.baseUrl ?? globalThis.location?.href);
    if (this.#options.allowedOrigins?.includes(url.origin) === false)
      throw new TypeError(`${url.origin} is not one of allowedOrigins`);
    let last;
    const send = async (token) => {
      const headers = new Headers(init?.headers ?? request?.headers);
      if (token) headers.set("authorization", `Bearer ${token}`);
      void last?.body?.cancel().catch(() => {
      });
      last = await fetch2(request?.clone() ?? url.href, { ...init, headers });
      return last;
    };
    const isStream = typeof ReadableStream === "function" && init?.body instanceof ReadableStream;
    const signal = init?.signal ?? request?.signal;
    const response = await this.#withToken(url.origin, send, ({ status }) => status === 401 && !isStream, signal);
    if (response.ok) return response.value;
    if (signal?.aborted) throw signal.reason ?? response.error;
    if (!isEnd(response.error)) throw response.error;
    return last ?? send();
  };
  /**
   * Returns the user's profile from the service. Reuses the result for five seconds, so that pages cannot cause request
   * loops. With `forceRefresh` requests it now, as after a change.
   */
  me = async ({ signal, forceRefresh } = {}) => {
    await this.#manager.loading();
    const session = this.#manager.current();
    if (!session) return notSignedIn();
    const memory = this.#manager.memoryOf(session);
    const clock = this.#environment.monotonic;
    if (forceRefresh || !memory.profile || clock() >= memory.profile.until) {
      const request = async () => {
        const result = await this.callSignedIn("me");
        const isLatest = memory.profile.until === Infinity;
        profile.until = clock() + PROFILE_TTL_MS;
        if (!result.ok) return result;
        if (!result.value.user_id) return failure(invalidResponse(200));
        if (isLatest) await this.#manager.updated(result.value);
        return result;
      };
      const profile = { until: Infinity, result: request() };
      memory.profile = profile;
    }
    return shared(memory.profile.result, signal);
  };
  /**
   * Signs out, with `everywhere` on all devices. Deletes the local session first, also if the service cannot be reached.
   * After an error, call it again to revoke the token.
   */
  signOut = ({ everywhere = false, signal, headers } = {}) => this.#manager.signOut(everywhere, { signal, headers });
  /** Sends a request with the token. If the token is rejected, refreshes it and retries once. */
  async #withToken(origin, send, isRejected, signal) {
    const session = await this.#manager.validSession({ signal });
    if (!session.ok) return session;
    const { rejections } = this.#manager.memoryOf(session.value);
    const first = await send(session.value.accessToken);
    if (!isRejected(first)) {
      rejections.delete(origin);
      return success(first);
    }
    const pause = rejections.get(origin) ?? createBackoff(this.#environment.monotonic, REJECTION_PAUSE_MS, LONGEST_REJECTION_PAUSE_MS);
    if (pause.isPaused()) return success(first);
    const renewed = await this.#manager.refresh(session.value, signal);
    if (!renewed.ok) return renewed;
    const second = await send(renewed.value.accessToken);
    if (isRejected(second)) {
      if (!pause.isPaused()) pause.fail();
      rejections.set(origin, pause);
    } else rejections.delete(origin);
    return success(second);
  }
};

// src/cookie.ts
var RESTORE_PAUSE_MS = 1e3;
var LONGEST_RESTORE_PAUSE_MS = 1e4;
var TOKEN = "cookie";
var ROUTES = /* @__PURE__ */ new Set([
  "login",
  "complete-password-change",
  "answer-challenge",
  "complete-federated-login",
  "refresh-token",
  "logout"
]);
function cookieStorage(key = "sign-in") {
  if (typeof window === "undefined") return serverStorage();
  let session;
  let restored;
  let changes = 0;
  const listeners = /* @__PURE__ */ new Set();
  let connection;
  const channel = window.BroadcastChannel && new window.BroadcastChannel(`${key}-cookie`);
  if (channel) {
    channel.unref?.();
    channel.onmessage = ({ data }) => {
      const { user_id } = data?.user ?? {};
      const isSame2 = session && (!user_id || user_id === session.user.user_id);
      set(data ? { ...data, id: isSame2 ? session.id : data.id } : void 0);
      for (const listener of listeners) listener();
    };
  }
  function set(value) {
    session = value;
    changes += 1;
  }
  function change(value) {
    set(value);
    remember(Boolean(value?.refreshToken));
    channel?.postMessage(value ?? null);
  }
  function remember(isSignedIn) {
    attempt(() => isSignedIn ? localStorage.setItem(key, TOKEN) : localStorage.removeItem(key));
  }
  function mayBeSignedIn() {
    return attempt(() => localStorage.getItem(key)) !== null;
  }
  async function restore() {
    if (!mayBeSignedIn()) return;
    const start = changes;
    const [environment, requestTokens, createSession, revoke] = connection;
    for (let failures = 0; ; failures += 1) {
      const result = await withLock(key, () => requestTokens({ refreshToken: TOKEN }));
      if (changes !== start) {
        if (result.ok && !session) revoke(TOKEN);
        return;
      }
      if (result.ok) {
        session = createSession(result.value, TOKEN, { id: result.value.user.user_id, remember: true });
        return;
      }
      const { error } = result;
      const isReplaced = error.type === "RefreshTokenReuseException" && failures === 0;
      if (!error.isTransient && !isReplaced) {
        if (isEnd(error)) remember(false);
        else report(error);
        return;
      }
      const pause = Math.max(RESTORE_PAUSE_MS * 2 ** failures, (error.retryAfter ?? 0) * 1e3);
      await wait(environment, Math.min(pause, LONGEST_RESTORE_PAUSE_MS));
      if (changes !== start) return;
    }
  }
  return {
    cookie: {
      token: TOKEN,
      connect: (...to) => {
        connection = to;
      },
      requestInit: (route, body) => ROUTES.has(route) ? { credentials: "include", body: JSON.stringify({ ...body, cookie: true, refresh_token: void 0 }) } : void 0
    },
    async load() {
      restored ??= restore();
      await restored;
      return session;
    },
    save: (value) => change(value),
    clear: () => change(void 0),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lock: (work) => withLock(key, work)
  };
}

// src/base64url.ts
function toBase64Url(buffer) {
  const text = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// src/federated.ts
var KEY = "sign-in-provider-";
var ABANDONED_MS = 36e5;
async function signInWithProvider(client, provider, { redirectUri = defaultUri(), reauthenticate, loginHint, remember = false, ...options } = {}) {
  const state = random();
  const pending = { verifier: random(), redirectUri, remember, startedAt: Date.now() };
  attempt(deleteAbandoned);
  let challenge2;
  try {
    challenge2 = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pending.verifier));
    sessionStorage.setItem(KEY + state, JSON.stringify(pending));
  } catch (cause) {
    return failure(errorOf2("NotSupportedError", "This browser cannot sign in with a provider here", cause));
  }
  const request = {
    provider,
    redirect_uri: redirectUri,
    state,
    code_challenge: toBase64Url(challenge2),
    ...reauthenticate && { reauthenticate },
    ...loginHint && { login_hint: loginHint }
  };
  const started = await client.call("start-federated-login", request, options);
  if (started.ok) location.assign(started.value.url);
  else sessionStorage.removeItem(KEY + state);
  return started;
}
async function completeSignIn(client, url = location.href, options) {
  const query = new URL(url).searchParams;
  const [state, code, error] = [query.get("state"), query.get("code"), query.get("error")];
  if (state === null || code === null && error === null) return void 0;
  const pending = take(state);
  removeParameters(url);
  if (!pending) return failed(errorOf2("StateMismatch", "The sign-in was not started here, or it has ended"));
  if (code === null || error !== null) {
    const cause = new Error([error, query.get("error_description")].filter(Boolean).join(": "));
    return failed(errorOf2("ProviderError", "The sign-in with the provider was canceled or failed", cause));
  }
  const keep = client.beginSignIn();
  const { verifier, redirectUri, remember } = pending;
  const request = { code, code_verifier: verifier, redirect_uri: redirectUri };
  const result = await client.call("complete-federated-login", request, options);
  if (!result.ok) return failed(result.error);
  const kept = await keep(result.value, remember);
  return kept.ok ? { kind: "signed-in", user: kept.value } : failed(kept.error);
}
async function signOutWithRedirect(client, { redirectUri = defaultUri(), ...options } = {}) {
  const signedOut = await client.signOut(options);
  if (!signedOut.ok) return signedOut;
  const { signal, headers } = options;
  const result = await client.call("logout", { redirect_uri: redirectUri }, { signal, headers });
  const url = result.ok && result.value.logout_url;
  if (url) location.assign(url);
  return result;
}
function defaultUri() {
  return location.origin + location.pathname;
}
function random() {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)).buffer);
}
function take(state) {
  return attempt(() => {
    const stored = sessionStorage.getItem(KEY + state);
    sessionStorage.removeItem(KEY + state);
    return stored === null ? void 0 : JSON.parse(stored);
  });
}
function deleteAbandoned() {
  for (let index = sessionStorage.length; index-- > 0; ) {
    const key = sessionStorage.key(index);
    if (!key.startsWith(KEY)) continue;
    const { startedAt } = JSON.parse(sessionStorage.getItem(key));
    if (startedAt < Date.now() - ABANDONED_MS) sessionStorage.removeItem(key);
  }
}
function removeParameters(url) {
  if (url !== location.href) return;
  const cleaned = new URL(url);
  for (const name of ["code", "state", "error", "error_description"]) cleaned.searchParams.delete(name);
  history.replaceState(history.state, "", cleaned);
}
function failed(error) {
  return { kind: "failed", error };
}
function errorOf2(type, detail, cause) {
  return new ApiError({ status: 0, type, detail, cause });
}

// src/factors.ts
function factors(client, options) {
  return client.callSignedIn("factors", void 0, options);
}
function setUpTotp(client, account, options) {
  return client.callSignedIn("set-up-totp", { account }, options);
}
function verifyTotp(client, code, deviceName, options) {
  return client.callSignedIn("verify-totp", { code, device_name: deviceName }, options);
}
function preferFactor(client, preferred, options) {
  return client.callSignedIn("prefer-factor", { preferred }, options);
}
function disableFactor(client, factor, options) {
  return client.callSignedIn("prefer-factor", { disable: factor }, options);
}

// src/passkeys.ts
var MESSAGES = {
  AbortError: "The request was canceled",
  InvalidStateError: "This device already has a passkey for the account",
  NotAllowedError: "The passkey was canceled or not found",
  NotSupportedError: "This browser does not support passkeys",
  SecurityError: "Passkeys of this service do not work on this website's domain"
};
function supportsPasskeys() {
  return typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}
async function answerWithPasskey(step, options = {}) {
  const credential = await requestCredential(
    () => navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(step.passkey),
      ...options.signal && { signal: options.signal }
    })
  );
  if (credential.ok) return step.answer(credential.value, options);
  return { kind: "failed", error: credential.error, challenge: step };
}
async function addPasskey(client, options = {}) {
  if (!supportsPasskeys()) return failure(passkeyError(unsupported()));
  const started = await client.callSignedIn("start-passkey", {}, options);
  if (!started.ok) return started;
  const credential = await requestCredential(
    () => navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(started.value.passkey),
      ...options.signal && { signal: options.signal }
    })
  );
  if (!credential.ok) return credential;
  return client.callSignedIn("complete-passkey", { credential: { ...credential.value } }, options);
}
function passkeys(client, options) {
  return client.callSignedIn("passkeys", void 0, options);
}
function deletePasskey(client, credentialId, options) {
  return client.callSignedIn("delete-passkey", { credential_id: credentialId }, options);
}
async function requestCredential(request) {
  try {
    if (!supportsPasskeys()) throw unsupported();
    return success(serialize(await request()));
  } catch (cause) {
    return failure(passkeyError(cause));
  }
}
function unsupported() {
  return Object.assign(new Error("PublicKeyCredential is missing"), { name: "NotSupportedError" });
}
function passkeyError(cause) {
  const type = cause?.name ?? "Error";
  return new ApiError({ status: 0, type, detail: MESSAGES[type] ?? "The passkey was not used", cause });
}
function serialize(credential) {
  return attempt(() => credential.toJSON()) ?? serializeFields(credential);
}
function serializeFields(credential) {
  const response = {};
  const fields = credential.response;
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    const value = fields[name];
    if (value) response[name] = toBase64Url(value);
  }
  const transports = attempt(() => credential.response.getTransports());
  return {
    id: credential.id,
    rawId: toBase64Url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? void 0,
    clientExtensionResults: attempt(() => credential.getClientExtensionResults()) ?? {},
    response: { ...response, ...transports && { transports } }
  };
}

// src/sign-in.ts
function signIn(client, credentials, options) {
  const { username, password, remember = false } = credentials;
  const flow = {
    client,
    username,
    remember,
    restart: (changed, options2) => signIn(client, { ...credentials, password: changed ?? password }, options2)
  };
  return proceed(flow, () => client.call("login", { username, password }, options));
}
function startSignIn(client, credentials, options) {
  const { username, preferred, remember = false } = credentials;
  const flow = {
    client,
    username,
    remember,
    restart: (password, options2) => password === void 0 ? startSignIn(client, credentials, options2) : signIn(client, { username, password, remember }, options2)
  };
  return proceed(flow, () => client.call("start-login", { username, preferred }, options));
}
async function proceed(flow, send, answered) {
  const keep = flow.client.beginSignIn();
  const result = await send();
  if (!result.ok) return interrupted(flow, result.error) ?? failed2(result.error, answered);
  if ("challenge" in result.value) return challenge(flow, result.value);
  const kept = await keep(result.value, flow.remember);
  return kept.ok ? { kind: "signed-in", user: kept.value } : failed2(kept.error);
}
function failed2(error, answered) {
  const isOver = (error.status === 401 || error.status === 403) && !error.isTransient;
  return { kind: "failed", error, ...answered && !isOver && { challenge: answered } };
}
function interrupted({ client, username, restart }, { type }) {
  if (type === "UserNotConfirmedException") {
    const step = {
      kind: "CONFIRM_SIGN_UP",
      message: "Enter the code that confirms your account",
      sendCode: (options) => client.call("resend-code", { username }, options),
      answer: async (code, options) => {
        const confirmed = await client.call("confirm-sign-up", { username, code }, options);
        return confirmed.ok ? restart(void 0, options) : failed2(confirmed.error, step);
      }
    };
    return step;
  }
  if (type === "PasswordResetRequiredException") {
    const step = {
      kind: "RESET_PASSWORD",
      message: "You must reset your password",
      sendCode: (options) => client.call("forgot-password", { username }, options),
      answer: async (code, new_password, options) => {
        const reset = await client.call("reset-password", { username, code, new_password }, options);
        return reset.ok ? restart(new_password, options) : failed2(reset.error, step);
      }
    };
    return step;
  }
  return void 0;
}
function challenge(flow, response) {
  const { challenge: kind, session, username, message, delivery, totp } = response;
  const choices = response.choices ?? [];
  const send = (fields2, options) => {
    const body = { challenge: kind, session, username, ...fields2 };
    return proceed(flow, () => flow.client.call("answer-challenge", body, options), step);
  };
  const answer = (field) => (value, options) => send({ [field]: value }, options);
  const code = { delivery, answer: answer("code") };
  const steps = {
    NEW_PASSWORD_REQUIRED: {
      requiredAttributes: response.required_attributes ?? [],
      answer: (new_password, attributes, options) => {
        const body = { session, username, new_password, attributes };
        return proceed(flow, () => flow.client.call("complete-password-change", body, options), step);
      }
    },
    SOFTWARE_TOKEN_MFA: code,
    SMS_MFA: code,
    EMAIL_OTP: code,
    SMS_OTP: code,
    SELECT_MFA_TYPE: { choices, answer: answer("choice") },
    SELECT_CHALLENGE: {
      choices,
      answer: answer("choice"),
      answerPassword: (password, options) => send({ choice: "PASSWORD", password }, options)
    },
    PASSWORD: { answer: answer("password") },
    WEB_AUTHN: { passkey: response.passkey, answer: answer("credential") },
    MFA_SETUP: totp ? { totp, answer: (code2, device_name, options) => send({ code: code2, device_name }, options) } : {
      choices,
      setUpTotp: (account, options) => send({ choice: "SOFTWARE_TOKEN_MFA", account }, options),
      setUpEmail: (email, options) => send({ email }, options)
    }
  };
  const fields = steps[kind];
  if (!fields) return failed2(invalidResponse(200, `The challenge ${String(kind)} is not known to this client`));
  const step = { kind, message, ...fields };
  return step;
}
export {
  ApiError,
  Client,
  addPasskey,
  answerWithPasskey,
  browserStorage,
  changeEmail,
  changePassword,
  completeSignIn,
  confirmSignUp,
  cookieStorage,
  deleteAccount,
  deletePasskey,
  disableFactor,
  factors,
  forgotPassword,
  memoryStorage,
  passkeys,
  preferFactor,
  resendCode,
  resetPassword,
  sendEmailCode,
  setUpTotp,
  settings,
  signIn,
  signInWithProvider,
  signOutWithRedirect,
  signUp,
  startSignIn,
  supportsPasskeys,
  updateProfile,
  verifyEmail,
  verifyTotp
};
