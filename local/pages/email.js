// Email address of the signed-in user. A new address needs a code, and the old one stays in force until then.

import { changeEmail, sendEmailCode, verifyEmail } from "./client.js";
import { client } from "./session.js";
import { element, onClick, onSubmit, say, show, value } from "./steps.js";

/** Profile of the user. */
let me;

/** Shows the account after the address was verified. */
let showVerified;

/** Whether the user may change the address. */
let canChange;

/** New address that waits for its code, and the id of its user. The service does not return it, so a reload forgets it. */
let pending;

/** Shows the address in the account. `whenVerified` takes the message of a verification. */
export function showEmail(profile, isChangeEnabled, whenVerified) {
  me = profile;
  canChange = isChangeEnabled;
  showVerified = whenVerified;
  if (pending?.userId !== me.user_id) pending = undefined;
  say("email-address", me.email);
  say("email-state", me.email_verified ? "Verified" : "Not verified");
  showPending();
}

function showPending() {
  say("email-pending", pending ? explanation() : "");
  element("start-email-change").hidden = !canChange || pending !== undefined;
  element("start-email-verification").hidden = me.email_verified || pending !== undefined;
  element("enter-email-code").hidden = !pending;
  for (const id of ["cancel-email-change", "cancel-email-code"]) element(id).hidden = !pending;
}

function explanation() {
  return `A code was sent to ${pending.email}. ${me.email} stays in force until you enter it.`;
}

function showCode(where, news) {
  say("email-code-where", where);
  showPending();
  show("verify-email", news);
}

onSubmit("change-email", async ({ email }) => {
  const { message } = value(await changeEmail(client, email));
  pending = { email, userId: me.user_id };
  showCode(explanation(), message);
});

onClick("enter-email-code", () => showCode(explanation()));

onClick("start-email-verification", sendCode);
onClick("resend-email-code", sendCode);

async function sendCode() {
  const { message, delivery } = value(await sendEmailCode(client));
  showCode(pending ? explanation() : `A code was sent to ${delivery?.Destination ?? me.email}.`, message);
}

onSubmit("verify-email", async ({ code }) => {
  const { message } = value(await verifyEmail(client, code));
  pending = undefined;
  await showVerified(message);
});

// The service needs no call: without the code, the address never changes.
for (const id of ["cancel-email-change", "cancel-email-code"]) {
  onClick(id, () => {
    pending = undefined;
    showPending();
    show("account", `Your email address is still ${me.email}`);
  });
}
