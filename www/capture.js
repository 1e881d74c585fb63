// Who sent this visitor. Without permission nothing is kept: the token is in memory, own links and fields that ask.
(() => {
  const script = document.currentScript;
  if (!script || window.tributary) return;
  const api = new URL("/api/", script.src);
  const words = (text) => text.split(" ");
  const own = words("trb_id trb_j trb_v");
  const others = words("dub_id ps_xid irclickid gclid fbclid msclkid li_fat_id");
  const utm = words("source medium campaign term content id").map((name) => `utm_${name}`);
  const names = ["trb_id", ...utm, ...others, ...words("coupon code via fpr refcode ps_partner_key rfsn ref a")];
  const kinds = {
    email: words("mail webmail outlook"),
    search: words("google bing duckduckgo yahoo ecosia baidu yandex qwant startpage kagi search.brave"),
    social: words(
      "facebook instagram linkedin lnkd.in twitter x.com t.co reddit youtube tiktok pinterest threads bsky mastodon",
    ),
  };
  const forget = () => own.forEach((name) => keep(name, "", 0));
  const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
  const [arrived] = performance.getEntriesByType("navigation");
  const gpc = navigator.globalPrivacyControl === true;
  let choice = { 1: true, 0: false }[cookie("trb_c")];
  const permitted = () => choice ?? (!gpc && cookie("trb_v"));
  let token, journey, last, lost, settle;
  let queue = Promise.resolve();
  let failures = 0;
  let params = {};
  const seen = new Set();
  const mine = new WeakSet();
  const ready = new Promise((resolve) => (settle = resolve));

  const write = (name, value, age, domain) => {
    document.cookie = `${name}=${value}; Max-Age=${age}; Path=/; Secure; SameSite=Lax${domain}`;
  };
  // The widest that takes a cookie.
  let domain = () => {
    const labels = location.hostname.split(".");
    let found = "";
    for (let i = labels.length - 2; i >= 0 && !found; i--) {
      const wide = `; Domain=${labels.slice(i).join(".")}`;
      write("trb_t", 1, 9, wide);
      if (cookie("trb_t")) found = wide;
      write("trb_t", 1, 0, wide);
    }
    domain = () => found;
    return found;
  };
  const keep = (name, value, age = 7776000) => write(name, value, age, domain());
  const send = (door, body) =>
    fetch(`${api}${door}?key=${script.dataset.key}`, {
      method: "POST",
      body: JSON.stringify(body),
      credentials: "include",
      keepalive: true,
    });
  const related = (host) => {
    const [a, b] = [host, location.hostname].map((name) => `.${name.replace(/^www\./, "")}`);
    return host && (a.endsWith(b) || b.endsWith(a) || words(script.dataset.domains ?? "").includes(host));
  };
  const source = (referrer) => {
    const host = referrer && new URL(referrer).hostname;
    if (!host || related(host)) return;
    if (host === api.hostname) return "partner";
    return Object.keys(kinds).find((kind) => kinds[kind].some((word) => `.${host}.`.includes(`.${word}.`))) ?? "other";
  };

  // Each needs the one before.
  const next = (work) => (queue = queue.then(work));
  const report = async (arrival) => {
    last = arrival;
    try {
      const may = permitted();
      const known = may && { visitor: cookie("trb_v"), journey: cookie("trb_j") };
      const told = { ...arrival.params };
      // These name a person: told only if permitted.
      for (const name of others) told[name] = may ? (told[name] ?? cookie(name)) : told[name] && "-";
      const answer = await send("capture", { ...arrival, params: told, ...known, consent: choice, gpc });
      if (answer.status > 499) throw answer;
      const { token: given, cookies = {}, touch } = answer.ok ? await answer.json() : {};
      token = given ?? token;
      journey = cookies.trb_j ?? given ?? journey;
      lost = undefined;
      if (choice !== false) for (const name of own) if (cookies[name]) keep(name, cookies[name]);
      // More may be told later.
      arrival.touch = touch;
      arrival.params.trb_id = given ?? "";
      const more = !may && permitted() && others.some((name) => told[name] ?? cookie(name));
      if (more) next(() => report({ ...arrival }));
      fill();
    } catch {
      lost = arrival.params;
      if (failures < 5) setTimeout(() => last === arrival && next(() => report(arrival)), 2000 * 3 ** failures++);
    }
    settle(token);
  };
  const look = (address, referrer, again) => {
    const query = new URL(address).searchParams;
    const found = {};
    for (const name of names) {
      const value = query.getAll(name).join("\n").trim();
      if (value) found[name] = value;
    }
    const key = JSON.stringify(found);
    if (key !== "{}") params = found;
    const known = seen.has(key) || (token && found.trb_id === token);
    if ((key === "{}" && !referrer) || known) return next(() => settle(token));
    seen.add(key);
    next(() => report({ params: found, referrer, again }));
  };

  const fill = () => {
    const values = { __proto__: null, ...params, trb_id: token, trb_j: journey };
    for (const input of document.querySelectorAll("input[type=hidden]")) {
      const value = values[input.name];
      if (!value || (input.value && !mine.has(input))) continue;
      input.value = value.split("\n")[0];
      mine.add(input);
    }
    if (token)
      for (const element of document.querySelectorAll("[data-tributary-checkout]")) {
        if (element.href) extend(element, { client_reference_id: token });
        else element.setAttribute("client-reference-id", token);
      }
  };
  const extend = (link, values, fits = () => true) => {
    try {
      // SVG's have no hostname.
      const to = new URL(link.getAttribute("href"), document.baseURI);
      const query = to.searchParams;
      if (!fits(to.hostname)) return;
      for (const name of Object.keys(values))
        if (!query.has(name) || mine.has(link)) {
          query.set(name, values[name]);
          mine.add(link);
        }
      if (to != link.href) link.setAttribute("href", to);
    } catch {}
  };
  const act = ({ target }) => {
    fill();
    const link = target.closest?.("a[href]:not([data-tributary-checkout])");
    if (link && (!permitted() || !cookie("trb_id"))) extend(link, token ? { trb_id: token } : lost, related);
  };
  const moved = () => {
    look(location.href);
    setTimeout(fill);
  };

  window.tributary = {
    ready,
    get token() {
      return token;
    },
    consent(agreed) {
      if (choice === !!agreed) return;
      choice = !!agreed;
      keep("trb_c", choice ? 1 : 0);
      if (!choice) forget();
      else next(() => last && !cookie("trb_v") && report({ ...last }));
      send("consent", { consent: choice }).catch(() => {});
    },
  };

  const start = () => {
    if (permitted()) [token, journey] = own.map(cookie);
    else if (cookie("trb_v")) forget();
    for (const type of words("click auxclick submit focusin")) addEventListener(type, act, true);
    for (const name of words("pushState replaceState")) {
      const native = history[name];
      history[name] = function (...args) {
        native.apply(this, args);
        moved();
      };
    }
    addEventListener("popstate", moved);
    // A router may have changed it.
    look(arrived?.name ?? location.href, source(document.referrer), arrived?.type !== "navigate");
    moved();
  };
  if (document.prerendering) document.addEventListener("prerenderingchange", start, { once: true });
  else start();
})();
