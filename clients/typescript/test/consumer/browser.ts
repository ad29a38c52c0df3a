// Further uses, with a `lib` that has `fetch`.

import { client } from "./main.js";

export const fetcher: typeof fetch = client.fetch;

export async function orders(signal: AbortSignal): Promise<number> {
  const request = new Request("https://orders.example.org", { signal });
  const response: Response = await client.fetch(request);
  await client.accessToken({ signal, forceRefresh: true });
  return response.status;
}
