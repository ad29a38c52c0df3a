import { cookies } from "next/headers";
import { redirect } from "next/navigation";

import { clientOf } from "../session";
import { signOut } from "./sign-in/actions";

export default async function Page() {
  const store = await cookies();
  // Without `setAll`, because a page cannot set cookies.
  const { user } = clientOf({ getAll: () => store.getAll() });
  if (!user) redirect("/sign-in");
  return (
    <form action={signOut}>
      <h1>Hello {user.name}</h1>
      <button>Sign out</button>
    </form>
  );
}
