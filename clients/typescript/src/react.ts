"use client";

import {
  type ReactElement,
  type ReactNode,
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";

import type { CallOptions } from "./api.js";
import type { Client } from "./client.js";
import type { User } from "./contract.js";
import type { ApiError } from "./error.js";
import type { AuthListener } from "./events.js";
import {
  type Challenge,
  type Credentials,
  type PasswordlessCredentials,
  type Step,
  signIn,
  startSignIn,
} from "./sign-in.js";

const ClientContext = createContext<Client | undefined>(undefined);

/** Provides a client to the hooks of this module. */
export function AuthProvider({ client, children }: { client: Client; children?: ReactNode }): ReactElement {
  return createElement(ClientContext.Provider, { value: client }, children);
}

/** The client of the nearest {@link AuthProvider}. */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error("useClient needs an AuthProvider");
  return client;
}

/** State of the session. */
export interface Auth {
  /** The signed-in user. */
  readonly user: User | undefined;
  /** Whether the user is not known yet: on a server, and while an asynchronous storage is loaded. */
  readonly isLoading: boolean;
  readonly signOut: Client["signOut"];
}

/** The signed-in user, also after changes in other tabs. */
export function useAuth(): Auth {
  const client = useClient();
  const user = useSyncExternalStore(
    client.subscribe,
    () => client.user,
    () => undefined,
  );
  const isLoading = useSyncExternalStore(
    client.subscribe,
    () => client.isLoading,
    () => true,
  );
  return { user, isLoading, signOut: client.signOut };
}

/** Calls `listener` with the events of the session while the component is mounted. */
export function useAuthEvent(listener: AuthListener): void {
  const client = useClient();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => client.onAuthStateChange((event, session) => latest.current(event, session)), [client]);
}

/** State of a sign-in form. */
export interface SignInState {
  /** Challenge for the user. Undefined at the start, and after an error that ends the sign-in. */
  readonly challenge: Challenge | undefined;
  /** Error of the last step. */
  readonly error: ApiError | undefined;
  /** Whether a request is running. Disable the form. */
  readonly isPending: boolean;
}

/** Sign-in form. */
export interface SignIn extends SignInState {
  /** Signs in with a password. */
  readonly signIn: (credentials: Credentials, options?: CallOptions) => Promise<Step | undefined>;
  /** Starts a sign-in without a password. */
  readonly startSignIn: (credentials: PasswordlessCredentials, options?: CallOptions) => Promise<Step | undefined>;
  /** Answers the challenge, such as with `proceed(() => challenge.answer(code))`. Does nothing while a request is running. */
  readonly proceed: (answer: () => Promise<Step>) => Promise<Step | undefined>;
  /** Starts again. */
  readonly reset: () => void;
}

const START: SignInState = { challenge: undefined, error: undefined, isPending: false };

/** State of a sign-in form, with functions that continue the sign-in. */
export function useSignIn(): SignIn {
  const client = useClient();
  const [state, setState] = useState(START);
  // A double click calls twice before React renders the disabled form.
  const isRunning = useRef(false);
  /** Number of resets. The result of a request that a reset has overtaken is not shown. */
  const resets = useRef(0);

  const proceed = useCallback(async (answer: () => Promise<Step>): Promise<Step | undefined> => {
    if (isRunning.current) return undefined;
    isRunning.current = true;
    const before = resets.current;
    setState(({ challenge }) => ({ challenge, error: undefined, isPending: true }));
    let next = START;
    try {
      const step = await answer();
      if (step.kind === "failed") next = { ...START, challenge: step.challenge, error: step.error };
      else if (step.kind !== "signed-in") next = { ...START, challenge: step };
      return step;
    } finally {
      isRunning.current = false;
      if (resets.current === before) setState(next);
    }
  }, []);

  return {
    ...state,
    proceed,
    signIn: useCallback(
      (credentials, options) => proceed(() => signIn(client, credentials, options)),
      [client, proceed],
    ),
    startSignIn: useCallback(
      (credentials, options) => proceed(() => startSignIn(client, credentials, options)),
      [client, proceed],
    ),
    reset: useCallback(() => {
      resets.current += 1;
      setState(START);
    }, []),
  };
}
