// The hooks on a server. `test/browser` tests them in Chromium.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createElement } from "react";
import { renderToString } from "react-dom/server";

import { AuthProvider, useAuth, useClient } from "../src/react.js";
import { Service } from "./service.js";

function Page() {
  const { user, isLoading } = useAuth();
  return createElement("p", null, `${user?.name} ${isLoading}`);
}

test("server renders no user, and is loading", () => {
  const client = new Service().signedIn();
  assert.equal(renderToString(createElement(AuthProvider, { client }, createElement(Page))), "<p>undefined true</p>");
});

test("hook without a provider throws", () => {
  const Lost = () => createElement("p", null, String(useClient()));
  assert.throws(() => renderToString(createElement(Lost)), /AuthProvider/);
});
