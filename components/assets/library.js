// The library: what is ticked in it, questions before something is lost, files dropped anywhere in the room.
(function () {
  const { does, send } = tertulia;
  const seenRoom = () => tertulia.seen("#documents-room");

  // Each tab has its own collection, and keeps it over a reload.
  const COLLECTION = "tertulia.collection";
  tertulia.collection = () => tertulia.read("sessionStorage", COLLECTION) || "";
  tertulia.keepCollection = (id) => {
    tertulia.write("sessionStorage", COLLECTION, id || "");
    return [];
  };

  // Only the documents that are ticked are asked; those of other collections stay ticked unseen.
  const ticked = new Set();
  const boxes = () => [...document.querySelectorAll("#documents-list [data-pick]")];
  tertulia.chosen = () => JSON.stringify(boxes().map((box) => box.dataset.pick).filter((id) => ticked.has(id)));
  const showTicked = () => {
    const all = boxes();
    for (const box of all) box.checked = ticked.has(box.dataset.pick);
    const line = document.querySelector(".docs-chosen");
    if (!line) return;
    const count = all.filter((box) => box.checked).length;
    const text = line.dataset.words.replace("{count}", count).replace("{total}", all.length);
    if (line.firstElementChild.textContent !== text) line.firstElementChild.textContent = text;
    if (line.hidden !== !count) line.hidden = !count;
  };
  document.addEventListener("change", ({ target }) => {
    if (!target.dataset?.pick) return;
    ticked[target.checked ? "add" : "delete"](target.dataset.pick);
    showTicked();
  });
  does["library.ask_all"] = () => {
    for (const box of boxes()) ticked.delete(box.dataset.pick);
    showTicked();
    boxes()[0]?.focus();
  };

  // One question, in a window over the page. Resolves to what was typed, or to true, and to null when it was left.
  const make = (tag, fields) => Object.assign(document.createElement(tag), fields);
  const question = (text, verb, { field, given = "" } = {}) => new Promise((resolve) => {
    const before = document.activeElement;
    const dialog = make("dialog", { className: "question", ariaLabel: text });
    const form = make("form", { method: "dialog" });
    const input = field && make("input", { value: given, maxLength: 80, ariaLabel: text, dir: "auto", required: true });
    const yes = make("button", { value: "yes", textContent: verb, className: field ? "yes" : "yes armed" });
    const no = make("button", { value: "no", textContent: tertulia.words.cancel, type: "button" });
    no.addEventListener("click", () => dialog.close("no"));
    dialog.addEventListener("close", () => {
      const said = dialog.returnValue === "yes" ? (input ? input.value.trim() : true) : null;
      dialog.remove();
      if (before?.isConnected) before.focus();
      resolve(said || null);
    });
    form.append(make("p", { textContent: text }), ...(input ? [input] : []), no, yes);
    dialog.append(form);
    (document.querySelector(".gradio-container .contain") ?? document.body).append(dialog); // styles reach no further
    dialog.showModal();
    (input ?? no).focus();
    input?.select();
  });
  tertulia.sure = (text, verb) => question(text, verb);

  const documentOf = (button) => button.closest("[data-document]").dataset.document;
  const nameOf = (button) => button.title;
  does["library.open"] = (button) => tertulia.openSource(documentOf(button), 1);
  tertulia.openSource = (id, page, data = {}) => {
    send("reading", "source", { ...data, document: id, page });
    tertulia.open("sources");
    document.querySelector("#sources-tabs [role=tab][data-tab-id=source]")?.click();
  };
  for (const action of ["reindex", "cancel"])
    does[`library.${action}`] = (button) => send("library", action, { document: documentOf(button) });
  does["library.delete"] = async (button, { sure }) => {
    const id = documentOf(button);
    if (await tertulia.sure(sure, nameOf(button))) {
      ticked.delete(id);
      send("library", "delete", { document: id });
    }
  };
  does["library.delete_collection"] = async (button, { sure }) => {
    if (await tertulia.sure(sure, nameOf(button))) send("library", "delete_collection");
  };
  for (const action of ["create", "rename"])
    does[`library.${action}`] = async (button, { ask, given }) => {
      const name = await question(ask, nameOf(button), { field: true, given });
      if (name && name !== given) send("library", action, { name });
    };
  document.addEventListener("change", ({ target }) => {
    if (target.id === "collection-chooser") send("library", "collection", { id: target.value });
  });

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "addresses-form") return;
    event.preventDefault();
    const text = document.getElementById("addresses-text");
    if (!text.value.trim()) return text.focus();
    send("library", "addresses", { text: text.value });
    text.value = "";
  });

  // Files. One that is too large is not even sent, and named; the others are.
  const limits = () => document.querySelector(".library-limits")?.dataset;
  const input = () => document.querySelector("#library input[type=file]");
  const within = (files) => {
    const most = Number(limits()?.maxBytes ?? Infinity);
    const large = files.filter((file) => file.size > most);
    const sentences = large.map(({ name }) => make("p", { textContent: limits().tooLarge.replace("{name}", () => name) }));
    document.getElementById("library-large")?.replaceChildren(...sentences);
    return files.filter((file) => file.size <= most);
  };
  const put = (files) => {
    const carrier = new DataTransfer();
    for (const file of files) carrier.items.add(file);
    input().files = carrier.files;
  };
  document.addEventListener("change", (event) => {
    if (event.target !== input()) return;
    const files = [...event.target.files], kept = within(files);
    if (kept.length === files.length) return;
    put(kept);
    if (!kept.length) event.stopPropagation();
  }, true);

  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const shade = (isOn) => {
    const room = seenRoom();
    if (!room) return;
    room.classList.toggle("dropping", isOn);
    room.querySelector(".room-middle").dataset.drop = limits()?.drop ?? "";
  };
  document.addEventListener("dragover", (event) => {
    if (!seenRoom() || !hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    shade(true);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) shade(false); });
  document.addEventListener("drop", (event) => {
    if (!seenRoom() || !hasFiles(event)) return;
    event.preventDefault();
    shade(false);
    tertulia.open("library");
    put([...event.dataTransfer.files]);
    input().dispatchEvent(new Event("change", { bubbles: true }));
  });

  // The server's rows are laid over the old ones: ticks and the focus stay with their document.
  let held = null; // { id, act, button }
  document.addEventListener("focusin", ({ target }) => {
    const row = target.closest?.("#documents-list [data-document]");
    held = row ? { id: row.dataset.document, act: target.dataset.act, button: target } : null;
  });
  const refocus = () => {
    if (!held || held.button.isConnected || document.activeElement !== document.body) return;
    const rows = [...document.querySelectorAll("#documents-list [data-document]")];
    const row = rows.find(({ dataset }) => dataset.document === held.id);
    const button = row && ([...row.querySelectorAll("[data-act]")].find(({ dataset }) => dataset.act === held.act)
      ?? row.querySelector("button"));
    (button ?? document.getElementById("add-files"))?.focus();
  };
  tertulia.follow("documents-list", () => {
    showTicked();
    refocus();
  });
})();
