import type { CallOptions } from "./api.js";
import { toBase64Url } from "./base64url.js";
import type { Client, SignOutOptions } from "./client.js";
import type { ResponseBody } from "./contract.js";
import { ApiError, type ClientErrorType, type Result, failure } from "./error.js";
import { attempt } from "./platform.js";
import type { Failed, SignedIn } from "./sign-in.js";

/** Options of {@link signInWithProvider}. */
export interface ProviderSignInOptions extends CallOptions {
  /** URL of the page that calls {@link completeSignIn}. The service must allow it. Defaults to this page, without its query. */
  redirectUri?: string;
  /** Whether the user must authenticate again at the provider, as for functions that require a recent sign-in. */
  reauthenticate?: boolean;
  /** Email address or username for the provider's page. */
  loginHint?: string;
  /** Whether the session persists when the browser is closed, if the storage supports that. */
  remember?: boolean;
}

/** Prefix of keys in `sessionStorage`. Each tab has its own, and each sign-in its own key. */
const KEY = "sign-in-provider-";

/** Age at which the next start deletes a sign-in that the user has abandoned. */
const ABANDONED_MS = 3_600_000;

/** What a redirect needs to complete the sign-in. */
interface Pending {
  readonly verifier: string;
  readonly redirectUri: string;
  readonly remember: boolean;
  /** Time of day in milliseconds. */
  readonly startedAt: number;
}

/** Leaves the page to sign in with an identity provider, one of `providers` in the settings. Returns if that fails. */
export async function signInWithProvider(
  client: Client,
  provider: string,
  { redirectUri = defaultUri(), reauthenticate, loginHint, remember = false, ...options }: ProviderSignInOptions = {},
): Promise<Result<ResponseBody<"start-federated-login">>> {
  const state = random();
  const pending: Pending = { verifier: random(), redirectUri, remember, startedAt: Date.now() };
  attempt(deleteAbandoned);
  let challenge;
  try {
    challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pending.verifier));
    sessionStorage.setItem(KEY + state, JSON.stringify(pending));
  } catch (cause) {
    return failure(errorOf("NotSupportedError", "This browser cannot sign in with a provider here", cause));
  }
  const request = {
    provider,
    redirect_uri: redirectUri,
    state,
    code_challenge: toBase64Url(challenge),
    ...(reauthenticate && { reauthenticate }),
    ...(loginHint && { login_hint: loginHint }),
  };
  const started = await client.call("start-federated-login", request, options);
  if (started.ok) location.assign(started.value.url);
  else sessionStorage.removeItem(KEY + state);
  return started;
}

/**
 * Completes the sign-in after the redirect to this page, and removes its parameters from the address bar. Returns undefined
 * if `url`, by default the page's own, is not that of a redirect.
 */
export async function completeSignIn(
  client: Client,
  url: string = location.href,
  options?: CallOptions,
): Promise<SignedIn | Failed | undefined> {
  const query = new URL(url).searchParams;
  const [state, code, error] = [query.get("state"), query.get("code"), query.get("error")];
  // Without `state`, `code` is a parameter of the program, or of a sign-in that started at the provider (SAML).
  if (state === null || (code === null && error === null)) return undefined;
  // Before the first `await`, so that a second call does nothing.
  const pending = take(state);
  removeParameters(url);
  if (!pending) return failed(errorOf("StateMismatch", "The sign-in was not started here, or it has ended"));
  if (code === null || error !== null) {
    const cause = new Error([error, query.get("error_description")].filter(Boolean).join(": "));
    return failed(errorOf("ProviderError", "The sign-in with the provider was canceled or failed", cause));
  }
  const keep = client.beginSignIn();
  const { verifier, redirectUri, remember } = pending;
  const request = { code, code_verifier: verifier, redirect_uri: redirectUri };
  const result = await client.call("complete-federated-login", request, options);
  if (!result.ok) return failed(result.error);
  const kept = await keep(result.value, remember);
  return kept.ok ? { kind: "signed-in", user: kept.value } : failed(kept.error);
}

/**
 * Signs out, and leaves the page to end the session that Cognito keeps for providers: otherwise the next sign-in with a
 * provider needs no password. The browser returns to `redirectUri`. If the service does not allow it, the page stays.
 */
export async function signOutWithRedirect(
  client: Client,
  { redirectUri = defaultUri(), ...options }: SignOutOptions & { redirectUri?: string } = {},
): Promise<Result<ResponseBody<"logout">>> {
  const signedOut = await client.signOut(options);
  if (!signedOut.ok) return signedOut;
  const { signal, headers } = options;
  const result = await client.call("logout", { redirect_uri: redirectUri }, { signal, headers });
  const url = result.ok && result.value.logout_url;
  if (url) location.assign(url);
  return result;
}

function defaultUri(): string {
  return location.origin + location.pathname;
}

function random(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)).buffer);
}

/** Returns what is stored for `state`, and deletes it: each redirect is used once. */
function take(state: string): Pending | undefined {
  return attempt(() => {
    const stored = sessionStorage.getItem(KEY + state);
    sessionStorage.removeItem(KEY + state);
    return stored === null ? undefined : (JSON.parse(stored) as Pending);
  });
}

/** Deletes abandoned sign-ins only: after a double click, the redirect may be that of either start. */
function deleteAbandoned(): void {
  // Backward, because the deletion of an item moves those after it.
  for (let index = sessionStorage.length; index-- > 0;) {
    const key = sessionStorage.key(index)!;
    if (!key.startsWith(KEY)) continue;
    const { startedAt } = JSON.parse(sessionStorage.getItem(key)!) as Pending;
    if (startedAt < Date.now() - ABANDONED_MS) sessionStorage.removeItem(key);
  }
}

/** Removes the parameters of the redirect from the address bar and the history. */
function removeParameters(url: string): void {
  if (url !== location.href) return;
  const cleaned = new URL(url);
  for (const name of ["code", "state", "error", "error_description"]) cleaned.searchParams.delete(name);
  history.replaceState(history.state, "", cleaned);
}

function failed(error: ApiError): Failed {
  return { kind: "failed", error };
}

function errorOf(type: ClientErrorType, detail: string, cause?: unknown): ApiError {
  return new ApiError({ status: 0, type, detail, cause });
}
