import type { Client } from "./client.js";
import type { ResponseBody } from "./contract.js";
import { ApiError, type Result, failure, success } from "./error.js";
import type { Passkey, Step } from "./sign-in.js";

/** Whether the browser supports the passkey functions of this package. */
export function supportsPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}

/** Requests a passkey from the browser, and answers the challenge with it. The step can be retried if the user cancels. */
export async function answerWithPasskey(step: Passkey): Promise<Step> {
  const credential = await serializeCredential(() =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(step.passkey) }),
  );
  return credential.ok ? step.answer(credential.value) : { kind: "failed", error: credential.error, challenge: step };
}

/** Creates a passkey in the browser, and adds it to the account. Requires a recent sign-in. */
export async function addPasskey(client: Client): Promise<Result<ResponseBody<"complete-passkey">>> {
  const started = await client.callSignedIn("start-passkey", {});
  if (!started.ok) return started;
  const passkey = started.value.passkey as unknown as PublicKeyCredentialCreationOptionsJSON;
  const credential = await serializeCredential(() =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(passkey) }),
  );
  return credential.ok ? client.callSignedIn("complete-passkey", { credential: credential.value }) : credential;
}

/** Lists the passkeys of the signed-in user. */
export function passkeys(client: Client): Promise<Result<ResponseBody<"passkeys">>> {
  return client.callSignedIn("passkeys");
}

/** Removes a passkey. Requires a recent sign-in. */
export function deletePasskey(client: Client, credentialId: string): Promise<Result<ResponseBody<"delete-passkey">>> {
  return client.callSignedIn("delete-passkey", { credential_id: credentialId });
}

/** Serializes a credential of the browser. A canceled dialog is an expected error. */
async function serializeCredential(
  request: () => Promise<Credential | null>,
): Promise<Result<PublicKeyCredentialJSON>> {
  try {
    return success(((await request()) as PublicKeyCredential).toJSON());
  } catch (cause) {
    return failure(new ApiError({ status: 0, type: (cause as Error).name, detail: "The passkey was not used" }));
  }
}
