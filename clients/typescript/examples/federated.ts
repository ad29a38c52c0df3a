import {
  Client,
  browserStorage,
  completeSignIn,
  settings,
  signInWithProvider,
  signOutWithRedirect,
} from "@sign-in-service/client";

const client = new Client("https://api.example.org", { storage: browserStorage() });

/** Call this when the page loads, also after the redirect from a provider. Returns a text for the user. */
export async function start(addButton: (label: string, onClick: () => void) => void) {
  const step = await completeSignIn(client);
  if (client.user) return `Hello ${client.user.name}`;

  const allowed = await settings(client);
  for (const provider of allowed.ok ? allowed.value.providers : [])
    addButton(`Sign in with ${provider}`, () => void signInWithProvider(client, provider, { remember: true }));
  return step?.kind === "failed" ? step.error.detail : "Please sign in";
}

/** Signs out, also of the session that Cognito keeps for providers. */
export async function signOut() {
  await signOutWithRedirect(client);
}
