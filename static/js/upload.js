/* Files travel while the person goes on writing, each with its progress. Every page works without this file: the button
   that leads to the page of the files stays then, and that page is a plain form. */
(() => {
  "use strict";

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

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

  /* Answers with the list as it is afterwards, or with what was refused. Anything else, such as the sign-in, is a failure. */
  function send(url, file, moved) {
    return new Promise((done, failed) => {
      const data = new FormData();
      data.append("csrfmiddlewaretoken", token());
      data.append("files", file);
      const request = new XMLHttpRequest();
      request.open("POST", url);
      request.setRequestHeader("HX-Request", "true");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) moved(Math.round((event.loaded / event.total) * 100));
      });
      request.addEventListener("load", () => {
        const isOurs = new URL(request.responseURL).pathname === url;
        if (isOurs && [200, 409, 422, 503].includes(request.status)) done(request);
        else failed();
      });
      request.addEventListener("error", failed);
      request.send(data);
    });
  }

  const parsed = (answer) => new DOMParser().parseFromString(answer.responseText, "text/html").body;

  /* Send one file after the other; stop at the first that is not taken, and say why. True when all were taken. */
  async function sendAll(url, files, box, taken) {
    const status = box.querySelector("[data-upload-status]");
    const lines = box.querySelector("[data-upload-progress]");
    for (const file of files) {
      const shown = line(lines, file);
      const say = (words, isRefused) => {
        status.textContent = words;
        status.classList.toggle("upload-refused", isRefused);
      };
      say(`“${file.name}” ${status.dataset.wordsSending}`, false);
      try {
        const answer = await send(url, file, shown.move);
        const piece = parsed(answer);
        const refused = piece.querySelector(".upload-refused");
        refused?.remove();
        taken(piece);
        if (answer.status !== 200) {
          say(refused?.textContent.trim() ?? `“${file.name}” ${status.dataset.wordsFailed}`, true);
          return false;
        }
        say(`“${file.name}” ${status.dataset.wordsSent}`, false);
      } catch {
        say(`“${file.name}” ${status.dataset.wordsFailed}`, true);
        return false;
      } finally {
        shown.end();
      }
    }
    return true;
  }

  /* In the form of a section: the list is shown anew after each file. */
  function uploadInPlace(box) {
    const input = box.querySelector("input[type=file]");
    const list = box.querySelector("[data-upload-list]");
    const most = Number(box.dataset.most) || 1;
    const url = new URL(box.dataset.upload, location.href).pathname;
    const tidy = () => {
      const count = list.querySelectorAll(".files > li").length;
      box.querySelector("[data-upload-now]").hidden = most > 1 && count >= most; /* the only file is replaced */
      box.querySelector("[data-upload-change]").hidden = !count;
      box.querySelector("[data-upload-page]").hidden = true;
    };
    input.addEventListener("change", async (event) => {
      event.stopPropagation(); /* choosing a file is no typing: nothing to save yet */
      await sendAll(url, Array.from(input.files), box, (piece) => { list.replaceChildren(...piece.childNodes); tidy(); });
      input.value = "";
    });
    tidy();
  }

  /* On the page of the files: the form is sent file by file, and the page is read again at the end. */
  function uploadFromPage(form) {
    const input = form.querySelector("input[type=file]");
    const button = form.querySelector("[type=submit]");
    form.addEventListener("submit", async (event) => {
      if (!input.files.length) return; /* the server says that one has to be chosen */
      event.preventDefault();
      button.disabled = true;
      const isDone = await sendAll(location.pathname, Array.from(input.files), form, () => {});
      button.disabled = false;
      if (isDone) location.assign(location.pathname);
    });
  }

  document.querySelectorAll("[data-upload]").forEach(uploadInPlace);
  document.querySelectorAll("form[data-upload-form]").forEach(uploadFromPage);
})();
