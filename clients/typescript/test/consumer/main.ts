// Program of a user of the package, which must compile with every supported version of TypeScript and every `lib`.

import {
  ApiError,
  type Challenge,
  Client,
  type Passkey,
  type Result,
  type Session,
  type Step,
  type Storage,
  type WebAuthnChallenge,
  addPasskey,
  answerWithPasskey,
  browserStorage,
  passkeys,
  signIn,
} from "@sign-in-service/client";
import { createServerClient } from "@sign-in-service/client/server";

const asynchronous: Storage = {
  load: () => Promise.resolve(undefined),
  save: async (session: Session) => void session.refreshToken,
  clear: () => Promise.resolve(),
};

export const client = new Client("https://api.example.org", { storage: browserStorage(), timeout: 5000 });
export const other = new Client("https://api.example.org", { storage: asynchronous, fetch: undefined });
export const server = createServerClient("https://api.example.org", { cookies: { getAll: () => [] } });

export async function submit(username: string, password: string): Promise<string> {
  const step: Step = await signIn(client, { username, password, remember: true });
  switch (step.kind) {
    case "signed-in":
      return step.user.name;
    case "failed":
      return step.error.type === "CodeMismatchException" ? "code" : step.error.detail;
    case "WEB_AUTHN":
      return (await withPasskey(step)).kind;
    case "MFA_SETUP":
      return step.totp ? step.totp.uri : step.choices.join();
    default:
      return step.message;
  }
}

export function withPasskey(step: WebAuthnChallenge): Promise<Step> {
  return answerWithPasskey(step);
}

export async function names(): Promise<string[]> {
  const listed = await passkeys(client);
  return listed.ok ? listed.value.passkeys.map((passkey: Passkey) => passkey.name ?? "") : [];
}

export const added: Promise<Result<{ message: string }>> = addPasskey(client);
export const sms = (step: Extract<Challenge, { kind: "SMS_MFA" }>): Promise<Step> => step.answer("123456");

client.onAuthStateChange((event, session) => {
  if (event.type === "SIGNED_OUT" && event.cause === "sessionEnded") throw event.error satisfies ApiError;
  return [event.user?.email, session?.accessToken];
});

export async function wrong(step: WebAuthnChallenge, found: Session): Promise<void> {
  // @ts-expect-error: a credential is an object.
  await step.answer(42);
  // @ts-expect-error: an object of other fields is no credential.
  await step.answer({ id: "credential" });
  // @ts-expect-error: no such step.
  if ((step as Step).kind === "SMS") return;
  // @ts-expect-error: the session is read-only.
  found.accessToken = "";
}
