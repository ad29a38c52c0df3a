/**
 * JSON types of Web Authentication Level 3. TypeScript's own ones have other names and shapes from version to version,
 * and are missing outside of browsers.
 */

/** Descriptor of a passkey. */
export interface PublicKeyCredentialDescriptorJSON {
  id: string;
  type: string;
  transports?: string[];
}

/** Options of a sign-in with a passkey: https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson */
export interface PublicKeyCredentialRequestOptionsJSON {
  challenge: string;
  timeout?: number;
  rpId?: string;
  allowCredentials?: PublicKeyCredentialDescriptorJSON[];
  userVerification?: string;
  hints?: string[];
  extensions?: Record<string, unknown>;
}

/** Options of a new passkey: https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson */
export interface PublicKeyCredentialCreationOptionsJSON {
  rp: { name: string; id?: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { type: string; alg: number }[];
  timeout?: number;
  excludeCredentials?: PublicKeyCredentialDescriptorJSON[];
  authenticatorSelection?: Record<string, unknown>;
  hints?: string[];
  attestation?: string;
  extensions?: Record<string, unknown>;
}

/** Fields of all responses. */
interface CredentialJSON<Response> {
  id: string;
  rawId: string;
  type: string;
  authenticatorAttachment?: string | null;
  clientExtensionResults: object;
  response: Response;
}

/** Passkey of a sign-in: https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson */
export type AuthenticationResponseJSON = CredentialJSON<{
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
  userHandle?: string | null;
}>;

/** New passkey: https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson */
export type RegistrationResponseJSON = CredentialJSON<{
  clientDataJSON: string;
  attestationObject: string;
  transports?: string[];
}>;
