// Steps of the page: forms and sections, of which one is visible, and the messages above them.

import { client } from "./session.js";

export const element = (id) => document.getElementById(id);

/** Value of a result. Throws its error, which `attempt` shows. */
export function value(result) {
  if (!result.ok) throw result.error;
  return result.value;
}

/** Runs `work` with the fields of a form when it is submitted. Omits empty fields. */
export function onSubmit(id, work) {
  const form = element(id);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // A passkey or a code needs no password, but a username.
    if (event.submitter?.formNoValidate && !form.elements.username.reportValidity()) return;
    const fields = [...new FormData(form, event.submitter)].filter(([, value]) => value !== "");
    attempt(form, () => work(Object.fromEntries(fields)));
  });
}

/** Runs `work` when a button is clicked. */
export function onClick(id, work) {
  element(id).addEventListener("click", () => attempt(element(id).closest("form, section"), work));
}

for (const link of document.querySelectorAll("[data-show]")) {
  const { show: id } = link.dataset;
  link.addEventListener("click", () => show(id === "sign-in" && client.user ? "account" : id));
}

/** Runs `work`, unless the step is busy, and shows errors. */
export async function attempt(step, work) {
  if (step.ariaBusy === "true") return;
  step.ariaBusy = "true";
  say("problem", "");
  say("news", "");
  const { user } = client;
  try {
    await work();
  } catch (error) {
    handleError(error, user);
  } finally {
    step.ariaBusy = "false";
  }
}

/** Whether the service required a new sign-in of the user. */
let requiresSignIn = false;

export const mustReauthenticate = () => requiresSignIn;

/** Shows an error. If the session of `user` has ended, or the sign-in is too long ago, the user must sign in again. */
function handleError(error, user) {
  if (error.type === "ReauthenticationRequired") {
    requiresSignIn = true;
    void client.signOut();
  }
  const mustSignIn = user && !client.user;
  if (mustSignIn) show("sign-in");
  say("problem", errorText(error));
  if (mustSignIn) {
    const { username, password } = element("sign-in").elements;
    username.value = user.email;
    password.focus();
  } else focusOn(document.querySelector("main > :not([hidden]):is(form, section)"));
}

export function errorText(error) {
  return `${error.message}.`.replace(/\.\.$/, ".");
}

/** Shows one step with empty fields, and moves the focus there for users of keyboards and screen readers. */
export function show(id, news = "") {
  element(id).dispatchEvent(new Event("show"));
  for (const step of document.querySelectorAll("main > form, main > section")) {
    step.hidden = step.id !== id;
    if (step.hidden && step instanceof HTMLFormElement) step.reset();
  }
  document.title = element(`${id}-title`).textContent;
  say("problem", "");
  say("news", news);
  focusOn(element(id));
}

function focusOn(step) {
  (step.querySelector("input") ?? step.querySelector("h2")).focus();
}

export function say(id, text) {
  element(id).textContent = text;
}

/** Creates an element with properties, text and child elements. */
export function create(name, ...parts) {
  const created = document.createElement(name);
  for (const part of parts) {
    if (typeof part === "string" || part instanceof Node) created.append(part);
    else Object.assign(created, part);
  }
  return created;
}

/** Creates a button in a list, with a label for screen readers. */
export function button(label, text, work) {
  const created = create("button", { type: "button", className: "link", ariaLabel: label }, text);
  created.addEventListener("click", () => attempt(created.closest("section"), work));
  return created;
}
