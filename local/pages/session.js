// Session of the user with the API, and the settings of the deployment.

import { Client, settings as loadSettings } from "./client.js";

/** Client of the API, or the problem that prevents it. Its tokens are in memory only, so that other pages cannot read them. */
export const { client, problem } = await connect();

/** Promise of the settings of the deployment. What the service does not know is absent: everything if the request fails. */
export const settings = load();

async function connect() {
  const response = await fetch("about.json").catch(() => undefined);
  if (!response?.ok) {
    const reason = response ? `returned the status ${response.status}` : "could not be loaded";
    return { problem: `This page cannot start: about.json ${reason}.` };
  }
  const { api } = await response.json();
  return { client: new Client(api, { fetch: observedFetch }) };
}

async function load() {
  const result = client && (await loadSettings(client));
  return result?.ok ? result.value : {};
}

/** `fetch` that tells the rest of the page about responses: local.js shows the messages that a request has sent. */
async function observedFetch(...request) {
  const response = await fetch(...request);
  document.dispatchEvent(new Event("response"));
  return response;
}
