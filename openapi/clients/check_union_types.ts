// Checks that the types of openapi-typescript distinguish challenges from tokens. This file is compiled, not run.
import type { components } from "./openapi.js";

type Schemas = components["schemas"];

export function nextStep(response: Schemas["SignIn"]): string {
  if ("challenge" in response) {
    return response.session;
  }
  // @ts-expect-error Tokens have no session.
  response.session;
  return response.access_token;
}

const user: Schemas["User"] = {
  user_id: "",
  email: "user@igad.int",
  name: "IGAD User",
  is_admin: false,
  // Later versions may add roles.
  role: "auditor",
};

// Later versions may add challenges, factors and attributes.
export const challenge: Schemas["SignIn"] = {
  access_token: "",
  token_type: "bearer",
  user,
  expires_in: 0,
  challenge: "FACE_SCAN",
  session: "AYABeE...",
  username: "user@igad.int",
  message: "Look at the camera",
  choices: ["FACE_SCAN"],
  required_attributes: ["nationality"],
};
export const factors: Schemas["Factors"] = { factors: ["FACE_SCAN"], mfa: ["FACE_SCAN"], preferred: "FACE_SCAN" };

export const preferred: Schemas["StartLoginRequest"] = { username: "user@igad.int", preferred: "WEB_AUTHN" };
// @ts-expect-error The service accepts known factors only.
export const unknown: Schemas["StartLoginRequest"] = { username: "user@igad.int", preferred: "FACE_SCAN" };

// An answer has the fields of its challenge.
export const code: Schemas["AnswerChallengeRequest"] = {
  challenge: "SOFTWARE_TOKEN_MFA",
  session: "AYABeE...",
  username: "user@igad.int",
  code: "123456",
};

export const password: Schemas["AnswerChallengeRequest"] = {
  challenge: "SOFTWARE_TOKEN_MFA",
  session: "AYABeE...",
  username: "user@igad.int",
  // @ts-expect-error A password does not answer this challenge.
  password: "SecureP@ssw0rd1",
};
