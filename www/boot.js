// Starts the page that the shell names. The shell shows a skeleton until the report is here, and a notice if it cannot start.
import init, * as pages from "/ui/portal.js";

const app = document.getElementById("app");
try {
  await init();
  pages[app.dataset.mount]();
} catch (error) {
  console.error(error);
  app.dataset.state = "error";
  app.classList.add("crashed");
}
