import type { CallOptions } from "./api.js";
import type { Client } from "./client.js";
import type { ResponseBody, SecondFactor } from "./contract.js";
import type { Result } from "./error.js";

/** Lists first factors, enabled second factors and the preferred one. */
export function factors(client: Client, options?: CallOptions): Promise<Result<ResponseBody<"factors">>> {
  return client.callSignedIn("factors", undefined, options);
}

/** Returns a secret for an authenticator app. The app shows the name `account`. Requires a recent sign-in. */
export function setUpTotp(
  client: Client,
  account?: string,
  options?: CallOptions,
): Promise<Result<ResponseBody<"set-up-totp">>> {
  return client.callSignedIn("set-up-totp", { account }, options);
}

/** Enables an authenticator app with its first code. Requires a recent sign-in. */
export function verifyTotp(
  client: Client,
  code: string,
  deviceName?: string,
  options?: CallOptions,
): Promise<Result<ResponseBody<"verify-totp">>> {
  return client.callSignedIn("verify-totp", { code, device_name: deviceName }, options);
}

/** Enables a second factor and makes it the preferred one. Requires a recent sign-in. */
export function preferFactor(
  client: Client,
  preferred: SecondFactor,
  options?: CallOptions,
): Promise<Result<ResponseBody<"prefer-factor">>> {
  return client.callSignedIn("prefer-factor", { preferred }, options);
}

/** Disables a second factor. Requires a recent sign-in. */
export function disableFactor(
  client: Client,
  factor: SecondFactor,
  options?: CallOptions,
): Promise<Result<ResponseBody<"prefer-factor">>> {
  return client.callSignedIn("prefer-factor", { disable: factor }, options);
}
