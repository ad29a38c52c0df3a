export {
  changeEmail,
  changePassword,
  confirmSignUp,
  deleteAccount,
  forgotPassword,
  resendCode,
  resetPassword,
  sendEmailCode,
  settings,
  signUp,
  updateProfile,
  verifyEmail,
} from "./account.js";
export type { ApiOptions, CallOptions } from "./api.js";
export { Client } from "./client.js";
export type { Options, RouteCall, SignOutOptions } from "./client.js";
export type {
  Delivery,
  Factor,
  Factors,
  FirstFactor,
  GetRoute,
  Passkey,
  PasswordPolicy,
  PostRoute,
  Profile,
  RequestBody,
  ResponseBody,
  SecondFactor,
  Settings,
  Tokens,
  Totp,
  User,
} from "./contract.js";
export { cookieStorage } from "./cookie.js";
export { ApiError } from "./error.js";
export type { ApiErrorFields, ClientErrorType, ErrorType, Result, ServiceErrorType } from "./error.js";
export type { AuthChange, AuthEvent, AuthListener } from "./events.js";
export { completeSignIn, signInWithProvider, signOutWithRedirect } from "./federated.js";
export type { ProviderSignInOptions } from "./federated.js";
export { disableFactor, factors, preferFactor, setUpTotp, verifyTotp } from "./factors.js";
export { addPasskey, answerWithPasskey, deletePasskey, passkeys, supportsPasskeys } from "./passkeys.js";
export type { FetchFunction, Signal } from "./platform.js";
export { signIn, startSignIn } from "./sign-in.js";
export type {
  AnyChallenge,
  Challenge,
  CodeChallenge,
  ConfirmSignUpChallenge,
  Credentials,
  EmailOtpChallenge,
  Failed,
  MfaSetupChallenge,
  NewPasswordChallenge,
  PasswordChallenge,
  PasswordlessCredentials,
  ResetPasswordChallenge,
  SelectFirstFactorChallenge,
  SelectMfaTypeChallenge,
  SignedIn,
  SmsMfaChallenge,
  SmsOtpChallenge,
  SoftwareTokenMfaChallenge,
  Step,
  TotpSetupChallenge,
  WebAuthnChallenge,
} from "./sign-in.js";
export { browserStorage, memoryStorage } from "./storage.js";
export type {
  CookieAccess,
  CreateSession,
  MaybePromise,
  RequestTokens,
  Session,
  Storage,
  SyncStorage,
} from "./storage.js";
export type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialDescriptorJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "./webauthn.js";
