// Starts the page, or says that it cannot.
import init, * as pages from "/ui/portal.js";

const app = document.getElementById("app");
const stop = () => {
  app.dataset.state = "error";
  app.replaceChildren(document.getElementById("stopped").content.cloneNode(true));
};
app.addEventListener("tributary:stopped", stop);
try {
  await init();
  pages[app.dataset.mount]();
} catch (error) {
  console.error(error);
  stop();
}
