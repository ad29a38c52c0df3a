"use client";

import { useActionState } from "react";

import { type State, signIn } from "./actions";

export default function SignIn() {
  const [{ challenge, message }, submit, isPending] = useActionState<State, FormData>(signIn, {});
  return (
    <form action={submit}>
      <fieldset disabled={isPending}>
        {challenge ? (
          <label>
            Code <input name="code" inputMode="numeric" autoComplete="one-time-code" required />
          </label>
        ) : (
          <>
            <label>
              Email <input name="username" type="email" autoComplete="username" required />
            </label>
            <label>
              Password <input name="password" type="password" autoComplete="current-password" required />
            </label>
            <label>
              <input name="remember" type="checkbox" /> Remember me
            </label>
          </>
        )}
        {message && <p role="alert">{message}</p>}
        <button>Sign in</button>
      </fieldset>
    </form>
  );
}
