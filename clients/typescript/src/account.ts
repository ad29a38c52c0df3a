import type { Client } from "./client.js";
import type { Answer } from "./contract.js";
import type { Result } from "./error.js";

/** Makes a person an account, where the service lets them; a code that confirms it goes to them. */
export function signUp(client: Client, account: { username: string; password: string; name?: string }): Promise<Result<Answer<"sign-up">>> {
  return client.call("sign-up", account);
}

/** Confirms an account with the code that was sent. */
export function confirmSignUp(client: Client, confirmation: { username: string; code: string }): Promise<Result<Answer<"confirm-sign-up">>> {
  return client.call("confirm-sign-up", confirmation);
}

/** Sends the code that confirms an account once more. */
export function resendCode(client: Client, username: string): Promise<Result<Answer<"resend-code">>> {
  return client.call("resend-code", { username });
}

/** Sends a code to whoever has forgotten their password. */
export function forgotPassword(client: Client, username: string): Promise<Result<Answer<"forgot-password">>> {
  return client.call("forgot-password", { username });
}

/** Sets a new password with the code that was sent. */
export function resetPassword(client: Client, { username, code, newPassword }: { username: string; code: string; newPassword: string }): Promise<Result<Answer<"reset-password">>> {
  return client.call("reset-password", { username, code, new_password: newPassword });
}

/** Changes the password of the person who is signed in. */
export function changePassword(client: Client, { currentPassword, newPassword }: { currentPassword: string; newPassword: string }): Promise<Result<Answer<"change-password">>> {
  return client.callSignedIn("change-password", { current_password: currentPassword, new_password: newPassword });
}
