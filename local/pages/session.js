// Session of the user with the API.

import { Client } from "./client.js";

/** Client of the API, or why there is none. Its tokens are in memory only, so that other pages cannot read them. */
export const { client, problem } = await connect();

async function connect() {
  const response = await fetch("about.json").catch(() => undefined);
  if (!response?.ok) {
    const reason = response ? `returned the status ${response.status}` : "could not be loaded";
    return { problem: `This page cannot start: about.json ${reason}.` };
  }
  const { api } = await response.json();
  return { client: new Client(api, { fetch: observedFetch }) };
}

/** `fetch` that tells the rest of the page about responses: local.js shows the messages that a request has sent. */
async function observedFetch(...request) {
  const response = await fetch(...request);
  document.dispatchEvent(new Event("response"));
  return response;
}
