/* Comfort for the page on which a form is built: moving with Alt and an arrow or with the mouse. Each move is the same
   request that the small buttons send, so the page works without this file. */
(() => {
  "use strict";
  const form = document.querySelector("[data-builder]");
  const says = document.querySelector("[data-builder-says]");
  if (!form) return;

  const say = (text) => { if (says) setTimeout(() => { says.textContent = text; }, 150); };

  function send(move) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "move", value: move });
    form.append(field);
    form.requestSubmit();
  }

  /* After a move the thing has the focus again, and what happened is said aloud. */
  function arrive() {
    const place = window.location.hash && document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!place) return;
    place.querySelector("a, button")?.focus();
    const told = document.querySelector(".messages .notice");
    if (told) say(told.textContent.trim());
  }

  form.addEventListener("keydown", (event) => {
    const direction = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    const place = event.altKey && direction && event.target.closest("[data-place]");
    if (!place) return;
    event.preventDefault();
    const button = form.querySelector(`[data-step="${direction}"][data-for="${place.id}"]`);
    if (button) form.requestSubmit(button);
    else say(says?.dataset.end ?? "");
  });

  /* Dragging: a question before or after another one, a section before or after another section. */
  let dragged = null;
  const sort = (place) => place.dataset.place.split(":")[0];

  function target(event) {
    const place = event.target.closest("[data-place]");
    if (!dragged || !place) return null;
    if (sort(dragged) === "section") return place.closest('[data-place^="section:"]');
    return sort(place) === "question" ? place : null;
  }

  function isBelow(event, place) {
    const box = place.getBoundingClientRect();
    return event.clientY > box.top + box.height / 2;
  }

  function unmark() {
    form.querySelectorAll(".is-over-top, .is-over-bottom").forEach((one) => one.classList.remove("is-over-top", "is-over-bottom"));
  }

  function drop(place, below) {
    const places = Array.from(form.querySelectorAll(`[data-place^="${sort(dragged)}:"]`)).filter((one) => one.parentElement === place.parentElement && one !== dragged);
    const position = places.indexOf(place) + (below ? 1 : 0);
    const home = place.closest("[data-questions]");
    send(home && sort(dragged) === "question" ? `${dragged.dataset.place}:${home.dataset.questions}:${position}` : `${dragged.dataset.place}:${position}`);
  }

  form.addEventListener("dragstart", (event) => {
    if (!event.target.matches?.("[data-handle]")) return;
    dragged = event.target.closest("[data-place]");
    dragged.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.place);
    event.dataTransfer.setDragImage(dragged, 12, 12);
  });
  form.addEventListener("dragover", (event) => {
    const place = target(event);
    unmark();
    if (!place || place === dragged) return;
    event.preventDefault();
    place.classList.add(isBelow(event, place) ? "is-over-bottom" : "is-over-top");
  });
  form.addEventListener("drop", (event) => {
    const place = target(event);
    if (!place || place === dragged) return;
    event.preventDefault();
    drop(place, isBelow(event, place));
  });
  form.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    unmark();
  });

  /* After the browser has gone to the fragment itself, which takes the focus away. */
  window.addEventListener("load", () => setTimeout(arrive, 50));
})();
