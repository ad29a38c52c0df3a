"use server";

import { cookies } from "next/headers";
import { redirect } from "next/navigation";

import { clientOf } from "../../session";

/** What the form shows. A challenge goes through the browser, because the server keeps no state between requests. */
export interface State {
  message?: string;
  challenge?: { session: string; username: string };
}

async function actionClient() {
  const store = await cookies();
  return clientOf({
    getAll: () => store.getAll(),
    setAll: (all) => all.forEach(({ name, value, options }) => store.set(name, value, options)),
  });
}

export async function signIn({ challenge }: State, form: FormData): Promise<State> {
  const client = await actionClient();
  const field = (name: string) => String(form.get(name) ?? "");
  const result = challenge
    ? await client.call("answer-challenge", { challenge: "SOFTWARE_TOKEN_MFA", ...challenge, code: field("code") })
    : await client.call("login", { username: field("username"), password: field("password") });
  if (!result.ok) {
    const canRetry = result.error.status !== 401 && result.error.status !== 403;
    return { message: result.error.detail, ...(challenge && canRetry && { challenge }) };
  }
  if ("challenge" in result.value) {
    const { challenge: kind, message, session, username } = result.value;
    if (kind !== "SOFTWARE_TOKEN_MFA") return { message: `This page does not support ${kind}` };
    return { message, challenge: { session, username } };
  }
  await client.keep(result.value, form.has("remember"));
  redirect("/");
}

export async function signOut(): Promise<void> {
  await (await actionClient()).signOut();
  redirect("/sign-in");
}
