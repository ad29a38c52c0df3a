import { type FormEvent, useState } from "react";
import { type Challenge, Client, type Step, answerWithPasskey, browserStorage } from "@sign-in-service/client";
import { AuthProvider, useAuth, useSignIn } from "@sign-in-service/client/react";

const client = new Client("https://api.example.org", { storage: browserStorage() });

export function App() {
  return (
    <AuthProvider client={client}>
      <Page />
    </AuthProvider>
  );
}

function Page() {
  const { user, isLoading, signOut } = useAuth();
  if (isLoading) return <p>Loading…</p>;
  return user ? <button onClick={signOut}>Sign out {user.name}</button> : <SignInForm />;
}

function SignInForm() {
  const { challenge, error, isPending, proceed, signIn } = useSignIn();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => String(form.get(name) ?? "");
    if (challenge) void proceed(() => answer(challenge, field));
    else void signIn({ username: field("username"), password: field("password"), remember: form.has("remember") });
  }

  return (
    <form onSubmit={submit}>
      <fieldset disabled={isPending}>
        {challenge ? (
          <ChallengeFields challenge={challenge} key={challenge.kind} />
        ) : (
          <>
            <Field label="Email" name="username" type="email" autoComplete="username" />
            <Field label="Password" name="password" type="password" autoComplete="current-password" />
            <label>
              <input name="remember" type="checkbox" /> Remember me
            </label>
          </>
        )}
        {error && <p role="alert">{error.detail}</p>}
        <button>Continue</button>
      </fieldset>
    </form>
  );
}

/** Answers a challenge with the fields of the form. */
function answer(challenge: Challenge, field: (name: string) => string): Promise<Step> {
  switch (challenge.kind) {
    case "NEW_PASSWORD_REQUIRED": {
      const attributes = challenge.requiredAttributes.map((name) => [name, field(name)] as const);
      return challenge.answer(field("password"), Object.fromEntries(attributes));
    }
    case "SOFTWARE_TOKEN_MFA":
    case "SMS_MFA":
    case "EMAIL_OTP":
    case "SMS_OTP":
    case "CONFIRM_SIGN_UP":
      return challenge.answer(field("code"));
    case "RESET_PASSWORD":
      return challenge.answer(field("code"), field("password"));
    case "SELECT_MFA_TYPE":
      return challenge.answer(chosen(challenge.choices, field("choice")));
    case "SELECT_CHALLENGE": {
      const choice = chosen(challenge.choices, field("choice"));
      return choice === "PASSWORD" ? challenge.answerPassword(field("password")) : challenge.answer(choice);
    }
    case "PASSWORD":
      return challenge.answer(field("password"));
    case "WEB_AUTHN":
      return answerWithPasskey(challenge);
    case "MFA_SETUP":
      if (challenge.totp) return challenge.answer(field("code"));
      return field("choice") === "EMAIL_OTP" ? challenge.setUpEmail(field("email")) : challenge.setUpTotp();
  }
}

/** The choice with this value. The browser requires one. */
function chosen<Choice extends string>(choices: readonly Choice[], value: string): Choice {
  const choice = choices.find((choice) => choice === value);
  if (!choice) throw new Error(`${value} is not a choice`);
  return choice;
}

function ChallengeFields({ challenge }: { challenge: Challenge }) {
  return (
    <>
      <p>{challenge.message}</p>
      {fieldsOf(challenge)}
    </>
  );
}

function fieldsOf(challenge: Challenge) {
  const code = <Field label="Code" name="code" inputMode="numeric" autoComplete="one-time-code" />;
  const newPassword = <Field label="New password" name="password" type="password" autoComplete="new-password" />;
  switch (challenge.kind) {
    case "NEW_PASSWORD_REQUIRED":
      return [
        newPassword,
        ...challenge.requiredAttributes.map((name) => <Field key={name} label={name} name={name} />),
      ];
    case "SOFTWARE_TOKEN_MFA":
    case "SMS_MFA":
    case "EMAIL_OTP":
    case "SMS_OTP":
      return [code, challenge.delivery?.Destination];
    case "CONFIRM_SIGN_UP":
      return [code, <SendCode challenge={challenge} />];
    case "RESET_PASSWORD":
      return [<SendCode challenge={challenge} />, code, newPassword];
    case "SELECT_MFA_TYPE":
      return <Choices choices={challenge.choices} />;
    case "SELECT_CHALLENGE":
      return <Choices choices={challenge.choices} needing="PASSWORD" field={<PasswordField />} />;
    case "PASSWORD":
      return <PasswordField />;
    case "WEB_AUTHN":
      return null;
    case "MFA_SETUP":
      if (challenge.totp) return [<p>{challenge.totp.secret}</p>, code];
      return (
        <Choices
          choices={challenge.choices}
          needing="EMAIL_OTP"
          field={<Field label="Email" name="email" type="email" />}
        />
      );
  }
}

/** Choice of a factor. One of them may need a further field. */
function Choices({
  choices,
  needing,
  field,
}: {
  choices: readonly string[];
  needing?: string;
  field?: React.ReactNode;
}) {
  const [selected, select] = useState(choices[0]);
  return (
    <>
      {choices.map((choice) => (
        <label key={choice}>
          <input
            type="radio"
            name="choice"
            value={choice}
            checked={choice === selected}
            onChange={() => select(choice)}
          />
          {choice}
        </label>
      ))}
      {selected === needing && field}
    </>
  );
}

function SendCode({ challenge }: { challenge: Extract<Challenge, { sendCode: unknown }> }) {
  const [message, setMessage] = useState<string>();
  async function send() {
    const sent = await challenge.sendCode();
    setMessage(sent.ok ? sent.value.message : sent.error.detail);
  }
  return (
    <>
      <button type="button" onClick={() => void send()}>
        Send code
      </button>
      <output>{message}</output>
    </>
  );
}

function PasswordField() {
  return <Field label="Password" name="password" type="password" autoComplete="current-password" />;
}

function Field({ label, ...attributes }: React.ComponentProps<"input"> & { label: string }) {
  return (
    <label>
      {label} <input required {...attributes} />
    </label>
  );
}
