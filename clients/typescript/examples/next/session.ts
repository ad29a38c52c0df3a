import { type CookieMethods, createServerClient } from "@sign-in-service/client/server";

/** Client of one request. Never keep it in a variable of a module: it acts for one visitor. */
export function clientOf(cookies: CookieMethods) {
  return createServerClient(process.env["API_URL"] ?? "https://api.example.org", {
    cookies,
    cookieOptions: { secure: !process.env["INSECURE_COOKIES"] },
  });
}
