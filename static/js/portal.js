/* Comfort only: every page works without this file. */
(() => {
  "use strict";
  const words = document.getElementById("portal-words")?.dataset ?? {};
  const two = (number) => String(number).padStart(2, "0");
  const enhanced = new WeakSet();

  /* The elements below (or at) root that were not met before, so that a piece loaded later is enhanced once. */
  function fresh(selector, root) {
    const found = Array.from(root.querySelectorAll(selector));
    if (root.matches?.(selector)) found.unshift(root);
    return found.filter((element) => !enhanced.has(element) && enhanced.add(element));
  }

  /* Countdown: the server's clock counts, so a wrong clock on the reader's side changes nothing. */
  function remaining(milliseconds) {
    const seconds = Math.floor(milliseconds / 1000);
    const days = Math.floor(seconds / 86400);
    const hours = Math.floor((seconds % 86400) / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    if (days) return `${days} ${days === 1 ? words.day : words.days} ${two(hours)}:${two(minutes)}`;
    return `${two(hours)}:${two(minutes)}:${two(seconds % 60)}`;
  }

  function startCountdown(box) {
    const end = Date.parse(box.dataset.deadline);
    const offset = Date.parse(box.dataset.now) - Date.now();
    const text = box.querySelector("[data-countdown]");
    const tick = () => {
      const left = end - Date.now() - offset;
      const shown = left > 0 ? remaining(left) : words.closed;
      if (text.textContent !== shown) text.textContent = shown;
      if (left <= 0) clearInterval(timer);
    };
    const timer = setInterval(tick, 1000);
    tick();
    showReaderClock(box, new Date(end));
  }

  function showReaderClock(box, end) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const shape = { weekday: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const language = document.documentElement.lang;
    const here = new Intl.DateTimeFormat(language, shape).format(end);
    const there = new Intl.DateTimeFormat(language, { ...shape, timeZone: "Europe/Brussels" }).format(end);
    const place = box.querySelector("[data-reader-clock]");
    if (!place || here === there) return;
    place.textContent = `${here} ${words.yourTime} (${zone.split("/").pop().replaceAll("_", " ")})`;
    place.hidden = false;
  }

  /* Characters: counted, never cut off. A line break counts as one. */
  function countCharacters(area) {
    const most = Number(area.dataset.maxlength || 0);
    const least = Number(area.dataset.minlength || 0);
    const note = document.createElement("p");
    note.className = "char-count";
    note.id = `${area.id}_count`;
    note.setAttribute("aria-live", "polite");
    area.setAttribute("aria-describedby", `${area.getAttribute("aria-describedby") ?? ""} ${note.id}`.trim());
    area.insertAdjacentElement("afterend", note);
    const update = () => {
      const length = Array.from(area.value).length;
      note.classList.toggle("is-over", most > 0 && length > most);
      if (most && length > most) note.textContent = `${length - most} ${words.tooMany}`;
      else if (least && length < least) note.textContent = `${length} ${words.ofAtLeast} ${least} ${words.characters}`;
      else if (most) note.textContent = `${length} ${words.ofAtMost} ${most} ${words.characters}`;
      else note.textContent = `${length} ${words.characters}`;
    };
    area.addEventListener("input", update);
    update();
  }

  /* Marks: a digit sets the mark, a point or comma right after it adds the half. */
  function listenForMarks(group) {
    const pick = (value) => {
      const radio = Array.from(group.querySelectorAll("input[type=radio]")).find((input) => Number(input.value) === value);
      if (!radio || radio.disabled) return;
      radio.checked = true;
      radio.focus();
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    };
    group.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const chosen = group.querySelector("input:checked");
      if (/^[0-9]$/.test(event.key)) pick(Number(event.key));
      else if ((event.key === "." || event.key === ",") && chosen) pick(Math.floor(Number(chosen.value)) + 0.5);
      else return;
      event.preventDefault();
    });
  }

  /* Menus close when the reader leaves them. */
  function closeOnLeave(menu) {
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  /* A filter form may send itself when a choice is clicked; its button stays for everybody else. With the arrow keys every
     step through a list is a change, and must not take the reader away. */
  function sendOnChange(form) {
    let byKeyboard = false;
    form.addEventListener("keydown", () => { byKeyboard = true; });
    form.addEventListener("pointerdown", () => { byKeyboard = false; });
    form.addEventListener("change", () => { if (!byKeyboard) form.requestSubmit(); });
  }

  /* A second click must not send the form again; the server refuses it as well. */
  function sendOnce(form) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
    window.addEventListener("pageshow", () => { delete form.dataset.sent; });
  }

  /* Without this file the browser's own menu prints. */
  function offerPrinting(place) {
    place.hidden = false;
    place.querySelector("button").addEventListener("click", () => window.print());
  }

  /* The session: two minutes before its end the reader may stay. Another tab may have renewed it, so the portal is asked. */
  function watchSession(box) {
    const said = box.querySelector("[data-session-status]");
    const button = box.querySelector("[data-session-renew]");
    const offset = Date.parse(box.dataset.now) - Date.now();
    let end = Date.parse(box.dataset.sessionEnds);
    const say = (text) => {
      said.textContent = text;
      box.classList.toggle("is-shown", Boolean(text));
    };
    const tick = () => {
      const left = end - Date.now() - offset;
      if (left > 120000) return;
      const text = left > 0 ? said.dataset.soon : said.dataset.over;
      button.hidden = left <= 0;
      if (said.textContent !== text) say(text);
    };
    button.addEventListener("click", async () => {
      const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value;
      const response = await fetch(box.dataset.renew, { method: "POST", headers: { "X-CSRFToken": token ?? "" } }).catch(() => null);
      if (!response?.ok || response.redirected) return;
      end = Date.parse((await response.json()).ends_at);
      button.hidden = true;
      say(said.dataset.renewed);
      setTimeout(() => say(""), 5000);
    });
    setInterval(tick, 5000);
    tick();
  }

  function enhance(root) {
    fresh("[data-deadline]", root).forEach(startCountdown);
    fresh("textarea[data-maxlength], textarea[data-minlength]", root).forEach(countCharacters);
    fresh("[data-marks]", root).forEach(listenForMarks);
    fresh("[data-menu]", root).forEach(closeOnLeave);
    fresh("form[data-send-on-change]", root).forEach(sendOnChange);
    fresh("form[data-send-once]", root).forEach(sendOnce);
    fresh("[data-session-ends]", root).forEach(watchSession);
    fresh("[data-print]", root).forEach(offerPrinting);
    fresh("[data-error-summary]", root).forEach((summary) => summary.focus());
  }

  enhance(document);
  document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
})();
