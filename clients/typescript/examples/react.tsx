import { type FormEvent, useState, useSyncExternalStore } from "react";
import { type Step, Client, browserStorage, signIn } from "sign-in-client";

const client = new Client("https://api.example.org", { storage: browserStorage() });

export function useUser() {
  return useSyncExternalStore(
    client.subscribe,
    () => client.user,
    () => undefined,
  );
}

export function App() {
  const user = useUser();
  const [step, setStep] = useState<Step>();
  const challenge = step?.kind === "failed" ? step.challenge : step;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const [first, second] = [...new FormData(event.currentTarget).values()].map(String) as [string, string];
    if (challenge?.kind === "NEW_PASSWORD_REQUIRED" || challenge?.kind === "SOFTWARE_TOKEN_MFA")
      setStep(await challenge.answer(first));
    else setStep(await signIn(client, { username: first, password: second, remember: true }));
  }

  if (user) return <button onClick={() => client.signOut()}>Sign out {user.name}</button>;
  return (
    <form onSubmit={submit} key={challenge?.kind}>
      {challenge && challenge.kind !== "signed-in" ? (
        <label>
          {challenge.message} <input name="answer" />
        </label>
      ) : (
        <>
          <label>
            Email <input name="username" autoComplete="username" />
          </label>
          <label>
            Password <input name="password" type="password" autoComplete="current-password" />
          </label>
        </>
      )}
      {step?.kind === "failed" && <p role="alert">{step.error.detail}</p>}
      <button>Sign in</button>
    </form>
  );
}
