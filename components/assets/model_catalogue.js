// The catalogue: what its filters say, which card is open, and whether anything has changed meanwhile.
(function () {
  const { does, send, seen } = tertulia;
  const NAME = "model_catalogue";
  const TYPING_MS = 200, WATCHING_MS = 1000;
  const fields = () => [...document.querySelectorAll("#md-filters [data-filter]")];
  let open = ""; // the id of the model whose card is open

  tertulia.wantedModels = () => {
    const wanted = { open };
    for (const field of fields()) {
      const { filter } = field.dataset;
      if (field.type === "checkbox") wanted[filter] = field.checked;
      else if (field.value) wanted[filter] = filter === "size" ? Number(field.value) : field.value;
    }
    return JSON.stringify(wanted);
  };

  const refresh = () => send(NAME, "refresh", {}, "input");
  let due = 0;
  document.addEventListener("input", ({ target }) => {
    if (!target.dataset?.filter) return;
    clearTimeout(due);
    due = setTimeout(refresh, target.type === "search" ? TYPING_MS : 0);
  });
  does[`${NAME}.unfilter`] = () => {
    for (const field of fields()) {
      if (field.type === "checkbox") field.checked = false;
      else field.value = "";
    }
    refresh();
    fields()[0]?.focus();
  };

  // A card opens over the others, and gives its place and the focus back.
  let scrolled = 0, isOpening = false;
  const room = () => document.getElementById("models-room");
  does[`${NAME}.open`] = (button, { id }) => {
    [open, scrolled, isOpening] = [id, room().scrollTop, true];
    send(NAME, "open");
  };
  const close = () => {
    if (!open || !seen("#md-full .md-full")) return false;
    open = "";
    send(NAME, "open");
    return true;
  };
  does[`${NAME}.close`] = close;
  tertulia.closers.push(close);
  let shown = "";
  tertulia.follow("md-full", () => {
    const card = document.querySelector("#md-full .md-full");
    const id = card?.dataset.model ?? "";
    if (id !== shown) {
      const before = shown;
      shown = id;
      room().scrollTop = id ? 0 : scrolled;
      if (id && isOpening) card.querySelector("h2").focus({ preventScroll: true });
      else if (before) document.querySelector(`.md-card[data-model="${CSS.escape(before)}"] .md-open`)?.focus({ preventScroll: true });
      isOpening = false;
    }
    showNeed();
  });

  // What a conversation of the chosen length takes; the choice stays when the card is made anew.
  const chosen = new Map(); // by the id of the model
  const showNeed = () => {
    const card = document.querySelector("#md-full .md-full"), slider = card?.querySelector(".md-context input");
    if (!slider) return;
    const stop = chosen.get(card.dataset.model) ?? slider.value;
    if (slider.value !== stop) slider.value = stop;
    for (const need of card.querySelectorAll(".md-need")) {
      const isHidden = need.dataset.stop !== stop;
      if (need.hidden !== isHidden) need.hidden = isHidden;
      if (isHidden) continue;
      const output = card.querySelector(".md-context output");
      if (output.textContent !== need.dataset.says) output.textContent = need.dataset.says;
      if (slider.getAttribute("aria-valuetext") !== need.dataset.says) slider.setAttribute("aria-valuetext", need.dataset.says);
    }
  };
  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.(".md-context input")) return;
    chosen.set(target.closest(".md-full").dataset.model, target.value);
    showNeed();
  });

  // What cannot be undone is asked once.
  for (const act of ["delete", "discard"])
    does[`${NAME}.${act}`] = async (button, { name, sure }) => {
      if (await tertulia.sure(sure, button.textContent)) send(NAME, act, { name }, "click");
    };

  // Others may add models, too, and downloads move: while the tab is in sight, it is asked whether anything has changed.
  let mark = "", isAsking = false;
  const watch = async () => {
    if (isAsking || document.hidden || !seen("#md-catalogue")) return;
    isAsking = true;
    try {
      const now = (await (await fetch("models/mark")).json()).mark;
      if (mark && now !== mark) refresh();
      mark = now;
    } catch { /* the server is away: the next time */ } finally { isAsking = false; }
  };
  setInterval(watch, WATCHING_MS);
})();
