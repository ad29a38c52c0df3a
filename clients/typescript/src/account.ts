import type { CallOptions } from "./api.js";
import type { Client } from "./client.js";
import type { RequestBody, ResponseBody } from "./contract.js";
import type { Result } from "./error.js";

/** Creates an account, if the service allows self-service sign-up. The user receives a code for {@link confirmSignUp}. */
export function signUp(
  client: Client,
  account: { username: string; password: string; name?: string },
  options?: CallOptions,
): Promise<Result<ResponseBody<"sign-up">>> {
  return client.call("sign-up", account, options);
}

/** Confirms an account with the code from {@link signUp} or {@link resendCode}. */
export function confirmSignUp(
  client: Client,
  confirmation: { username: string; code: string },
  options?: CallOptions,
): Promise<Result<ResponseBody<"confirm-sign-up">>> {
  return client.call("confirm-sign-up", confirmation, options);
}

/** Sends another code to confirm an account. */
export function resendCode(
  client: Client,
  username: string,
  options?: CallOptions,
): Promise<Result<ResponseBody<"resend-code">>> {
  return client.call("resend-code", { username }, options);
}

/** Sends a code to a user who has forgotten the password. */
export function forgotPassword(
  client: Client,
  username: string,
  options?: CallOptions,
): Promise<Result<ResponseBody<"forgot-password">>> {
  return client.call("forgot-password", { username }, options);
}

/** Sets a new password with the code from {@link forgotPassword}. */
export function resetPassword(
  client: Client,
  { username, code, newPassword }: { username: string; code: string; newPassword: string },
  options?: CallOptions,
): Promise<Result<ResponseBody<"reset-password">>> {
  return client.call("reset-password", { username, code, new_password: newPassword }, options);
}

/** Changes the password of the signed-in user. */
export function changePassword(
  client: Client,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
  options?: CallOptions,
): Promise<Result<ResponseBody<"change-password">>> {
  return client.callSignedIn(
    "change-password",
    { current_password: currentPassword, new_password: newPassword },
    options,
  );
}

/** Returns what the deployment allows, such as sign-up, and its password policy. No user needs to be signed in. */
export function settings(client: Client, options?: CallOptions): Promise<Result<ResponseBody<"settings">>> {
  return client.call("settings", undefined, options);
}

/** Changes attributes of the signed-in user. An empty text removes an attribute. Updates `client.user`. */
export async function updateProfile(
  client: Client,
  attributes: RequestBody<"update-profile">["attributes"],
  options?: CallOptions,
): Promise<Result<ResponseBody<"update-profile">>> {
  return reload(client, await client.callSignedIn("update-profile", { attributes }, options), options);
}

/**
 * Sends a code to the user's new email address, for {@link verifyEmail}. Until then the old address stays in force. Requires
 * a recent sign-in.
 */
export function changeEmail(
  client: Client,
  email: string,
  options?: CallOptions,
): Promise<Result<ResponseBody<"change-email">>> {
  return client.callSignedIn("change-email", { email }, options);
}

/**
 * Sends a code to verify the user's current email address. After {@link changeEmail} Cognito may send nothing: start the
 * change again instead.
 */
export function sendEmailCode(client: Client, options?: CallOptions): Promise<Result<ResponseBody<"send-email-code">>> {
  return client.callSignedIn("send-email-code", {}, options);
}

/** Verifies the email address with the code from {@link changeEmail} or {@link sendEmailCode}. Updates `client.user`. */
export async function verifyEmail(
  client: Client,
  code: string,
  options?: CallOptions,
): Promise<Result<ResponseBody<"verify-email">>> {
  return reload(client, await client.callSignedIn("verify-email", { code }, options), options);
}

/**
 * Deletes the account of the signed-in user, and signs out. `confirm` is the user's email address or username. Requires a
 * recent sign-in.
 */
export async function deleteAccount(
  client: Client,
  { confirm }: { confirm: string },
  options?: CallOptions,
): Promise<Result<ResponseBody<"delete-account">>> {
  // An asynchronous storage must be loaded before the user is known.
  const token = await client.accessToken(options);
  if (!token.ok) return token;
  const id = client.user?.user_id;
  const deleted = await client.callSignedIn("delete-account", { confirm }, options);
  // Another user may have signed in meanwhile. The error of a sign-out does not matter: the sessions have ended.
  if (deleted.ok && client.user?.user_id === id) await client.signOut(options);
  return deleted;
}

/** Requests the profile after a change. If that fails, the next call of `me` requests the profile again. */
async function reload<Value>(client: Client, changed: Result<Value>, options?: CallOptions): Promise<Result<Value>> {
  if (changed.ok) await client.me({ forceRefresh: true, signal: options?.signal });
  return changed;
}
