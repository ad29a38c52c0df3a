import type { CallOptions } from "./api.js";
import { toBase64Url } from "./base64url.js";
import type { Client } from "./client.js";
import type { ResponseBody } from "./contract.js";
import { ApiError, type Result, failure, success } from "./error.js";
import { attempt } from "./platform.js";
import type { Step, WebAuthnChallenge } from "./sign-in.js";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "./webauthn.js";

/** Messages for the errors of browsers: https://www.w3.org/TR/webauthn-3/#sctn-createCredential, #sctn-getAssertion. */
const MESSAGES: Record<string, string> = {
  AbortError: "The request was canceled",
  InvalidStateError: "This device already has a passkey for the account",
  NotAllowedError: "The passkey was canceled or not found",
  NotSupportedError: "This browser does not support passkeys",
  SecurityError: "Passkeys of this service do not work on this website's domain",
};

/** Whether the browser supports the passkey functions of this package. */
export function supportsPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}

/** Requests a passkey from the browser, and answers the challenge with it. The step can be retried if the user cancels. */
export async function answerWithPasskey(step: WebAuthnChallenge, options: CallOptions = {}): Promise<Step> {
  const credential = await requestCredential<AuthenticationResponseJSON>(() =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(step.passkey as never),
      ...(options.signal && { signal: options.signal }),
    }),
  );
  if (credential.ok) return step.answer(credential.value, options);
  return { kind: "failed", error: credential.error, challenge: step };
}

/** Creates a passkey in the browser, and adds it to the account. Requires a recent sign-in. */
export async function addPasskey(
  client: Client,
  options: CallOptions = {},
): Promise<Result<ResponseBody<"complete-passkey">>> {
  if (!supportsPasskeys()) return failure(passkeyError(unsupported()));
  const started = await client.callSignedIn("start-passkey", {}, options);
  if (!started.ok) return started;
  const credential = await requestCredential<RegistrationResponseJSON>(() =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(started.value.passkey as never),
      ...(options.signal && { signal: options.signal }),
    }),
  );
  if (!credential.ok) return credential;
  return client.callSignedIn("complete-passkey", { credential: { ...credential.value } }, options);
}

/** Lists the passkeys of the signed-in user. */
export function passkeys(client: Client, options?: CallOptions): Promise<Result<ResponseBody<"passkeys">>> {
  return client.callSignedIn("passkeys", undefined, options);
}

/** Removes a passkey. Requires a recent sign-in. */
export function deletePasskey(
  client: Client,
  credentialId: string,
  options?: CallOptions,
): Promise<Result<ResponseBody<"delete-passkey">>> {
  return client.callSignedIn("delete-passkey", { credential_id: credentialId }, options);
}

/** Requests a credential from the browser. A canceled dialog is an expected error. */
async function requestCredential<Json>(request: () => Promise<Credential | null>): Promise<Result<Json>> {
  try {
    if (!supportsPasskeys()) throw unsupported();
    return success(serialize((await request()) as PublicKeyCredential) as Json);
  } catch (cause) {
    return failure(passkeyError(cause));
  }
}

function unsupported(): Error {
  return Object.assign(new Error("PublicKeyCredential is missing"), { name: "NotSupportedError" });
}

function passkeyError(cause: unknown): ApiError {
  const type = (cause as Error | undefined)?.name ?? "Error";
  return new ApiError({ status: 0, type, detail: MESSAGES[type] ?? "The passkey was not used", cause });
}

/**
 * Serializes a credential. Those of some password managers are proxies, whose methods are missing or throw "Illegal
 * invocation".
 */
function serialize(credential: PublicKeyCredential): object {
  return attempt(() => credential.toJSON() as object) ?? serializeFields(credential);
}

function serializeFields(credential: PublicKeyCredential): object {
  const response: Record<string, unknown> = {};
  const fields = credential.response as unknown as Record<string, ArrayBuffer | undefined>;
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    const value = fields[name];
    if (value) response[name] = toBase64Url(value);
  }
  const transports = attempt(() => (credential.response as AuthenticatorAttestationResponse).getTransports());
  return {
    id: credential.id,
    rawId: toBase64Url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: attempt(() => credential.getClientExtensionResults()) ?? {},
    response: { ...response, ...(transports && { transports }) },
  };
}
