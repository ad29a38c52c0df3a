import type { Client } from "./client.js";
import type { AnswerChallengeRequest, Challenge as Asked, Delivery, Factor, FirstFactor, SecondFactor, Tokens, Totp, User } from "./contract.js";
import { type ApiError, type Result, notUnderstood } from "./error.js";

/** Where a sign-in stands: `kind` says which of these it is, and each that is not the end has the method that goes on. */
export type Step = SignedIn | Challenge | Failed;

/** The end: there is a session. */
export interface SignedIn {
  readonly kind: "signed-in";
  readonly user: User;
}

/** It was refused, or nobody answered. */
export interface Failed {
  readonly kind: "failed";
  readonly error: ApiError;
  /** What may be answered once more, such as after a mistyped code; where it is missing, the sign-in begins again. */
  readonly challenge?: Challenge;
}

/** What is asked of the person, by Cognito's names. */
export type Challenge = NewPassword | Code | ChooseSecondFactor | ChooseFirstFactor | Password | Passkey | SetUpSecondFactor | VerifyTotp;

interface AnyChallenge {
  /** One sentence for the person. */
  readonly message: string;
}

/** A first sign-in, or an administrator's reset. */
export interface NewPassword extends AnyChallenge {
  readonly kind: "NEW_PASSWORD_REQUIRED";
  /** What must be filled in as well, such as `name`. */
  readonly requiredAttributes: readonly string[];
  answer(newPassword: string, attributes?: Record<string, string>): Promise<Step>;
}

/** A code from an authenticator app, or one that was sent. */
export interface Code extends AnyChallenge {
  readonly kind: "SOFTWARE_TOKEN_MFA" | "SMS_MFA" | "EMAIL_OTP" | "SMS_OTP";
  /** Where the code was sent. `Destination` may be absent before the first factor. */
  readonly delivery: Delivery | undefined;
  answer(code: string): Promise<Step>;
}

/** One of several second factors. */
export interface ChooseSecondFactor extends AnyChallenge {
  readonly kind: "SELECT_MFA_TYPE";
  readonly choices: readonly SecondFactor[];
  answer(choice: SecondFactor): Promise<Step>;
}

/** One of several ways to begin. */
export interface ChooseFirstFactor extends AnyChallenge {
  readonly kind: "SELECT_CHALLENGE";
  readonly choices: readonly FirstFactor[];
  /** Chooses what is asked for next. */
  answer(choice: Exclude<FirstFactor, "PASSWORD">): Promise<Step>;
  /** Chooses `PASSWORD`, and gives it. */
  answerPassword(password: string): Promise<Step>;
}

/** The password, after another way to begin was chosen first. */
export interface Password extends AnyChallenge {
  readonly kind: "PASSWORD";
  answer(password: string): Promise<Step>;
}

/** A passkey: `answerWithPasskey` asks the browser for it and answers. */
export interface Passkey extends AnyChallenge {
  readonly kind: "WEB_AUTHN";
  readonly passkey: PublicKeyCredentialRequestOptionsJSON;
  answer(credential: PublicKeyCredentialJSON): Promise<Step>;
}

/** There is no second factor yet, and there must be one. */
export interface SetUpSecondFactor extends AnyChallenge {
  readonly kind: "MFA_SETUP";
  readonly choices: readonly Factor[];
  readonly totp?: undefined;
  /** Asks for what an authenticator app needs, which shows the account under the name `account`. */
  setUpTotp(account?: string): Promise<Step>;
  setUpEmail(email: string): Promise<Step>;
}

/** An authenticator app is given the secret, and shows its first code. */
export interface VerifyTotp extends AnyChallenge {
  readonly kind: "MFA_SETUP";
  readonly totp: Totp;
  answer(code: string, deviceName?: string): Promise<Step>;
}

/** How a sign-in begins. */
export interface Credentials {
  username: string;
  password: string;
  /** Whether the session outlives the browser, where the storage can tell. */
  remember?: boolean;
}

/** Signs in with a password. */
export async function signIn(client: Client, { username, password, remember = false }: Credentials): Promise<Step> {
  return next(client, remember, await client.call("login", { username, password }));
}

/** Begins to sign in without a password; `preferred` is the factor to begin with where the person has it. */
export async function startSignIn(
  client: Client,
  { username, preferred, remember = false }: { username: string; preferred?: FirstFactor; remember?: boolean },
): Promise<Step> {
  return next(client, remember, await client.call("start-login", { username, preferred }));
}

/** What the API's answer means. `answered` is the challenge that it was given to. */
function next(client: Client, remember: boolean, result: Result<Tokens | Asked>, answered?: Challenge): Step {
  if (!result.ok) return failed(result.error, answered);
  const answer = result.value;
  if ("challenge" in answer) return challenge(client, remember, answer);
  if (!answer.access_token) return failed(notUnderstood(200));
  client.keep(answer, remember);
  return { kind: "signed-in", user: answer.user };
}

/** After a 401 or 403 the sign-in begins again; after any other answer, and after none, the same session may still be good. */
function failed(error: ApiError, answered?: Challenge): Failed {
  const isOver = error.status === 401 || error.status === 403;
  return { kind: "failed", error, ...(answered && !isOver && { challenge: answered }) };
}

function challenge(client: Client, remember: boolean, asked: Asked): Step {
  const { challenge: kind, session, username, message, choices = [], delivery, required_attributes: requiredAttributes = [], totp, passkey } = asked;
  const go = (result: Result<Tokens | Asked>) => next(client, remember, result, step);
  const answer = async (answer: OneAnswer) => go(await client.call("answer-challenge", { session, username, ...answer }));

  const step = ((): Challenge | undefined => {
    switch (kind) {
      case "NEW_PASSWORD_REQUIRED":
        return {
          kind,
          message,
          requiredAttributes,
          answer: async (new_password, attributes) => go(await client.call("complete-password-change", { session, username, new_password, attributes })),
        };
      case "SOFTWARE_TOKEN_MFA":
      case "SMS_MFA":
      case "EMAIL_OTP":
      case "SMS_OTP":
        return { kind, message, delivery, answer: (code) => answer({ challenge: kind, code }) };
      case "SELECT_MFA_TYPE":
        return { kind, message, choices: choices as SecondFactor[], answer: (choice) => answer({ challenge: kind, choice }) };
      case "SELECT_CHALLENGE":
        return {
          kind,
          message,
          choices: choices as FirstFactor[],
          answer: (choice) => answer({ challenge: kind, choice }),
          answerPassword: (password) => answer({ challenge: kind, choice: "PASSWORD", password }),
        };
      case "PASSWORD":
        return { kind, message, answer: (password) => answer({ challenge: kind, password }) };
      case "WEB_AUTHN":
        return {
          kind,
          message,
          passkey: passkey as unknown as PublicKeyCredentialRequestOptionsJSON,
          answer: (credential) => answer({ challenge: kind, credential }),
        };
      case "MFA_SETUP":
        if (totp) return { kind, message, totp, answer: (code, device_name) => answer({ challenge: kind, code, device_name }) };
        return {
          kind,
          message,
          choices,
          setUpTotp: (account) => answer({ challenge: kind, choice: "SOFTWARE_TOKEN_MFA", account }),
          setUpEmail: (email) => answer({ challenge: kind, email }),
        };
      default:
        return undefined;
    }
  })();
  return step ?? failed(notUnderstood(200, `The challenge ${String(kind)} is not known to this client`));
}

/** An answer without what every one of them sends back. */
type OneAnswer = AnswerChallengeRequest extends infer Any ? (Any extends unknown ? Omit<Any, "session" | "username"> : never) : never;
