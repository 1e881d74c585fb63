// Starts the page that the shell names. The shell shows a skeleton until the report is here, and a notice if the page cannot
// start, or stops: then nothing of its own code can say so any more.
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
