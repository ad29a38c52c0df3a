// That TypeScript tells a challenge from tokens by the types that openapi-typescript has made. It is compiled, not run.
import type { components } from "./openapi.js";

type SignIn = components["schemas"]["SignIn"];

export function nextStep(answer: SignIn): string {
  if ("challenge" in answer) {
    return answer.session;
  }
  // @ts-expect-error Tokens have no session.
  answer.session;
  return answer.access_token;
}

// @ts-expect-error A challenge alone asks for a new password.
export const tokens: components["schemas"]["Tokens"]["requires_password_change"] = true;

// An answer to a challenge has the fields that this challenge wants.
export const code: components["schemas"]["AnswerChallengeRequest"] = {
  challenge: "SOFTWARE_TOKEN_MFA",
  session: "AYABeE...",
  username: "user@igad.int",
  code: "123456",
};

export const password: components["schemas"]["AnswerChallengeRequest"] = {
  challenge: "SOFTWARE_TOKEN_MFA",
  session: "AYABeE...",
  username: "user@igad.int",
  // @ts-expect-error A password is no answer to this one.
  password: "SecureP@ssw0rd1",
};
