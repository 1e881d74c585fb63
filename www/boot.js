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
} catch (error) {
  console.error(error);
  stop();
}
