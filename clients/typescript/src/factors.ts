import type { Client } from "./client.js";
import type { Answer, SecondFactor } from "./contract.js";
import type { Result } from "./error.js";

/** What the person can sign in with, what is switched on as a second factor, and what is asked for first. */
export function factors(client: Client): Promise<Result<Answer<"factors">>> {
  return client.callSignedIn("factors");
}

/** What an authenticator app needs, which shows the account under the name `account`. Wants a person who signed in just now. */
export function setUpTotp(client: Client, account?: string): Promise<Result<Answer<"set-up-totp">>> {
  return client.callSignedIn("set-up-totp", { account });
}

/** Switches the app on with its first code. Wants a person who signed in just now. */
export function verifyTotp(client: Client, code: string, deviceName?: string): Promise<Result<Answer<"verify-totp">>> {
  return client.callSignedIn("verify-totp", { code, device_name: deviceName });
}

/** Sets the second factor that is asked for. Wants a person who signed in just now. */
export function preferFactor(client: Client, preferred: SecondFactor): Promise<Result<Answer<"prefer-factor">>> {
  return client.callSignedIn("prefer-factor", { preferred });
}

/** Switches a second factor off. Wants a person who signed in just now. */
export function disableFactor(client: Client, factor: SecondFactor): Promise<Result<Answer<"prefer-factor">>> {
  return client.callSignedIn("prefer-factor", { disable: factor });
}
