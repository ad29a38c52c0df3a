// Checks that the types of openapi-typescript distinguish challenges from tokens. This file is compiled, not run.
import type { components } from "./openapi.js";

type SignIn = components["schemas"]["SignIn"];

export function nextStep(response: SignIn): string {
  if ("challenge" in response) {
    return response.session;
  }
  // @ts-expect-error Tokens have no session.
  response.session;
  return response.access_token;
}

// @ts-expect-error Only a challenge can require a new password.
export const tokens: components["schemas"]["Tokens"]["requires_password_change"] = true;

// An answer has the fields of its challenge.
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
  // @ts-expect-error A password does not answer this challenge.
  password: "SecureP@ssw0rd1",
};
