import { type NextRequest, NextResponse } from "next/server";

import { clientOf } from "./session";

/** Refreshes the token before a page needs it. Pages cannot set cookies. */
export async function middleware(request: NextRequest) {
  let response = NextResponse.next({ request });
  const client = clientOf({
    getAll: () => request.cookies.getAll(),
    setAll(cookies) {
      // For the page of this request, and for the browser.
      for (const { name, value } of cookies) request.cookies.set(name, value);
      response = NextResponse.next({ request });
      for (const { name, value, options } of cookies) response.cookies.set(name, value, options);
    },
  });
  await client.accessToken();
  return response;
}

export const config = { matcher: ["/((?!_next/|favicon.ico).*)"] };
