// Password policy of the deployment, below each field for a new password.

import { settings } from "./session.js";
import { create } from "./steps.js";

const { password_policy: policy } = await settings;

if (policy) {
  for (const field of document.querySelectorAll('input[autocomplete="new-password"]')) {
    const hint = create("p", { id: `${field.form.id}-policy`, className: "hint" }, describe(policy));
    field.closest("label").after(hint);
    field.setAttribute("aria-describedby", hint.id);
  }
}

/** The policy as a sentence, such as "At least 8 characters, with an uppercase letter and a number." */
function describe({ minimum_length, uppercase, lowercase, numbers, symbols }) {
  const kinds = Object.entries({
    "an uppercase letter": uppercase,
    "a lowercase letter": lowercase,
    "a number": numbers,
    "a symbol": symbols,
  }).flatMap(([name, isRequired]) => (isRequired ? [name] : []));
  const required = kinds.length ? `, with ${new Intl.ListFormat("en").format(kinds)}` : "";
  return `At least ${minimum_length} characters${required}.`;
}
