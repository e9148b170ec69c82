// Templates and notes: fills and reads the server's forms, and keeps what was typed while the server replaces them.
(function () {
  const { does } = tertulia;
  const ROOTS = ".template-panel, .template-fields, .note-list";
  const all = (root, selector) => [...(root?.querySelectorAll(selector) ?? [])];

  // What was typed in a field with data-keep comes back as long as the server offers the same text there.
  const kept = new Map(); // { given, typed }
  const keep = (field) => kept.set(field.dataset.keep, { given: field.defaultValue, typed: field.value });
  const putBack = (root) => {
    for (const field of all(root, "[data-keep]")) {
      const known = kept.get(field.dataset.keep);
      if (known?.given === field.defaultValue) field.value = known.typed;
      else kept.delete(field.dataset.keep);
    }
  };
  let focused = null;
  document.addEventListener("focusin", ({ target }) => { focused = target.id && target.closest(ROOTS) ? target : null; });
  document.addEventListener("focusout", () => queueMicrotask(() => {
    if (focused?.isConnected && focused !== document.activeElement) focused = null;
  }));
  const refocus = () => {
    if (!focused || focused.isConnected || document.activeElement !== document.body) return;
    const { id, selectionStart, selectionEnd } = focused;
    const field = document.getElementById(id);
    field?.focus({ preventScroll: true });
    if (field && typeof selectionStart === "number") field.setSelectionRange(selectionStart, selectionEnd);
  };

  // Asks once: the button turns into the question until the focus leaves it.
  const isSure = (button) => {
    if (button.classList.contains("armed")) return true;
    const name = button.textContent;
    button.textContent = button.dataset.sure;
    button.classList.add("armed");
    button.focus();
    button.addEventListener("blur", () => {
      button.textContent = name;
      button.classList.remove("armed");
    }, { once: true });
    return false;
  };

  // The editor. Drafts are what differs from what the server gave, by template; NEW is one that has no id yet.
  const NEW = "new:";
  const BLANK = { name: "", description: "", system: "", template: "{question}", variables: [], examples: [], steps: [], sampling: {} };
  const drafts = new Map();
  let isNew = false, isOpen = false, sent = null;
  let clean = ""; // what the fields say when nothing is changed
  let known = new Map(); // what is known of variables by name, also of those whose braces are being rewritten
  const panel = () => document.querySelector(".template-panel");
  const editor = () => document.querySelector(".pn-editor");
  const words = () => JSON.parse(panel().dataset.words);
  const keyOf = (form) => (isNew ? NEW : `id:${form.dataset.id}`);
  const given = (form) => (isNew ? BLANK : JSON.parse(form.dataset.spec));
  const fail = (sentence) => { document.getElementById("template-error").textContent = sentence; };

  const NAME = /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u;
  const namesIn = (text) => [...text.matchAll(/\{\{|\}\}|\{([^{}]*)\}/g)].map((found) => found[1] ?? "");
  const variableNames = (form) => {
    const texts = all(form, "[data-field=template], [data-rows=steps] [data-cell=prompt]").map((field) => field.value);
    const names = texts.flatMap(namesIn).filter((name) => NAME.test(name) && name !== "question" && name !== "previous");
    return [...new Set(names)];
  };
  const rowsOf = (form, list) => form.querySelector(`[data-rows=${list}]`);
  const read = (field) => (field.type === "checkbox" ? field.checked : field.value);
  const write = (field, value) => {
    if (field.type === "checkbox") field.checked = value;
    else field.value = value;
  };
  const cells = (row) => Object.fromEntries(all(row, "[data-cell]").map((field) => [field.dataset.cell, read(field)]));
  const addRow = (rows, values) => {
    const row = rows.querySelector("template").content.firstElementChild.cloneNode(true);
    for (const field of all(row, "[data-cell]")) write(field, values[field.dataset.cell] ?? "");
    rows.querySelector("ol").append(row);
    return row;
  };
  const number = (form) => {
    for (const rows of all(form, "[data-rows]"))
      all(rows, "ol > li").forEach((row, at) => {
        for (const field of all(row, "[data-cell]")) field.id = `template-${rows.dataset.rows}-${at}-${field.dataset.cell}`;
        for (const button of all(row, "button")) button.ariaLabel = `${button.textContent} ${at + 1}`;
      });
  };
  const showVariables = (form) => {
    const rows = rowsOf(form, "variables"), list = rows.querySelector("ol");
    const old = new Map([...list.children].map((row) => [row.dataset.name, row]));
    const names = variableNames(form);
    const gone = [...old.keys()].filter((name) => !names.includes(name)), fresh = names.filter((name) => !old.has(name));
    if (gone.length === 1 && fresh.length === 1 && !known.has(fresh[0]) && known.has(gone[0]))
      known.set(fresh[0], { ...known.get(gone[0]), name: fresh[0] }); // it is being renamed
    for (const name of gone) old.get(name).remove();
    for (const name of fresh) {
      const row = addRow(rows, known.get(name) ?? { is_long: false });
      row.dataset.name = row.querySelector(".pn-variable").textContent = name;
    }
    rows.classList.toggle("none", !names.length);
  };
  const sampling = (form, before) => {
    const chosen = { ...before };
    for (const field of all(form, "[data-number]")) {
      delete chosen[field.dataset.number];
      if (field.value !== "") chosen[field.dataset.number] = Number(field.value);
    }
    return chosen;
  };
  const collect = (form) => {
    const before = given(form);
    const variables = all(form, "[data-rows=variables] ol > li").map((row) => ({ name: row.dataset.name, ...cells(row) }));
    const question = before.variables.filter(({ name }) => name === "question"); // has no row and stays as it is
    const fields = Object.fromEntries(all(form, "[data-field]").map((field) => [field.dataset.field, field.value]));
    const [steps, examples] = ["steps", "examples"].map((list) => all(form, `[data-rows=${list}] ol > li`).map(cells));
    return { ...before, ...fields, variables: [...question, ...variables], steps, examples, sampling: sampling(form, before.sampling) };
  };
  const fill = (form, spec) => {
    known = new Map(spec.variables.map((variable) => [variable.name, variable]));
    for (const field of all(form, "[data-field]")) field.value = spec[field.dataset.field];
    for (const field of all(form, "[data-number]")) field.value = spec.sampling[field.dataset.number] ?? "";
    for (const list of all(form, "[data-rows] > ol")) list.replaceChildren();
    for (const list of ["steps", "examples"]) for (const values of spec[list]) addRow(rowsOf(form, list), values);
    showVariables(form);
    number(form);
  };
  const mark = (form) => {
    form.classList.toggle("dirty", drafts.has(keyOf(form)));
    form.classList.toggle("is-new", isNew);
    form.querySelector(".pn-of").textContent = isNew ? words().new : form.querySelector("[data-field=name]").value;
  };
  const show = (form) => {
    fill(form, given(form));
    clean = JSON.stringify(collect(form));
    const draft = drafts.get(keyOf(form));
    if (draft) fill(form, JSON.parse(draft));
    mark(form);
  };
  const changed = (form) => {
    const now = JSON.stringify(collect(form));
    if (now === clean) drafts.delete(keyOf(form));
    else drafts.set(keyOf(form), now);
    mark(form);
    fail("");
  };

  // A draft is over once the server lists what was sent, unless it was changed again meanwhile.
  const listed = () => new Map(all(document, ".template-panel [data-own]").map(({ dataset }) => [dataset.own, dataset.saved]));
  const forgetSaved = () => {
    if (!sent) return;
    const now = listed();
    const isSaved = sent.id ? now.get(sent.id) !== sent.before.get(sent.id) : [...now.keys()].some((id) => !sent.before.has(id));
    if (!isSaved) return;
    if (drafts.get(sent.key) === sent.draft) {
      drafts.delete(sent.key);
      if (sent.key === NEW) isNew = false;
    }
    sent = null;
  };

  does.template_use = (button, { id }) => {
    isNew = false;
    if (editor()) show(editor());
    tertulia.act("template_use", { id });
  };
  does.template_new = () => {
    const form = editor();
    isNew = form.open = true;
    show(form);
    form.querySelector("[data-field=name]").focus();
  };
  does.template_save = () => {
    const form = editor(), spec = collect(form);
    const wrong = all(form, "[data-number]").find((field) => !field.validity.valid && !field.validity.stepMismatch);
    const field = spec.name.trim() ? wrong : form.querySelector("[data-field=name]");
    if (field) {
      field.focus();
      return fail(words()[field === wrong ? "number" : "name"]);
    }
    const id = isNew ? "" : form.dataset.ownId, key = keyOf(form);
    sent = { id, key, draft: drafts.get(key), before: listed() };
    fail("");
    return tertulia.act("template_save", { id, spec: JSON.stringify({ ...spec, id }) });
  };
  does.template_discard = (button) => {
    const form = editor();
    if (drafts.has(keyOf(form)) && !isSure(button)) return;
    drafts.delete(keyOf(form));
    isNew = false;
    form.querySelector("summary").focus();
    show(form);
  };
  does.template_delete = (button, { id }) => {
    if (!isSure(button)) return;
    drafts.delete(`id:${id}`);
    tertulia.act("template_delete", { id });
  };
  does.template_row_add = (button) => {
    const rows = button.closest("[data-rows]");
    if (rows.querySelector("ol").children.length >= Number(rows.dataset.max)) return fail(words().many);
    const row = addRow(rows, {});
    number(editor());
    changed(editor());
    return row.querySelector("[data-cell]").focus();
  };
  does.template_row_remove = (button) => {
    const row = button.closest("li"), rows = row.closest("[data-rows]");
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next?.querySelector("button") ?? rows.querySelector(".pn-add")).focus();
    showVariables(editor());
    number(editor());
    changed(editor());
  };
  document.addEventListener("input", ({ target }) => {
    if (target.dataset.keep) keep(target);
    if (target.id === "note-new") newNote = target.value;
    const form = target.closest(".pn-editor");
    if (!form) return;
    const row = target.closest("[data-rows=variables] li");
    if (row) known.set(row.dataset.name, { name: row.dataset.name, ...cells(row) });
    else showVariables(form);
    number(form);
    changed(form);
  });
  document.addEventListener("toggle", ({ target }) => {
    if (target.isConnected && target.matches(".pn-editor")) isOpen = target.open;
  }, true);
  document.addEventListener("change", async ({ target }) => {
    if (target.id !== "template-import" || !target.files.length) return;
    const [file] = target.files;
    const text = file.size > Number(panel().dataset.maxBytes) ? null : await file.text().catch(() => null);
    target.value = "";
    fail(text === null ? words().file : "");
    if (text !== null) tertulia.act("template_import", { text });
  });

  // The blanks of the template in use.
  tertulia.inputs = () =>
    JSON.stringify(Object.fromEntries(all(document, ".template-fields [data-input]").map((field) => [field.dataset.input, field.value])));
  does.ask ??= () => tertulia.act("ask", { inputs: tertulia.inputs() });

  // Notes. A note is kept when the focus leaves it; the new one stays in its field until it is in the list.
  let newNote = "", sentNote = null; // { text, count }: what is being added, and how many there were
  const squeezed = (text) => text.split(/\s+/).join(" ").trim();
  const showNotes = (root) => {
    if (sentNote && all(root, "[data-note]").length > sentNote.count) {
      if (newNote === sentNote.text) newNote = "";
      sentNote = null;
    }
    root.querySelector("#note-new").value = newNote;
  };
  does.note_change = (button, { id }) => tertulia.act("note_change", { id, is_on: button.ariaChecked !== "true" });
  const leaveNote = (field, text) => {
    if (text && text !== field.defaultValue) return tertulia.act("note_change", { id: field.dataset.note, text });
    field.value = field.defaultValue;
    return kept.delete(field.dataset.keep);
  };
  document.addEventListener("focusout", ({ target }) => {
    if (target.isConnected && target.dataset?.note) leaveNote(target, squeezed(target.value));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".pn-add-note")) return;
    event.preventDefault();
    if (!squeezed(newNote)) return;
    sentNote = { text: newNote, count: all(document, "[data-note]").length };
    tertulia.act("note_add", { text: squeezed(newNote) });
  });
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.isComposing) return;
    if (target.dataset?.note && (key === "Enter" || key === "Escape")) {
      event.preventDefault();
      if (key === "Escape") leaveNote(target, "");
      target.blur();
    }
    const isSent = key === "Enter" && (event.ctrlKey || event.metaKey || target.matches?.("input"));
    const send = isSent && target.dataset?.input && target.closest(".template-fields").querySelector("#fields-send");
    if (send) {
      event.preventDefault();
      send.click();
    }
  }, true);

  const settled = new WeakSet();
  new MutationObserver(() => {
    for (const root of all(document, ROOTS)) {
      if (settled.has(root)) continue;
      settled.add(root);
      putBack(root);
      if (root.matches(".note-list")) showNotes(root);
      if (root.matches(".template-panel")) {
        forgetSaved();
        editor().open = isOpen;
        show(editor());
      }
      refocus();
    }
  }).observe(document, { childList: true, subtree: true });
})();
