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
const style = once(() =>
  Promise.all(
    ["style/widget.css", "style/chart.css"].map(async (name) => {
      const answer = await fetch(new URL(name, own), { credentials: "omit" });
      if (!answer.ok) throw name;
      return sheet(await answer.text());
    }),
  ),
);
// What a report looks like before its style is here.
const early = sheet(
  ":host{display:block}:host([hidden]){display:none}.w{container-type:inline-size}.wait{display:grid;gap:12px;height:408px;" +
    "grid-template-rows:3fr 9fr 25fr 4fr}.wait i{border-radius:8px;background:#80808029}.w:not([data-state=loading])>.wait," +
    ".w:not([data-state=crashed])>.sorry,.w[data-state=crashed]>:not(.sorry){display:none}" +
    "@container(max-width:619px){.wait{height:556px}}",
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
    if (name === "token" && this.#mounted && now) this.#mounted.renew(now);
    else this.#start();
  }

  async #start() {
    this.#stop();
    const turn = this.#turn;
    const note = element("p", "sorry", sorry);
    const bones = [1, 2, 3, 4].map(() => element("i", ""));
    const place = element("div", "w", element("div", "wait", ...bones), note);
    place.dataset.state = "loading";
    this.#root.replaceChildren(place);
    this.#root.adoptedStyleSheets = [early];
    const fail = (code, message, sentence = sorry) => {
      if (turn !== this.#turn) return;
      note.textContent = sentence;
      place.dataset.state = "crashed";
      this.dispatchEvent(new CustomEvent("tributary:error", { bubbles: true, detail: { code, message } }));
    };
    try {
      // Without its style a report is plain, and still a report.
      const sheets = await style().catch(() => []);
      if (turn !== this.#turn) return;
      this.#root.adoptedStyleSheets = [...sheets, early];
      const [token, view, locale, src] = names.map((name) => this.getAttribute(name));
      if (view && view !== "summary") return fail("unknown_view", view, `This report has no view “${view}”.`);
      if (!token) return fail("no_token", "The attribute token is missing", "This report has no access yet.");
      const { mount } = await load();
      if (turn !== this.#turn) return;
      const base = new URL(src || own, document.baseURI).href.replace(/\/+$/, "");
      this.#mounted = mount(place, base, token, known(locale));
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

if (!customElements.get("tributary-report")) customElements.define("tributary-report", TributaryReport);
