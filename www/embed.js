// <tributary-report token view theme locale src>. What goes wrong stays inside: the page gets an event and a calm sentence.
const own = new URL(".", import.meta.url);
const names = ["token", "view", "locale", "src"];
const sorry = "This report cannot be shown now.";

/** One promise for all reports of a page; after a failure, another. */
const once = (make) => {
  let made;
  return () => (made ??= make().catch((error) => ((made = undefined), Promise.reject(error))));
};
const sheet = (text) => {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
};
const load = once(async () => {
  const code = await import(new URL("ui/widget.js", own));
  await code.default();
  return code;
});
// The portal's style, measured by the report instead of the page: by its own size of text, its own root and its own width.
const inside = (text) =>
  text
    .replace(/([\d.]+)rem\b/g, "calc($1 * var(--rem))")
    .replaceAll(":root", ".w")
    .replace(/@media (?=\((max|min)-width)/g, "@container ");
const style = once(() =>
  Promise.all(
    ["style/base.css", "style/report.css", "style/table.css", "style/chart.css", "style/widget.css"].map(async (name) => {
      const answer = await fetch(new URL(name, own), { credentials: "omit" });
      if (!answer.ok) throw name;
      return sheet(inside(await answer.text()));
    }),
  ),
);
// What a report looks like before its style is here.
const early = sheet(
  ":host{display:block}:host([hidden]){display:none}.w{container-type:inline-size}.bones{display:grid;gap:12px;height:408px;" +
    "grid-template-rows:3fr 9fr 25fr 4fr}.bones i{border-radius:8px;background:#80808029}.w:not([data-state=loading])>.bones," +
    ".w:not([data-state=crashed])>.sorry,.w[data-state=crashed]>:not(.sorry){display:none}" +
    "@container(max-width:619px){.bones{height:556px}}",
);
/** A language that the browser knows, or none. */
const known = (locale) => {
  try {
    return Intl.getCanonicalLocales(locale ?? [])[0] ?? "";
  } catch {
    return "";
  }
};
const element = (tag, name, ...children) => {
  const made = document.createElement(tag);
  made.className = name;
  made.append(...children);
  return made;
};

class TributaryReport extends HTMLElement {
  static observedAttributes = names;
  #root = this.attachShadow({ mode: "open" });
  #mounted;
  #turn = 0;

  connectedCallback() {
    this.#start();
  }

  disconnectedCallback() {
    this.#stop();
  }

  attributeChangedCallback(name, before, now) {
    if (!this.isConnected || before === now) return;
    try {
      if (name === "token" && this.#mounted && now) this.#mounted.renew(now);
      else if (name === "view" && this.#mounted) this.#mounted.show(now ?? "");
      else if (name === "locale" && this.#mounted) this.#mounted.speak(known(now));
      else this.#start();
    } catch {
      // It has stopped, and has said so.
    }
  }

  async #start() {
    this.#stop();
    const turn = this.#turn;
    const note = element("p", "sorry", sorry);
    const bones = [1, 2, 3, 4].map(() => element("i", ""));
    const place = element("div", "w", element("div", "bones", ...bones), note);
    place.dataset.state = "loading";
    this.#root.replaceChildren(place);
    this.#root.adoptedStyleSheets = [early];
    const fail = (code, message, sentence = sorry) => {
      if (turn !== this.#turn) return;
      note.textContent = sentence;
      place.dataset.state = "crashed";
      const detail = { code, message };
      this.dispatchEvent(new CustomEvent("tributary:error", { bubbles: true, composed: true, detail }));
    };
    try {
      // Without its style a report is plain, and still a report.
      const sheets = await style().catch(() => []);
      if (turn !== this.#turn) return;
      this.#root.adoptedStyleSheets = [...sheets, early];
      if (!this.hasAttribute("token")) return fail("no_token", "The attribute token is missing", "This report has no access yet.");
      const { mount } = await load();
      if (turn !== this.#turn) return;
      // As they are by now: each may have changed meanwhile.
      const [token, view, locale, src] = names.map((name) => this.getAttribute(name) ?? "");
      const base = new URL(src || own, document.baseURI).href.replace(/\/+$/, "");
      this.#mounted = mount(this, place, base, token, view, known(locale));
    } catch (error) {
      fail("unavailable", String(error));
    }
  }

  #stop() {
    this.#turn += 1;
    const mounted = this.#mounted;
    this.#mounted = undefined;
    try {
      mounted?.free();
    } catch {
      // It has stopped already.
    }
  }
}

// A page sets it to a function that answers another token. No field of the class, which would take away what was set before.
TributaryReport.prototype.renewToken = null;

if (!customElements.get("tributary-report")) customElements.define("tributary-report", TributaryReport);
