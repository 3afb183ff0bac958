/* Writing a draft together: saving by itself, keeping what could not be saved, and who else is here.
   Every page works without this file. */
(() => {
  "use strict";

  const QUIET = 2000; /* saved when nothing was typed for so long … */
  const LONGEST = 7000; /* … and at the latest this long after the first letter */
  const RETRY = 5000;
  const PATIENCE = 15000;
  const HEARTBEAT = 20000;
  const PREFIX = "typed:";

  /* Signing in in another tab changes the token; the cookie always has the one that counts. */
  const cookieToken = () => document.cookie.match(/(?:^|; )(?:__Host-|__Secure-)?csrftoken=([^;]+)/)?.[1];

  /* --- What this browser keeps until the portal has it ---------------------------------------- */

  const store = {
    read(key) { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
    write(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full or switched off */ } },
    drop(key) { try { sessionStorage.removeItem(key); } catch { /* switched off */ } },
    keys() { try { return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX)); } catch { return []; } },
  };

  function markLost(page) {
    store.keys().filter((key) => key.endsWith(`:${page.dataset.typedLost}`)).forEach((key) => {
      const kept = store.read(key);
      if (!kept) return;
      store.write(key, { ...kept, state: "lost" });
      page.querySelector("[data-with-script]").hidden = false;
      page.querySelector("[data-without-script]").hidden = true;
    });
  }

  /* On the page of a conflict the person decides about the text, so nothing is offered afterwards. */
  function dropSettled(form) {
    const drop = () => store.keys().filter((key) => key.endsWith(`:${form.dataset.typedSettles}`)).forEach((key) => store.drop(key));
    form.addEventListener("submit", drop);
    form.querySelector("[data-leave]").addEventListener("click", drop);
  }

  /* --- Saving by itself ------------------------------------------------------------------------ */

  function startSaving(form) {
    const status = document.getElementById("saved");
    const field = (name) => form.querySelector(`input[name="${name}"]`);
    const key = `${PREFIX}${form.dataset.user}:${new URL(form.action).pathname}`;
    let turn = 0;
    let dirtySince = 0;
    let timer = 0;
    let running = null;
    let isLeaving = false;
    let isWaiting = false;

    const pairs = () => Array.from(new FormData(form)).filter(([, value]) => typeof value === "string");
    const typed = () => pairs().filter(([name]) => name.startsWith("a-"));

    function keep(state) {
      store.write(key, { state, version: field("expected_version").value, page: field("page").value, turn, typed: typed() });
    }

    function next() {
      turn += 1;
      field("turn").value = turn;
      const token = cookieToken();
      if (token) field("csrfmiddlewaretoken").value = token;
    }

    function schedule(wait) {
      clearTimeout(timer);
      timer = setTimeout(save, wait);
    }

    function changed() {
      if (!dirtySince) dirtySince = Date.now();
      schedule(Math.max(0, Math.min(QUIET, dirtySince + LONGEST - Date.now())));
    }

    /* Words without a place are kept by the portal; sending them again and again would not give them one. */
    function show(answer) {
      const page = new DOMParser().parseFromString(answer, "text/html");
      const version = page.getElementById("expected-version");
      const aside = page.querySelector("[data-aside]");
      const isSettled = Boolean(page.querySelector("[data-settled]"));
      if (aside) {
        field("aside").value = aside.value;
        aside.remove();
      }
      if (version) {
        field("expected_version").value = version.value;
        version.remove();
        store.drop(key);
      } else if (isSettled && aside) {
        store.drop(key);
      } else {
        keep("lost");
      }
      status.replaceChildren(...page.body.childNodes);
      return Boolean(version) || isSettled;
    }

    async function send(since, isLast) {
      const stop = new AbortController();
      const patience = setTimeout(() => stop.abort(), PATIENCE);
      running.stop = stop;
      next();
      try {
        const response = await fetch(form.action, {
          method: "POST", body: new URLSearchParams(pairs()), headers: { "HX-Request": "true" }, signal: stop.signal, keepalive: isLast,
        });
        const answer = await response.text();
        if (!response.ok && !answer.includes("data-settled")) throw new Error(String(response.status));
        if (!show(answer) && !dirtySince) dirtySince = since;
      } catch {
        if (!dirtySince) dirtySince = since;
        keep("lost");
        if (!isLeaving && !isWaiting) status.textContent = status.dataset.failed;
      } finally {
        clearTimeout(patience);
      }
    }

    async function save(isLast = false) {
      if (running || !dirtySince || isLeaving) return;
      const since = dirtySince;
      dirtySince = 0;
      running = { stop: null };
      running.done = send(since, isLast === true);
      await running.done;
      running = null;
      if (dirtySince && !isLeaving) schedule(dirtySince === since ? RETRY : Math.max(0, QUIET));
    }

    /* What the person sends comes after what is on its way, never beside it. */
    form.addEventListener("submit", (event) => {
      if (!running) {
        isLeaving = true;
        clearTimeout(timer);
        next();
        keep("sent");
        return;
      }
      event.preventDefault();
      if (isWaiting) return;
      isWaiting = true;
      const stopping = setTimeout(() => running?.stop?.abort(), 3000);
      running.done.then(() => {
        clearTimeout(stopping);
        setTimeout(() => {
          isWaiting = false;
          form.requestSubmit(event.submitter ?? undefined);
        });
      });
    });

    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    document.querySelector("[data-leave]")?.addEventListener("click", () => { isLeaving = true; store.drop(key); });
    document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
    window.addEventListener("pagehide", () => {
      if (isLeaving || !(dirtySince || running)) return;
      keep("sent");
      save(true);
    });
    window.addEventListener("pageshow", () => { isLeaving = false; });
    window.addEventListener("online", () => { if (dirtySince) schedule(0); });
    offerKept(form, key, field, typed);
  }

  /* --- What was kept, offered back ---------------------------------------------------------------- */

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function offerKept(form, key, field, typed) {
    store.keys().filter((one) => !one.startsWith(`${PREFIX}${form.dataset.user}:`)).forEach((one) => store.drop(one));
    const kept = store.read(key);
    if (!kept) return;
    const arrived = form.dataset.savedFrom === kept.page && Number(form.dataset.savedTurn) >= kept.turn;
    if (arrived || same(kept.typed, typed())) {
      store.drop(key);
      return;
    }
    const box = document.querySelector("[data-kept]");
    box.hidden = false;
    box.querySelector("[data-kept-drop]").addEventListener("click", () => { store.drop(key); box.hidden = true; });
    box.querySelector("[data-kept-back]").addEventListener("click", () => {
      const more = document.querySelector("[data-kept-more]");
      more.hidden = !putBack(form, kept.typed);
      field("expected_version").value = kept.version;
      box.hidden = true;
      form.querySelector("textarea, input:not([type=hidden])")?.focus();
      form.dispatchEvent(new Event("input", { bubbles: true }));
      form.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  /* Whether there was more than the page has places for: it is sent along, and the portal finds a place or sets it aside. */
  function putBack(form, pairs) {
    const inputs = Array.from(form.elements).filter((one) => one.name?.startsWith("a-"));
    inputs.forEach((input) => {
      const values = pairs.filter(([name]) => name === input.name).map(([, value]) => value);
      if (input.type === "checkbox" || input.type === "radio") input.checked = values.includes(input.value);
      else if (values.length && input.value !== values[0]) {
        input.value = values[0];
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
    const names = new Set(inputs.map((input) => input.name));
    const others = pairs.filter(([name, value]) => !names.has(name) && value.trim());
    others.forEach(([name, value]) => {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    });
    return others.length > 0;
  }

  /* --- Kept for a section that is gone ------------------------------------------------------------ */

  /* On the list of sections: what this browser kept for one that is not listed goes to the portal, which sets it aside. */
  async function rescue(box) {
    const listed = new Set(Array.from(document.querySelectorAll("main a[href]"), (link) => link.pathname));
    const start = `${PREFIX}${box.dataset.rescue}:`;
    const places = store.keys().filter((key) => key.startsWith(`${start}${window.location.pathname}sections/`));
    for (const key of places.filter((one) => !listed.has(one.slice(start.length)))) {
      const body = new URLSearchParams(store.read(key)?.typed ?? []);
      body.append("csrfmiddlewaretoken", cookieToken() ?? "");
      try {
        const response = await fetch(key.slice(start.length), { method: "POST", body, headers: { "HX-Request": "true" } });
        if (!(await response.text()).includes("data-aside")) continue;
        store.drop(key);
        box.hidden = false;
      } catch { /* the browser keeps it until the next visit */ }
    }
  }

  /* --- Who is here ------------------------------------------------------------------------------ */

  function startTelling(box) {
    async function tell() {
      if (document.hidden) return;
      const body = new URLSearchParams({ place: box.dataset.place, csrfmiddlewaretoken: cookieToken() ?? "" });
      try {
        const response = await fetch(box.dataset.here, { method: "POST", body });
        if (!response.ok || response.redirected) return;
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        if (page.body.textContent.trim() !== box.textContent.trim()) box.replaceChildren(...page.body.childNodes);
      } catch { /* the connection comes back or does not; nothing hangs on it */ }
    }
    setInterval(tell, HEARTBEAT);
    if (!box.dataset.place) tell(); /* a section has noted the reader when it was opened */
  }

  document.querySelectorAll("[data-typed-lost]").forEach(markLost);
  document.querySelectorAll("form[data-typed-settles]").forEach(dropSettled);
  document.querySelectorAll("form[data-autosave]").forEach(startSaving);
  document.querySelectorAll("[data-rescue]").forEach(rescue);
  document.querySelectorAll("[data-here]").forEach(startTelling);
})();
