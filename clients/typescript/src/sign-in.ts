import type { CallOptions } from "./api.js";
import type { Client } from "./client.js";
import type {
  AnswerChallengeRequest,
  Challenge as ApiChallenge,
  Delivery,
  Factor,
  FirstFactor,
  ResponseBody,
  SecondFactor,
  Tokens,
  Totp,
  User,
} from "./contract.js";
import { type ApiError, type Result, invalidResponse } from "./error.js";
import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from "./webauthn.js";

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

/** Challenge for the user, by Cognito's name, and Amplify's for the last two. */
export type Challenge =
  | NewPasswordChallenge
  | SoftwareTokenMfaChallenge
  | SmsMfaChallenge
  | EmailOtpChallenge
  | SmsOtpChallenge
  | SelectMfaTypeChallenge
  | SelectFirstFactorChallenge
  | PasswordChallenge
  | WebAuthnChallenge
  | MfaSetupChallenge
  | TotpSetupChallenge
  | ConfirmSignUpChallenge
  | ResetPasswordChallenge;

/** What all challenges have. */
export interface AnyChallenge {
  /** Message for the user. */
  readonly message: string;
}

/** What all challenges with a code have. */
export interface CodeChallenge extends AnyChallenge {
  /** Where the code was sent. `Destination` may be absent before the first factor. */
  readonly delivery: Delivery | undefined;
  answer(code: string, options?: CallOptions): Promise<Step>;
}

/** First sign-in, or password reset by an administrator. */
export interface NewPasswordChallenge extends AnyChallenge {
  readonly kind: "NEW_PASSWORD_REQUIRED";
  /** Attributes that the user must supply, such as `name`. */
  readonly requiredAttributes: readonly string[];
  answer(newPassword: string, attributes?: Record<string, string>, options?: CallOptions): Promise<Step>;
}

/** Code of an authenticator app. */
export interface SoftwareTokenMfaChallenge extends CodeChallenge {
  readonly kind: "SOFTWARE_TOKEN_MFA";
}

/** Code from a text message, as second factor. */
export interface SmsMfaChallenge extends CodeChallenge {
  readonly kind: "SMS_MFA";
}

/** Code from an email. */
export interface EmailOtpChallenge extends CodeChallenge {
  readonly kind: "EMAIL_OTP";
}

/** Code from a text message, as first factor. */
export interface SmsOtpChallenge extends CodeChallenge {
  readonly kind: "SMS_OTP";
}

/** Choice of a second factor. */
export interface SelectMfaTypeChallenge extends AnyChallenge {
  readonly kind: "SELECT_MFA_TYPE";
  readonly choices: readonly SecondFactor[];
  answer(choice: SecondFactor, options?: CallOptions): Promise<Step>;
}

/** Choice of a first factor. */
export interface SelectFirstFactorChallenge extends AnyChallenge {
  readonly kind: "SELECT_CHALLENGE";
  readonly choices: readonly FirstFactor[];
  /** Chooses the next challenge. */
  answer(choice: Exclude<FirstFactor, "PASSWORD">, options?: CallOptions): Promise<Step>;
  /** Chooses `PASSWORD`, and sends the password. */
  answerPassword(password: string, options?: CallOptions): Promise<Step>;
}

/** Password, in a sign-in that started with `startSignIn`. */
export interface PasswordChallenge extends AnyChallenge {
  readonly kind: "PASSWORD";
  answer(password: string, options?: CallOptions): Promise<Step>;
}

/** Passkey. `answerWithPasskey` requests the passkey from the browser and answers the challenge. */
export interface WebAuthnChallenge extends AnyChallenge {
  readonly kind: "WEB_AUTHN";
  readonly passkey: PublicKeyCredentialRequestOptionsJSON;
  answer(credential: AuthenticationResponseJSON, options?: CallOptions): Promise<Step>;
}

