/** The contract's names, as far as this client speaks of them. They are generated from `reference/openapi.yaml`. */

import type { components, paths } from "./openapi.js";

type Schemas = components["schemas"];

export type AnswerChallengeRequest = Schemas["AnswerChallengeRequest"];
/** What Cognito asks for before it gives tokens. */
export type Challenge = Schemas["Challenge"];
/** Where a code went, as far as it is known. */
export type Delivery = Schemas["Delivery"];
/** What a person can prove with who they are, by Cognito's names. */
export type Factor = Schemas["Factor"];
/** What a person can prove with who they are, and does. */
export type Factors = Schemas["Factors"];
/** What a sign-in can begin with. */
export type FirstFactor = Schemas["FirstFactor"];
/** A passkey of a person. */
export type Passkey = Schemas["Passkey"];
/** What the service says of the person who asks. */
export type Profile = Schemas["Profile"];
/** What can be asked for after a password. */
export type SecondFactor = Schemas["SecondFactor"];
/** What a sign-in gives. */
export type Tokens = Schemas["Tokens"];
/** What an authenticator app needs. */
export type Totp = Schemas["Totp"];
/** Who has signed in. */
export type User = Schemas["User"];

interface Ok<Answer> {
  200: Json<Answer>;
}
interface Json<Body> {
  content: { "application/json": Body };
}

/** The routes by their names, such as `login`. */
type Routes = { [Path in keyof paths as Path extends `/api/auth/${infer Name}` ? Name : never]: paths[Path] };

/** A route that is asked with POST. */
export type PostRoute = { [Name in keyof Routes]: Routes[Name] extends { post: object } ? Name : never }[keyof Routes];
/** A route that is asked with GET. */
export type GetRoute = Exclude<keyof Routes, PostRoute>;

/** What a route is asked with. */
export type Body<Route extends PostRoute> = Routes[Route] extends { post: { requestBody?: Json<infer Asked> } } ? Extract<Asked, object> : never;
/** What it answers with 200. */
export type Answer<Route extends keyof Routes> = Routes[Route] extends { post: { responses: Ok<infer Answered> } } | { get: { responses: Ok<infer Answered> } } ? Answered : never;
