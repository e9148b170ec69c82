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
  const paint = () => {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    document.body?.classList.toggle("dark", isDark());
  };
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
  if (tertulia.conversation()) document.documentElement.classList.add("returning");

  const help = () => document.getElementById("help");
  const actions = {
    theme: () => { write("localStorage", THEME, isDark() ? "light" : "dark"); paint(); },
    help: () => help()?.showModal(),
  };
  document.addEventListener("click", (event) => {
    actions[event.target.closest?.("[data-action]")?.dataset.action]?.();
    if (event.target === help()) help().close(); // its backdrop
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches?.("input, textarea, [contenteditable]");
    if (event.key === "?" && !isTyping && !help()?.open) actions.help();
    if (event.key === "Escape" && !help()?.open) document.querySelector("#box .stop-button")?.click();
  });

  // A blank message is not even sent: while the server passed it over, the next one would be ignored.
  const dropBlank = (event) => {
    const sends = event.type === "click"
      ? event.target.closest?.("#box .submit-button")
      : event.key === "Enter" && !event.shiftKey && event.target.matches?.("#box textarea");
    if (!sends || document.querySelector("#box textarea").value.trim()) return;
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
    "#box .submit-button": words.send,
    "#box .stop-button": words.stop,
    "#chat [data-testid=user]": words.user,
    "#chat [data-testid=bot]": words.bot,
    "#chat .message-buttons button": words.copyMessage,
    "#chat .copy_code_button": words.copyCode,
    "#chat .scroll-down-button-container button": words.toEnd,
  };
  const complete = () => {
    for (const [selector, name] of Object.entries(names))
      for (const element of document.querySelectorAll(selector))
        if (element.ariaLabel !== name) {
          element.ariaLabel = name;
          if (element.matches("button")) element.title = name;
        }
    for (const link of document.querySelectorAll(".languages a:not([aria-current])"))
      link.ariaCurrent = String(link.lang === language);
    const status = document.getElementById("status");
    if (status) {
      status.role = "status";
      status.ariaLive = "polite";
    }
  };
  let isDue = false;
  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => { isDue = false; complete(); });
  }).observe(document, { childList: true, subtree: true });
})();