/** The user must set up a second factor. */
export interface MfaSetupChallenge extends AnyChallenge {
  readonly kind: "MFA_SETUP";
  readonly choices: readonly Factor[];
  readonly totp?: undefined;
  /** Requests the secret for an authenticator app. The app shows the name `account`. */
  setUpTotp(account?: string, options?: CallOptions): Promise<Step>;
  setUpEmail(email: string, options?: CallOptions): Promise<Step>;
}

/** First code of an authenticator app that is being set up. */
export interface TotpSetupChallenge extends AnyChallenge {
  readonly kind: "MFA_SETUP";
  readonly totp: Totp;
  answer(code: string, deviceName?: string, options?: CallOptions): Promise<Step>;
}

/** The user has not confirmed the account. */
export interface ConfirmSignUpChallenge extends AnyChallenge {
  readonly kind: "CONFIRM_SIGN_UP";
  /** Sends another code. */
  sendCode(options?: CallOptions): Promise<Result<ResponseBody<"resend-code">>>;
  /** Confirms the account, and signs in again. */
  answer(code: string, options?: CallOptions): Promise<Step>;
}

/** The user must reset the password. */
export interface ResetPasswordChallenge extends AnyChallenge {
  readonly kind: "RESET_PASSWORD";
  /** Sends a code. */
  sendCode(options?: CallOptions): Promise<Result<ResponseBody<"forgot-password">>>;
  /** Sets a new password, and signs in with it. */
  answer(code: string, newPassword: string, options?: CallOptions): Promise<Step>;
}

/** Credentials of a sign-in with a password. */
export interface Credentials {
  username: string;
  password: string;
  /** Whether the session persists when the browser is closed, if the storage supports that. */
  remember?: boolean;
}

/** Start of a sign-in without a password. */
export interface PasswordlessCredentials {
  username: string;
  /** First factor, if the user has it. */
  preferred?: FirstFactor;
  /** Whether the session persists when the browser is closed, if the storage supports that. */
  remember?: boolean;
}

/** Signs in with a password. */
export function signIn(client: Client, credentials: Credentials, options?: CallOptions): Promise<Step> {
  const { username, password, remember = false } = credentials;
  const flow: Flow = {
    client,
    username,
    remember,
    restart: (changed, options) => signIn(client, { ...credentials, password: changed ?? password }, options),
  };
  return proceed(flow, () => client.call("login", { username, password }, options));
}

/** Starts a sign-in without a password. */
export function startSignIn(
  client: Client,
  credentials: PasswordlessCredentials,
  options?: CallOptions,
): Promise<Step> {
  const { username, preferred, remember = false } = credentials;
  const flow: Flow = {
    client,
    username,
    remember,
    restart: (password, options) =>
      password === undefined
        ? startSignIn(client, credentials, options)
        : signIn(client, { username, password, remember }, options),
  };
  return proceed(flow, () => client.call("start-login", { username, preferred }, options));
}

/** What the steps of one sign-in share. */
interface Flow {
  readonly client: Client;
  readonly username: string;
  readonly remember: boolean;
  /** Signs in again, with a new password if the user has set one. */
  readonly restart: (password: string | undefined, options: CallOptions | undefined) => Promise<Step>;
}

/** Sends a request of a sign-in, and converts the response into the next step. `answered` is the challenge that it answers. */
async function proceed(
  flow: Flow,
  send: () => Promise<Result<Tokens | ApiChallenge>>,
  answered?: Challenge,
): Promise<Step> {
  const keep = flow.client.beginSignIn();
  const result = await send();
  if (!result.ok) return interrupted(flow, result.error) ?? failed(result.error, answered);
  if ("challenge" in result.value) return challenge(flow, result.value);
  const kept = await keep(result.value, flow.remember);
  return kept.ok ? { kind: "signed-in", user: kept.value } : failed(kept.error);
}

