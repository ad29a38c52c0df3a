import type { Client } from "./client.js";
import type {
  AnswerChallengeRequest,
  Challenge as ApiChallenge,
  Delivery,
  Factor,
  FirstFactor,
  SecondFactor,
  Tokens,
  Totp,
  User,
} from "./contract.js";
import { type ApiError, type Result, invalidResponse } from "./error.js";

/** State of a sign-in, by `kind`. Challenges have methods that continue the sign-in. */
export type Step = SignedIn | Challenge | Failed;

/** The user is signed in. */
export interface SignedIn {
  readonly kind: "signed-in";
  readonly user: User;
}

/** The service rejected the step, or could not be reached. */
export interface Failed {
  readonly kind: "failed";
  readonly error: ApiError;
  /** Challenge that can be answered again, such as after a mistyped code. If absent, start a new sign-in. */
  readonly challenge?: Challenge;
}

/** Challenge for the user, by Cognito's name. */
export type Challenge =
  NewPassword | Code | ChooseSecondFactor | ChooseFirstFactor | Password | Passkey | SetUpSecondFactor | VerifyTotp;

interface AnyChallenge {
  /** Message for the user. */
  readonly message: string;
}

/** First sign-in, or password reset by an administrator. */
export interface NewPassword extends AnyChallenge {
  readonly kind: "NEW_PASSWORD_REQUIRED";
  /** Attributes that the user must supply, such as `name`. */
  readonly requiredAttributes: readonly string[];
  answer(newPassword: string, attributes?: Record<string, string>): Promise<Step>;
}

/** Code from an authenticator app, an email or a text message. */
export interface Code extends AnyChallenge {
  readonly kind: "SOFTWARE_TOKEN_MFA" | "SMS_MFA" | "EMAIL_OTP" | "SMS_OTP";
  /** Where the code was sent. `Destination` may be absent before the first factor. */
  readonly delivery: Delivery | undefined;
  answer(code: string): Promise<Step>;
}

/** Choice of a second factor. */
export interface ChooseSecondFactor extends AnyChallenge {
  readonly kind: "SELECT_MFA_TYPE";
  readonly choices: readonly SecondFactor[];
  answer(choice: SecondFactor): Promise<Step>;
}

/** Choice of a first factor. */
export interface ChooseFirstFactor extends AnyChallenge {
  readonly kind: "SELECT_CHALLENGE";
  readonly choices: readonly FirstFactor[];
  /** Chooses the next challenge. */
  answer(choice: Exclude<FirstFactor, "PASSWORD">): Promise<Step>;
  /** Chooses `PASSWORD`, and sends the password. */
  answerPassword(password: string): Promise<Step>;
}

/** Password, in a sign-in that started with `startSignIn`. */
export interface Password extends AnyChallenge {
  readonly kind: "PASSWORD";
  answer(password: string): Promise<Step>;
}

/** Passkey. `answerWithPasskey` requests the passkey from the browser and answers the challenge. */
export interface Passkey extends AnyChallenge {
  readonly kind: "WEB_AUTHN";
  readonly passkey: PublicKeyCredentialRequestOptionsJSON;
  answer(credential: PublicKeyCredentialJSON): Promise<Step>;
}

/** The user must set up a second factor. */
export interface SetUpSecondFactor extends AnyChallenge {
  readonly kind: "MFA_SETUP";
  readonly choices: readonly Factor[];
  readonly totp?: undefined;
  /** Requests the secret for an authenticator app. The app shows the name `account`. */
  setUpTotp(account?: string): Promise<Step>;
  setUpEmail(email: string): Promise<Step>;
}

/** First code of an authenticator app that is being set up. */
export interface VerifyTotp extends AnyChallenge {
  readonly kind: "MFA_SETUP";
  readonly totp: Totp;
  answer(code: string, deviceName?: string): Promise<Step>;
}

/** Credentials of a sign-in with a password. */
export interface Credentials {
  username: string;
  password: string;
  /** Whether the session persists when the browser is closed, if the storage supports that. */
  remember?: boolean;
}

/** Signs in with a password. */
export async function signIn(client: Client, { username, password, remember = false }: Credentials): Promise<Step> {
  return next(client, remember, await client.call("login", { username, password }));
}

/** Starts a sign-in without a password. `preferred` is the first factor, if the user has it. */
export async function startSignIn(
  client: Client,
  { username, preferred, remember = false }: { username: string; preferred?: FirstFactor; remember?: boolean },
): Promise<Step> {
  return next(client, remember, await client.call("start-login", { username, preferred }));
}

/** Converts a response of the API into the next step. `answered` is the challenge that was answered. */
function next(client: Client, remember: boolean, result: Result<Tokens | ApiChallenge>, answered?: Challenge): Step {
  if (!result.ok) return failed(result.error, answered);
  const answer = result.value;
  if ("challenge" in answer) return challenge(client, remember, answer);
  if (!answer.access_token) return failed(invalidResponse(200));
  client.keep(answer, remember);
  return { kind: "signed-in", user: answer.user };
}

/** After 401 or 403 the user must start again. After any other response, or none, the session may still be valid. */
function failed(error: ApiError, answered?: Challenge): Failed {
  const isOver = error.status === 401 || error.status === 403;
  return { kind: "failed", error, ...(answered && !isOver && { challenge: answered }) };
}

function challenge(client: Client, remember: boolean, response: ApiChallenge): Step {
  const {
    challenge: kind,
    session,
    username,
    message,
    choices = [],
    delivery,
    required_attributes: requiredAttributes = [],
    totp,
    passkey,
  } = response;
  const proceed = (result: Result<Tokens | ApiChallenge>) => next(client, remember, result, step);
  const answer = async (answer: OneAnswer) =>
    proceed(await client.call("answer-challenge", { session, username, ...answer }));

  const step = ((): Challenge | undefined => {
    switch (kind) {
      case "NEW_PASSWORD_REQUIRED":
        return {
          kind,
          message,
          requiredAttributes,
          answer: async (new_password, attributes) =>
            proceed(await client.call("complete-password-change", { session, username, new_password, attributes })),
        };
      case "SOFTWARE_TOKEN_MFA":
      case "SMS_MFA":
      case "EMAIL_OTP":
      case "SMS_OTP":
        return { kind, message, delivery, answer: (code) => answer({ challenge: kind, code }) };
      case "SELECT_MFA_TYPE":
        return {
          kind,
          message,
          choices: choices as SecondFactor[],
          answer: (choice) => answer({ challenge: kind, choice }),
        };
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
        if (totp)
          return { kind, message, totp, answer: (code, device_name) => answer({ challenge: kind, code, device_name }) };
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
  return step ?? failed(invalidResponse(200, `The challenge ${String(kind)} is not known to this client`));
}

/** Answer without the fields that all answers have. */
type OneAnswer = AnswerChallengeRequest extends infer Any
  ? Any extends unknown
    ? Omit<Any, "session" | "username">
    : never
  : never;
