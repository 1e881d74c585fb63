// Starts the page, or says that it cannot.
const app = document.getElementById("app");
const stop = () => {
  app.dataset.state = "error";
  app.replaceChildren(document.getElementById("stopped").content.cloneNode(true));
};
app.addEventListener("tributary:stopped", stop);
try {
  const page = await import(`/ui/${app.dataset.page}.js`);
  await page.default();
  page.mount();
  // Behind the first figures. Where the browser keeps nothing, the page is the same with a connection.
  if (navigator.serviceWorker && "keep" in app.dataset) setTimeout(() => keep().catch(console.warn), 2000);
} catch (error) {
  console.error(error);
  stop();
}

/** Has the page and what it loaded kept for a time without a connection. */
async function keep() {
  await navigator.serviceWorker.register("/offline.js", { scope: location.pathname });
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage([location.pathname, ...performance.getEntriesByType("resource").map((entry) => entry.name)]);
}

// Signing out takes away what is kept here, also without a connection; other tabs show nothing any more then.
const tabs = new BroadcastChannel("tributary");
tabs.onmessage = () => location.reload();
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") !== "/sign-out") return;
  event.preventDefault();
  leave(event.target);
});
async function leave(form) {
  try {
    await globalThis.caches?.delete("tributary");
    const answer = await fetch("/sign-out", { method: "POST", body: new URLSearchParams() });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    tabs.postMessage("signed out");
    location.assign(answer.url);
  } catch (error) {
    console.warn(error);
    const said = form.querySelector("[role=alert]") ?? form.appendChild(document.createElement("p"));
    said.role = "alert";
    said.className = "fault";
    said.textContent = "You are still signed in: the server was not reached. What this browser kept is gone. Sign out again once there is a connection.";
  }
}

// What opens over the page closes as everywhere: by a press beside it, or Escape.
const closeOthers = (target) => {
  for (const open of document.querySelectorAll("details.pick[open]")) if (!open.contains(target)) open.open = false;
};
addEventListener("pointerdown", (event) => closeOthers(event.target));
addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector("details.pick[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
