import type { Client } from "./client.js";
import type { Answer } from "./contract.js";
import { ApiError, type Result, failure, success } from "./error.js";
import type { Passkey, Step } from "./sign-in.js";

/** Whether this browser has what passkeys need here. */
export function supportsPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}

/** Asks the browser for a passkey, and answers with it. A person who would rather not can be asked again. */
export async function answerWithPasskey(step: Passkey): Promise<Step> {
  const credential = await made(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(step.passkey) }));
  return credential.ok
    ? step.answer(credential.value)
    : { kind: "failed", error: credential.error, challenge: step };
}

/** Has the browser make a passkey, and adds it to the account. Wants a person who signed in just now. */
export async function addPasskey(client: Client): Promise<Result<Answer<"complete-passkey">>> {
  const started = await client.callSignedIn("start-passkey", {});
  if (!started.ok) return started;
  const passkey = started.value.passkey as unknown as PublicKeyCredentialCreationOptionsJSON;
  const credential = await made(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(passkey) }));
  return credential.ok ? client.callSignedIn("complete-passkey", { credential: credential.value }) : credential;
}

/** All passkeys of the person who is signed in. */
export function passkeys(client: Client): Promise<Result<Answer<"passkeys">>> {
  return client.callSignedIn("passkeys");
}

/** Removes a passkey. Wants a person who signed in just now. */
export function deletePasskey(client: Client, credentialId: string): Promise<Result<Answer<"delete-passkey">>> {
  return client.callSignedIn("delete-passkey", { credential_id: credentialId });
}

/** What the browser made, as JSON; that a person said no is no accident. */
async function made(ask: () => Promise<Credential | null>): Promise<Result<PublicKeyCredentialJSON>> {
  try {
    return success(((await ask()) as PublicKeyCredential).toJSON());
  } catch (cause) {
    return failure(new ApiError({ status: 0, type: (cause as Error).name, detail: "The passkey was not used" }));
  }
}