/** After 401 or 403 the user must start again. After any other response, or none, the session may still be valid. */
function failed(error: ApiError, answered?: Challenge): Failed {
  const isOver = (error.status === 401 || error.status === 403) && !error.isTransient;
  return { kind: "failed", error, ...(answered && !isOver && { challenge: answered }) };
}

/** Step for a user who must do something else first. */
function interrupted({ client, username, restart }: Flow, { type }: ApiError): Challenge | undefined {
  if (type === "UserNotConfirmedException") {
    const step: ConfirmSignUpChallenge = {
      kind: "CONFIRM_SIGN_UP",
      message: "Enter the code that confirms your account",
      sendCode: (options) => client.call("resend-code", { username }, options),
      answer: async (code, options) => {
        const confirmed = await client.call("confirm-sign-up", { username, code }, options);
        return confirmed.ok ? restart(undefined, options) : failed(confirmed.error, step);
      },
    };
    return step;
  }
  if (type === "PasswordResetRequiredException") {
    const step: ResetPasswordChallenge = {
      kind: "RESET_PASSWORD",
      message: "You must reset your password",
      sendCode: (options) => client.call("forgot-password", { username }, options),
      answer: async (code, new_password, options) => {
        const reset = await client.call("reset-password", { username, code, new_password }, options);
        return reset.ok ? restart(new_password, options) : failed(reset.error, step);
      },
    };
    return step;
  }
  return undefined;
}

function challenge(flow: Flow, response: ApiChallenge): Step {
  const { challenge: kind, session, username, message, delivery, totp } = response;
  const choices = (response.choices ?? []) as never[];
  const send = (fields: object, options: CallOptions | undefined) => {
    const body = { challenge: kind, session, username, ...fields } as AnswerChallengeRequest;
    return proceed(flow, () => flow.client.call("answer-challenge", body, options), step);
  };
  /** Answers with one value. */
  const answer =
    (field: "choice" | "code" | "credential" | "password") =>
    (value: unknown, options?: CallOptions): Promise<Step> =>
      send({ [field]: value }, options);
  const code = { delivery, answer: answer("code") };
  const steps: StepFields = {
    NEW_PASSWORD_REQUIRED: {
      requiredAttributes: response.required_attributes ?? [],
      answer: (new_password, attributes, options) => {
        const body = { session, username, new_password, attributes };
        return proceed(flow, () => flow.client.call("complete-password-change", body, options), step);
      },
    },
    SOFTWARE_TOKEN_MFA: code,
    SMS_MFA: code,
    EMAIL_OTP: code,
    SMS_OTP: code,
    SELECT_MFA_TYPE: { choices, answer: answer("choice") },
    SELECT_CHALLENGE: {
      choices,
      answer: answer("choice"),
      answerPassword: (password, options) => send({ choice: "PASSWORD", password }, options),
    },
    PASSWORD: { answer: answer("password") },
    WEB_AUTHN: { passkey: response.passkey as never, answer: answer("credential") },
    MFA_SETUP: totp
      ? { totp, answer: (code, device_name, options) => send({ code, device_name }, options) }
      : {
          choices,
          setUpTotp: (account, options) => send({ choice: "SOFTWARE_TOKEN_MFA", account }, options),
          setUpEmail: (email, options) => send({ email }, options),
        },
  };
  const fields = (steps as Record<string, object | undefined>)[kind];
  if (!fields) return failed(invalidResponse(200, `The challenge ${String(kind)} is not known to this client`));
  const step = { kind, message, ...fields } as Challenge;
  return step;
}

/** Fields of each challenge of the API, without those that all have. */
type StepFields = { [Kind in ApiKind]: WithoutCommon<Extract<Challenge, { kind: Kind }>> };
type ApiKind = Exclude<Challenge["kind"], "CONFIRM_SIGN_UP" | "RESET_PASSWORD">;
type WithoutCommon<Any> = Any extends unknown ? Omit<Any, "kind" | "message"> : never;
