// Demo users and sent messages, only on a developer's machine.

// If this fails, page.js shows why.
const { backend, users, sent_url, reset_url, hint } = await (await fetch("about.json")).json();

const element = (id) => document.getElementById(id);

element("backend").textContent = `This page uses ${backend}.`;
element("sent-hint").textContent = hint;

for (const { username, password, state } of users) {
  const fill = document.createElement("button");
  fill.className = "link";
  fill.textContent = username;
  fill.addEventListener("click", () => {
    const form = element("sign-in");
    if (form.hidden) return;
    form.elements.username.value = username;
    form.elements.password.value = password;
    form.elements.username.focus();
  });
  const item = document.createElement("li");
  item.append(fill, ` ${state}`);
  element("users").append(item);
}

// A request to the API may have sent a message.
if (sent_url) document.addEventListener("response", showSent);

if (reset_url) {
  element("reset").hidden = false;
  element("reset").addEventListener("click", async () => {
    await fetch(reset_url, { method: "POST" });
    // Sessions of this page have ended.
    location.reload();
  });
}

async function showSent() {
  const sent = await (await fetch(sent_url)).json();
  element("sent").replaceChildren(
    ...sent.toReversed().map(({ to, code }) => {
      const item = document.createElement("li");
      const shown = document.createElement("code");
      shown.textContent = code;
      item.append(shown, ` to ${to}`);
      return item;
    }),
  );
}
