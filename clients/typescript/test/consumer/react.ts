// Hooks, with the types of React.

import { createElement } from "react";

import { AuthProvider, useAuth, useSignIn } from "@sign-in-service/client/react";

import { client } from "./main.js";

function Form() {
  const { user, isLoading, signOut } = useAuth();
  const { challenge, error, isPending, proceed, signIn } = useSignIn();
  const submit = () =>
    challenge?.kind === "EMAIL_OTP"
      ? proceed(() => challenge.answer("123456"))
      : signIn({ username: "user@igad.int", password: "p" });
  return createElement(
    "button",
    { onClick: submit, disabled: isPending || isLoading },
    user?.name,
    error?.detail,
    String(signOut),
  );
}

export const signOutButton = createElement("button", { onClick: client.signOut });
export const app = createElement(AuthProvider, { client }, createElement(Form));
