// Computes beside the page what would hold it up: the console's own code, in a thread of its own.
import start, { compare } from "/ui/console.js";

const started = start();
addEventListener("message", async ({ data: [first, second, draft] }) => {
  try {
    await started;
    postMessage({ answer: await compare(first, second, draft, (step) => postMessage({ step })) });
  } catch (error) {
    console.error(error);
    postMessage({ failed: true });
  }
});
