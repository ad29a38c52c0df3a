/** Types of the API that this client uses, generated from `openapi/openapi.yaml`. */

import type { components, paths } from "./openapi.js";

type Schemas = components["schemas"];

export type AnswerChallengeRequest = Schemas["AnswerChallengeRequest"];
/** Next step that Cognito requires before it returns tokens. */
export type Challenge = Schemas["Challenge"];
/** Where a code was sent, if known. */
export type Delivery = Schemas["Delivery"];
/** Authentication factor, by Cognito's name. */
export type Factor = Schemas["Factor"];
/** Factors of a user. */
export type Factors = Schemas["Factors"];
/** First factor of a sign-in. */
export type FirstFactor = Schemas["FirstFactor"];
/** Passkey of a user. */
export type Passkey = Schemas["Passkey"];
/** Requirements for passwords. */
export type PasswordPolicy = Schemas["PasswordPolicy"];
/** Profile of the signed-in user. */
export type Profile = Schemas["Profile"];
/** Second factor, after a password. */
export type SecondFactor = Schemas["SecondFactor"];
/** What the deployment allows. */
export type Settings = Schemas["Settings"];
/** Tokens of a sign-in. */
export type Tokens = Schemas["Tokens"];
/** Secret for an authenticator app. */
export type Totp = Schemas["Totp"];
/** User in the response of a sign-in. */
export type User = Schemas["User"];

interface Ok<ResponseBody> {
  200: Json<ResponseBody>;
}
interface Json<Body> {
  content: { "application/json": Body };
}

/** Routes by name, such as `login`. */
type Routes = { [Path in keyof paths as Path extends `/api/auth/${infer Name}` ? Name : never]: paths[Path] };

/** Route with the method POST. */
export type PostRoute = { [Name in keyof Routes]: Routes[Name] extends { post: object } ? Name : never }[keyof Routes];
/** Route with the method GET. */
export type GetRoute = Exclude<keyof Routes, PostRoute>;

/** Request body of a route. */
export type RequestBody<Route extends PostRoute> = Routes[Route] extends { post: { requestBody?: Json<infer Request> } }
  ? Extract<Request, object>
  : never;
/** Response body of a route with status 200. */
export type ResponseBody<Route extends keyof Routes> = Routes[Route] extends
  { post: { responses: Ok<infer Answered> } } | { get: { responses: Ok<infer Answered> } }
  ? Answered
  : never;
