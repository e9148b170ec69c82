// Runs before Gradio: its labels follow navigator.language and its colours follow the system's preference,
// so both are answered with what this page decided.
(function () {
  const language = tertulia.language;
  Object.defineProperty(navigator, "language", { get: () => language });
  Object.defineProperty(navigator, "languages", { get: () => [language] });
  document.documentElement.lang = language;

  // An embedded page may have no storage at all; then nothing is remembered and nothing breaks.
  const read = (store, key) => { try { return window[store].getItem(key); } catch { return null; } };
  const write = (store, key, value) => { try { window[store].setItem(key, value); } catch { /* not remembered */ } };

  const THEME = "tertulia.theme";
  const ask = window.matchMedia.bind(window);
  const system = ask("(prefers-color-scheme: dark)");
  const isDark = () => (read("localStorage", THEME) || (system.matches ? "dark" : "light")) === "dark";
  window.matchMedia = (query) =>
    query === "(prefers-color-scheme: dark)"
      ? { matches: isDark(), media: query, addEventListener() {}, removeEventListener() {} }
      : ask(query);
  let isPrinting = false; // on paper the page is always light
  const paint = () => {
    const dark = isDark() && !isPrinting;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    document.documentElement.classList.toggle("printing", isPrinting);
    document.body?.classList.toggle("dark", dark);
  };
  for (const [moment, starts] of [["beforeprint", true], ["afterprint", false]])
    window.addEventListener(moment, () => { isPrinting = starts; paint(); });
  system.addEventListener("change", paint);
  document.addEventListener("DOMContentLoaded", paint);
  paint();

  // Each tab has its own conversation, and keeps it over a reload.
  const CONVERSATION = "tertulia.conversation";
  tertulia.conversation = () => read("sessionStorage", CONVERSATION) || "";
  tertulia.keep = (id) => {
    write("sessionStorage", CONVERSATION, id || "");
    return tertulia.opened();
  };
  tertulia.opened = () => {
    document.documentElement.classList.remove("returning");
    return [];
  };
  // The server sends when it was asked on a line of its own, so that the same text again is a change, too.
  tertulia.copy = (text) => {
    if (text) navigator.clipboard?.writeText(text.slice(text.indexOf("\n") + 1));
    return [];
  };
  if (tertulia.conversation()) document.documentElement.classList.add("returning");

  // A slider's number while it is being typed: Gradio refuses, in English, all that is outside of its range.
  // Limits are [least, most]; a third entry is the id of a slider whose own end, which may have moved, counts instead.
  const most = ([, last, id]) => Number((id && document.querySelector(`#${id} input[type=range]`)?.max) || last);
  tertulia.within = (given, limits) =>
    given.map((value, at) => (limits[at] ? Math.min(Math.max(Number(value), limits[at][0]), most(limits[at])) : value));

  // Bridges to the server, one for each part of the page: an invisible component hands its trigger over; what is asked
  // before that waits.
  const KINDS = { // what these make the model write can be stopped; those end it, because they show something else
    ...Object.fromEntries(["ask", "again", "edit", "resume", "token"].map((action) => [action, "submit"])),
    ...Object.fromEntries(["open", "version", "fork", "undo", "delete"].map((action) => [action, "input"])),
    ...Object.fromEntries(["tool", "ask_again"].map((action) => [action, "click"])), // what is kept with the conversation
  };
  const bridges = {}; // by name: { trigger, waiting }
  const bridge = (name) => (bridges[name] ??= { trigger: null, waiting: [] });
  tertulia.send = (name, action, data = {}, kind = "select") => {
    const { trigger, waiting } = bridge(name);
    if (trigger) trigger(kind, { ...data, action });
    else waiting.push([action, data, kind]);
  };
  tertulia.connect = (trigger, name) => {
    bridge(name).trigger = trigger;
    for (const [action, data, kind] of bridge(name).waiting.splice(0)) tertulia.send(name, action, data, kind);
  };
  // Rooms with a sidebar: where their search is.
  const SEARCHES = { chat: "#search", agent: "#agent-search" };
  tertulia.searched = (name) => document.querySelector(`${SEARCHES[name]} :is(input, textarea)`)?.value ?? "";
  tertulia.act = (action, data = {}, name = "chat") => { // the list stays filtered
    tertulia.send(name, action, { ...data, search: tertulia.searched(name) }, KINDS[action]);
  };
  tertulia.bridgeOf = (element) => element.closest("[data-bridge]")?.dataset.bridge ?? "chat";
  // The same in every room with a sidebar.
  tertulia.inRooms = (action, does) => { for (const name of ["", "agent."]) tertulia.does[name + action] = does; };

  // What the other scripts share. ``does``: actions done here and not by the server, those of another bridge than the
  // chat's with its name before theirs ("library.rename"). ``closers``: asked by Escape, each
  // says whether it closed something. ``watchers``: called after the page has changed. ``follow``: the same, for one
  // element whose attributes and texts change too.
  Object.assign(tertulia, { read, write, does: {}, closers: [], watchers: [] });
  tertulia.follow = (id, look) => {
    let followed = null;
    tertulia.watchers.push(() => {
      const element = document.getElementById(id);
      if (!element || element === followed) return;
      followed = element;
      new MutationObserver(look).observe(element, { attributes: true, characterData: true, childList: true, subtree: true });
      look();
    });
  };
  tertulia.seen = (selector) => [...document.querySelectorAll(selector)].find((element) => element.checkVisibility());
  tertulia.isTyping = (target) => !!target.matches?.("input, textarea, select, [contenteditable]");

  const help = () => document.getElementById("help");
  tertulia.actions = {
    theme: () => { write("localStorage", THEME, isDark() ? "light" : "dark"); paint(); },
    help: () => {
      help()?.showModal();
      help()?.scrollTo(0, 0); // its one button, which gets the focus, is at its end
    },
    print: () => window.print(),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-action]");
    if (button) tertulia.actions[button.dataset.action]?.(button);
    const asked = event.target.closest?.("[data-act]");
    if (asked && asked.ariaDisabled !== "true") {
      const name = tertulia.bridgeOf(asked);
      const { act, kind, ...data } = { message: asked.closest("[data-message]")?.dataset.message, ...asked.dataset };
      const here = tertulia.does[name === "chat" ? act : `${name}.${act}`];
      if (here) here(asked, data);
      else if (name in SEARCHES) tertulia.act(act, data, name);
      else tertulia.send(name, act, data, kind);
    }
    if (event.target === help()) help().close(); // its backdrop
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "?" && !tertulia.isTyping(event.target)) tertulia.actions.help();
    if (event.key === "Escape" && !tertulia.closers.some((close) => close()))
      tertulia.seen(".room-box .stop-button")?.click();
  });

  // A blank message is not even sent: while the server passed it over, the next one would be ignored.
  const dropBlank = (event) => {
    const sends = event.type === "click"
      ? event.target.closest?.(".room-box .submit-button")
      : event.key === "Enter" && !event.shiftKey && event.target.matches?.(".room-box textarea");
    if (!sends || event.target.closest(".room-box").querySelector("textarea").value.trim()) return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("keydown", dropBlank, true);
  document.addEventListener("click", dropBlank, true);

  // What is shown is escaped on the server (safety/shown_text.py); what is copied should read as it was written.
  let isCode = false;
  document.addEventListener("click", (event) => { isCode = !!event.target.closest?.(".copy_code_button"); }, true);
  if (navigator.clipboard) {
    const writeText = navigator.clipboard.writeText.bind(navigator.clipboard);
    const plain = (text) => text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code));
    navigator.clipboard.writeText = (text) => writeText((isCode ? text : plain(text)).replaceAll("\u2060", ""));
  }

  // Gradio makes its own elements, some nameless or named in English: they get names as they appear.
  const words = tertulia.words;
  const names = {
    ".room-box .submit-button": words.send,
    ".room-box .stop-button": words.stop,
    "#try-search .submit-button": words.search,
    ".room-chat [data-testid=user]": words.user,
    ".room-chat [data-testid=bot]": words.bot,
    ".room-chat .message-buttons .icon-button": words.copyMessage,
    ".room-chat .copy_code_button": words.copyCode,
    ".room-chat .scroll-down-button-container button": words.toEnd,
    ".room-chat [role=log]": words.chat,
    ".side-controls .reset-button": words.reset,
    "[data-testid=toast-close]": words.close,
  };
  const texts = { // of Gradio's toasts, which know English only
    Warning: words.warning,
    Error: words.error,
    "Connection to the server was lost. Attempting reconnection...": words.lost,
  };
  const ENGLISH = /^(number input|range slider) for /; // a slider's parts; of the rest of the name the label takes care
  const complete = () => {
    for (const [selector, name] of Object.entries(names))
      for (const element of document.querySelectorAll(selector))
        if (element.ariaLabel !== name) {
          element.ariaLabel = name;
          if (element.matches("button")) element.title = name;
        }
    for (const part of document.querySelectorAll(".side-controls .block:has([type=range]) input"))
      if (ENGLISH.test(part.ariaLabel)) part.ariaLabel = part.ariaLabel.replace(ENGLISH, "");
    for (const element of document.querySelectorAll(".toast-title-row > span, [data-testid=toast-text]")) {
      const text = element.firstChild;
      const ours = texts[text?.textContent.trim()];
      if (ours && text.textContent !== ours) text.textContent = ours;
    }
    for (const link of document.querySelectorAll(".languages a:not([aria-current])"))
      link.ariaCurrent = String(link.lang === language);
    for (const link of tertulia.account ? document.querySelectorAll(".tool.account[hidden]") : []) {
      Object.assign(link, { hidden: false, href: tertulia.account, title: words[tertulia.account] });
      link.ariaLabel = words[tertulia.account];
    }
    for (const status of document.querySelectorAll(".room-status")) {
      status.role = "status";
      status.ariaLive = "polite";
    }
    for (const look of tertulia.watchers) look();
  };
  // Each tab of the browser stays in its room over a reload.
  const ROOM = "tertulia.room";
  let isBack = false;
  tertulia.watchers.push(() => {
    if (isBack) return;
    const tab = tertulia.seen(`#rooms > .tab-wrapper [role=tab][data-tab-id="${CSS.escape(read("sessionStorage", ROOM) || "chat")}"]`);
    if (!tab) return;
    isBack = true;
    if (tab.ariaSelected !== "true") tab.click();
  });
  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("#rooms > .tab-wrapper [role=tab]");
    if (tab) write("sessionStorage", ROOM, tab.dataset.tabId);
  });
  let isDue = false;
  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => { isDue = false; complete(); });
  }).observe(document, { childList: true, subtree: true });
})();
