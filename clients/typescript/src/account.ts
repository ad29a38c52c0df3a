import type { CallOptions } from "./api.js";
import type { Client } from "./client.js";
import type { ResponseBody } from "./contract.js";
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
