import { Client, browserStorage, signIn } from "sign-in-client";

const client = new Client("https://api.example.org", { storage: browserStorage() });

export async function submit(username: string, password: string, show: (text: string) => void) {
  let step = await signIn(client, { username, password, remember: true });
  if (step.kind === "NEW_PASSWORD_REQUIRED") step = await step.answer(prompt(step.message) ?? "");
  if (step.kind === "SOFTWARE_TOKEN_MFA") step = await step.answer(prompt(step.message) ?? "");
  if (step.kind === "signed-in") show(`Hello ${step.user.name}`);
  if (step.kind === "failed") show(step.error.detail);
}
