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

  // Gradio makes its own elements: what they lack is added as they appear.
  new MutationObserver(() => {
    const status = document.getElementById("status");
    if (status && !status.role) {
      status.role = "status";
      status.ariaLive = "polite";
    }
    for (const link of document.querySelectorAll(".languages a:not([aria-current])"))
      link.setAttribute("aria-current", String(link.lang === language));
  }).observe(document, { childList: true, subtree: true });
})();
