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
