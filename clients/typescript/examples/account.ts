import { type Client, changeEmail, deleteAccount, settings, verifyEmail } from "@sign-in-service/client";

/** Changes the user's email address, and returns a text for the user. `ask` shows a message and returns what the user enters. */
export async function submitEmail(client: Client, email: string, ask: (message: string) => Promise<string>) {
  const allowed = await settings(client);
  if (allowed.ok && !allowed.value.email_change) return "Please contact your administrator";

  // The old address stays in force until the code is verified.
  const sent = await changeEmail(client, email);
  if (!sent.ok) return messageOf(sent.error);
  let message = `We sent a code to ${sent.value.delivery?.Destination ?? email}`;
  for (;;) {
    const verified = await verifyEmail(client, await ask(message));
    if (verified.ok) return `Your address is ${client.user?.email}`;
    message = verified.error.detail;
    // After an expired code, start again.
    if (verified.error.type !== "CodeMismatchException") return message;
  }
}

/** Deletes the account, and returns a text for the user. `confirm` is the email address that the user entered again. */
export async function submitDeletion(client: Client, confirm: string) {
  const deleted = await deleteAccount(client, { confirm });
  // Listeners got `SIGNED_OUT`, in other tabs too.
  return deleted.ok ? deleted.value.message : messageOf(deleted.error);
}

function messageOf({ type, detail }: { type?: string | undefined; detail: string }) {
  // After a new sign-in, call the function again.
  return type === "ReauthenticationRequired" ? "Please sign in again" : detail;
}
