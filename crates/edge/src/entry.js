// What the runtime calls. The handlers are an object's: a class would be made anew for each request.
//
// A panic leaves behind WebAssembly of which nobody knows how far it came: whoever comes next gets a new instance.

import * as wasm from "./index.js";

const state = wasm.__worker_init_state();

function begun() {
  if (!state.criticalError) return;
  console.log("A fault ended the Worker: it begins anew");
  wasm.__wbg_reset_state();
  state.criticalError = false;
}

function noted(error) {
  if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
  return error;
}

// What nobody waits for any more.
addEventListener("error", ({ error }) => noted(error));

function guarded(handle) {
  return (event, env, ctx) => {
    begun();
    try {
      return handle(event, env, ctx);
    } catch (error) {
      throw noted(error);
    }
  };
}

export default { fetch: guarded(wasm.fetch), queue: guarded(wasm.queue), scheduled: guarded(wasm.scheduled) };
