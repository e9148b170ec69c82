// The agent's traces: put around its answers, kept as they were left while they grow, their results searched.
// Texts are set by textContent alone.
(function () {
  const CHAT = "#agent-chat";
  const within = (target, selector) => target?.closest?.(selector) ?? null;

  // What was left open or shut, by message and fold, for parts that the page draws anew.
  const left = new Map();
  const nameOf = (fold) => `${within(fold, "[data-message]")?.dataset.message} ${fold.dataset.fold}`;
  const foldsIn = (part) => [part, ...part.querySelectorAll("[data-fold]")].filter((one) => one.matches("[data-fold]"));
  document.addEventListener("click", (event) => { // not "toggle": that comes when they are opened here, too
    const summary = within(event.target, ".agent-part [data-fold] > summary");
    if (summary) left.set(nameOf(summary.parentElement), !summary.parentElement.open);
  }, true);

  // Laying: what is the same stays, with all that was done in it; the rest is replaced and told what was left open.
  const sources = new WeakMap(); // elements of the page, and the HTML each was made from
  const remember = (part, fresh) => {
    sources.set(part, fresh.outerHTML);
    if (!fresh.hasAttribute("data-keyed")) return part;
    const inner = [...part.children];
    [...fresh.children].forEach((child, at) => remember(inner[at], child));
    return part;
  };
  const addField = (place) => {
    const { name } = place.dataset;
    const field = Object.assign(document.createElement("input"),
      { type: "search", placeholder: name, ariaLabel: name, autocomplete: "off", spellcheck: false });
    const count = document.createElement("span");
    count.setAttribute("role", "status");
    place.replaceChildren(field, count);
  };
  const made = (fresh, message) => {
    const part = remember(fresh.cloneNode(true), fresh);
    for (const fold of foldsIn(part)) {
      const known = left.get(`${message} ${fold.dataset.fold}`);
      if (known !== undefined) fold.open = known;
    }
    part.querySelectorAll(".tr-find").forEach(addField);
    return part;
  };
  const refocus = (old, next) => {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const summary = within(focused, "summary");
    old.replaceWith(next);
    if (focused) (summary ? next.querySelector("summary") : next.querySelector("summary, a, button"))?.focus();
  };
  const lay = (old, fresh, message) => {
    if (sources.get(old) === fresh.outerHTML) return;
    if (!fresh.hasAttribute("data-keyed")) return void refocus(old, made(fresh, message));
    const kept = new Map([...old.children].map((child) => [child.dataset.key, child]));
    [...fresh.children].forEach((child, at) => {
      const known = kept.get(child.dataset.key);
      kept.delete(child.dataset.key);
      if (known) lay(known, child, message);
      else old.insertBefore(made(child, message), old.children[at] ?? null);
    });
    for (const gone of kept.values()) gone.remove();
    sources.set(old, fresh.outerHTML);
  };

  // Placing. The server gives one trace for each answer, in their order; one that is being written is the last there is.
  const given = (numRows) => {
    const live = document.querySelector("#agent-live .agent-trace");
    const settled = [...document.querySelectorAll("#agent-traces .agent-trace")];
    return live ? Object.assign(settled.slice(0, numRows - 1), { [numRows - 1]: live }) : settled;
  };
  const isOther = (row, message) => { // the bar under an answer says which it is
    const bar = row.nextElementSibling?.matches(".message-buttons") && row.nextElementSibling.querySelector(".message-bar");
    return !!bar && bar.dataset.message !== message;
  };
  const put = (row, kind, message, fresh) => {
    const old = row.querySelector(`:scope > .agent-part.${kind}`);
    if (!fresh) return old?.remove();
    if (old?.dataset.message === message) return lay(old.firstElementChild, fresh, message);
    old?.remove();
    const part = Object.assign(document.createElement("div"), { className: `agent-part ${kind}` });
    Object.assign(part.dataset, { message, bridge: "agent" });
    part.append(made(fresh, message));
    row[kind === "tr-above" ? "prepend" : "append"](part);
    return undefined;
  };
  const place = () => {
    const rows = [...document.querySelectorAll(`${CHAT} .bot-row`)];
    if (!rows.length) return;
    const scroller = within(rows[0], ".bubble-wrap");
    const isAtEnd = scroller && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
    const traces = given(rows.length);
    rows.forEach((row, at) => {
      const trace = traces[at], message = trace?.dataset.message;
      if (trace && isOther(row, message)) return;
      for (const kind of ["tr-above", "tr-below"]) put(row, kind, message, trace?.querySelector(`:scope > .${kind}`));
    });
    if (isAtEnd) scroller.scrollTop = scroller.scrollHeight;
  };
  for (const id of ["agent-traces", "agent-live"]) tertulia.follow(id, place);
  tertulia.watchers.push(place);

  // A decision is sent once; when it is not taken, it can be sent again.
  const AGAIN_AFTER = 5000; // milliseconds
  document.addEventListener("click", (event) => {
    const buttons = within(event.target, "[data-act]") && within(event.target, ".agent-part .tr-buttons");
    if (!buttons) return;
    const rest = (isSent) => { for (const button of buttons.children) button.ariaDisabled = String(isSent); };
    setTimeout(rest, 0, true); // when it was sent
    setTimeout(rest, AGAIN_AFTER, false);
  });

  // Results: cut until asked for; what is looked for is marked, whatever its accents and capitals.
  const folded = (text) => [...text].map((letter) => {
    const plain = letter.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return plain.length === letter.length ? plain : letter;
  }).join("");
  const showAll = (result, isWhole) => {
    const button = result.querySelector(".tr-all");
    if (!button || (button.ariaExpanded === "true") === isWhole) return;
    result.classList.toggle("whole", isWhole);
    button.ariaExpanded = String(isWhole);
    [button.textContent, button.dataset.other] = [button.dataset.other, button.textContent];
  };
  const marksIn = (result) => [...result.querySelectorAll(".tr-text mark")];
  const tell = (result, at) => {
    const marks = marksIn(result);
    marks.forEach((mark, place) => mark.classList.toggle("at", place === at));
    const isEmpty = !result.querySelector("input").value;
    result.querySelector("[role=status]").textContent = isEmpty ? "" : marks.length ? `${at + 1}/${marks.length}` : "0";
    const mark = marks[at], text = result.querySelector(".tr-text");
    if (mark) text.scrollTop += mark.getBoundingClientRect().top - text.getBoundingClientRect().top - 48;
  };
  const find = (result, wanted) => {
    const text = result.querySelector(".tr-text"), whole = text.textContent;
    const pieces = [], where = folded(whole), what = folded(wanted);
    let from = 0;
    for (let at = what ? where.indexOf(what) : -1; at >= 0; at = where.indexOf(what, from)) {
      pieces.push(whole.slice(from, at));
      const mark = document.createElement("mark");
      mark.textContent = whole.slice(at, at + what.length);
      pieces.push(mark);
      from = at + what.length;
    }
    text.replaceChildren(...pieces, whole.slice(from));
    if (pieces.length) showAll(result, true);
    tell(result, 0);
  };
  const FIELD = ".agent-part .tr-find input";
  document.addEventListener("input", ({ target }) => {
    if (target.matches?.(FIELD)) find(within(target, ".tr-result"), target.value.trim());
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || !event.target.matches?.(FIELD)) return;
    const result = within(event.target, ".tr-result"), marks = marksIn(result);
    if (event.key === "Enter" && marks.length) {
      const at = marks.findIndex((mark) => mark.matches(".at"));
      tell(result, (at + (event.shiftKey ? -1 : 1) + marks.length) % marks.length);
    }
    if (event.key === "Escape" && event.target.value) { // this closes the search and stops no answer
      event.preventDefault();
      event.stopPropagation();
      event.target.value = "";
      find(result, "");
    }
  }, true);
  document.addEventListener("click", (event) => {
    const button = within(event.target, ".agent-part .tr-all");
    if (button) showAll(within(button, ".tr-result"), button.ariaExpanded !== "true");
  });

  // Numbers in answers. They are links that only the server can write; they lead to the source below.
  const CITED = /^#cited-(.+)-(\d+)$/, LINKS = `${CHAT} a[href^="#cited-"]`;
  tertulia.watchers.push(() => {
    for (const link of document.querySelectorAll(LINKS)) {
      if (link.dataset.mark) continue;
      link.dataset.mark = "cited";
      link.removeAttribute("target");
      if (link.title) link.ariaLabel = link.title;
    }
  });
  const lead = (link) => {
    const [, message, number] = CITED.exec(link.getAttribute("href")) ?? [];
    const below = document.querySelector(`${CHAT} .tr-below[data-message="${CSS.escape(message ?? "")}"]`);
    const source = below?.querySelector(`[data-source="${CSS.escape(number)}"]`);
    if (!source) return;
    const fold = within(source, "details");
    if (fold) {
      fold.open = true;
      left.set(nameOf(fold), true);
    }
    for (const other of document.querySelectorAll(`${CHAT} [data-source].at`)) other.classList.remove("at");
    source.classList.add("at");
    source.scrollIntoView({ block: "nearest" });
    (source.querySelector("a") ?? source).focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const link = within(event.target, LINKS);
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    lead(link);
  }, true);
  document.addEventListener("auxclick", (event) => { if (within(event.target, LINKS)) event.preventDefault(); }, true);
  if (navigator.clipboard) { // what is copied has the numbers, not where they lead
    const write = navigator.clipboard.writeText.bind(navigator.clipboard);
    const plain = (text) => text.replace(/\u00a0?\[&#91;(\d+)&#93;\]\(#cited-[^)]*\)/g, " [$1]");
    navigator.clipboard.writeText = (text) => write(plain(text));
  }
})();
