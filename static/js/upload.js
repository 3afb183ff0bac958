/* Files travel while the person goes on writing, each with its progress. Every page works without this file: the button
   that leads to the page of the files stays, and that page is a plain form. */
(() => {
  "use strict";

  const token = (root) => root.closest("form")?.querySelector("[name=csrfmiddlewaretoken]")?.value
    ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

  /* One line per file: its name and how much of it is there. */
  function line(list, file) {
    const item = document.createElement("li");
    const bar = document.createElement("progress");
    const name = document.createElement("span");
    name.textContent = file.name;
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    item.append(name, bar);
    list.append(item);
    return { move: (part) => { bar.value = part; }, end: () => item.remove() };
  }

  /* Answers with the list as it is afterwards (done) or with what was refused (a page's piece, too). */
  function send(url, file, fields, moved) {
    return new Promise((done, failed) => {
      const data = new FormData();
      data.append("files", file);
      Object.entries(fields).forEach(([name, value]) => data.append(name, value));
      const request = new XMLHttpRequest();
      request.open("POST", url);
      request.setRequestHeader("HX-Request", "true");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) moved(Math.round((event.loaded / event.total) * 100));
      });
      request.addEventListener("load", () => {
        const isOurs = request.responseURL.endsWith(new URL(url, location).pathname);
        if (isOurs && [200, 409, 422, 503].includes(request.status)) done(request);
        else failed();
      });
      request.addEventListener("error", failed);
      request.send(data);
    });
  }

  /* In the form of a section: the list is shown anew after each file. */
  function uploadInPlace(box) {
    const input = box.querySelector("input[type=file]");
    const list = box.querySelector("[data-upload-list]");
    const status = box.querySelector("[data-upload-status]");
    const lines = box.querySelector("[data-upload-progress]");
    const place = box.querySelector("[data-upload-now]");
    const url = new URL(box.dataset.upload, location.href).pathname;
    place.hidden = false;
    input.addEventListener("change", async (event) => {
      event.stopPropagation(); /* choosing a file is no typing: nothing to save yet */
      for (const file of Array.from(input.files)) {
        const shown = line(lines, file);
        status.textContent = `“${file.name}” ${status.dataset.wordsSending} 0 %`;
        try {
          const answer = await send(url, file, { csrfmiddlewaretoken: token(box) }, shown.move);
          list.innerHTML = answer.responseText;
          status.textContent = answer.status === 200 ? `“${file.name}” ${status.dataset.wordsSent}` : list.querySelector(".upload-refused")?.textContent.trim() ?? "";
          if (answer.status !== 200) break;
        } catch {
          status.textContent = `“${file.name}” ${status.dataset.wordsFailed}`;
          break;
        } finally {
          shown.end();
        }
      }
      input.value = "";
    });
  }

  /* On the page of the files: the form is sent file by file, and the page is read again at the end. */
  function uploadFromPage(form) {
    const input = form.querySelector("input[type=file]");
    const status = form.querySelector("[data-upload-status]");
    const lines = form.querySelector("[data-upload-progress]");
    form.addEventListener("submit", async (event) => {
      const files = Array.from(input.files);
      if (!files.length) return; /* the server says that one has to be chosen */
      event.preventDefault();
      const button = form.querySelector("[type=submit]");
      button.disabled = true;
      for (const file of files) {
        const shown = line(lines, file);
        status.textContent = `“${file.name}” ${status.dataset.wordsSending} 0 %`;
        try {
          const answer = await send(form.action || location.href, file, { csrfmiddlewaretoken: token(input) }, shown.move);
          if (answer.status !== 200) {
            const piece = new DOMParser().parseFromString(answer.responseText, "text/html");
            status.textContent = piece.querySelector(".upload-refused")?.textContent.trim() ?? status.dataset.wordsFailed;
            status.focus?.();
            button.disabled = false;
            return;
          }
        } catch {
          status.textContent = `“${file.name}” ${status.dataset.wordsFailed}`;
          button.disabled = false;
          return;
        } finally {
          shown.end();
        }
      }
      location.assign(location.pathname);
    });
  }

  document.querySelectorAll("[data-upload]").forEach(uploadInPlace);
  document.querySelectorAll("form[data-upload-form]").forEach(uploadFromPage);
})();
