// What only a developer's machine has: people who are made up, and a look at what was sent to them.

const { talks_to, people, sent_url, hint } = await (await fetch("about.json")).json();

const element = (id) => document.getElementById(id);

element("talks-to").textContent = `This page talks to ${talks_to}.`;
element("sent-hint").textContent = hint;

for (const { username, password, state } of people) {
  const fill = document.createElement("button");
  fill.className = "link";
  fill.textContent = username;
  fill.addEventListener("click", () => {
    const form = element("sign-in");
    if (form.hidden) return;
    form.elements.username.value = username;
    form.elements.password.value = password ?? "";
    form.elements.username.focus();
  });
  const item = document.createElement("li");
  item.append(fill, ` ${state}`);
  element("people").append(item);
}

// After each answer of the API, which may have sent something.
if (sent_url) document.addEventListener("answered", showSent);

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
