export { changePassword, confirmSignUp, forgotPassword, resendCode, resetPassword, signUp } from "./account.js";
export { Client } from "./client.js";
export type { Options } from "./client.js";
export type {
  Delivery,
  Factor,
  Factors,
  FirstFactor,
  Passkey,
  Profile,
  SecondFactor,
  Tokens,
  Totp,
  User,
} from "./contract.js";
export { ApiError } from "./error.js";
export type { Result } from "./error.js";
export { disableFactor, factors, preferFactor, setUpTotp, verifyTotp } from "./factors.js";
export { addPasskey, answerWithPasskey, deletePasskey, passkeys, supportsPasskeys } from "./passkeys.js";
export { signIn, startSignIn } from "./sign-in.js";
export type { Challenge, Credentials, Failed, SignedIn, Step } from "./sign-in.js";
export { browserStorage, memoryStorage } from "./storage.js";
export type { Session, Storage } from "./storage.js";
