import { Client, browserStorage, signIn } from "@sign-in-service/client";

const client = new Client("https://api.example.org", { storage: browserStorage() });

/** Signs in, and returns a text for the user. `ask` shows a message and returns what the user enters. */
export async function submit(username: string, password: string, ask: (message: string) => Promise<string>) {
  let step = await signIn(client, { username, password, remember: true });
  for (;;) {
    switch (step.kind) {
      case "signed-in":
        return `Hello ${step.user.name}`;
      case "failed":
        // Without a challenge, the user must start again.
        if (!step.challenge) return step.error.detail;
        step = step.challenge;
        break;
      case "NEW_PASSWORD_REQUIRED":
      case "SOFTWARE_TOKEN_MFA":
      case "EMAIL_OTP":
        step = await step.answer(await ask(step.message));
        break;
      default:
        return `This page does not support ${step.kind}`;
    }
  }
}
