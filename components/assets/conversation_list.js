// The list of conversations: one menu for all entries, renaming in place, and a focus that stays with its conversation
// while the server replaces the list around it.
(function () {
  const menu = () => document.getElementById("conversation-menu");
  const items = () => [...menu().querySelectorAll("[role=menuitem]")].filter((item) => item.checkVisibility());
  const opener = () => document.querySelector(".entry .more[aria-expanded=true]");
  const buttonOf = (id, kind) =>
    [...document.querySelectorAll(`.entry .${kind}`)].find((button) => button.dataset.id === id);

  const shut = ({ returnsFocus = false } = {}) => {
    const button = opener();
    if (!menu() || menu().hidden) return false;
    menu().hidden = true;
    if (button) button.ariaExpanded = "false";
    if (returnsFocus) button?.focus();
    return true;
  };
  const place = (button) => {
    const at = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu();
    const top = at.bottom + height + 8 <= innerHeight ? at.bottom : Math.max(8, at.top - height);
    menu().style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    menu().style.top = `${top}px`;
  };
  tertulia.does.menu = (button) => {
    if (button === opener()) return void shut({ returnsFocus: true });
    shut();
    const { id } = button.dataset;
    menu().dataset.isPinned = button.closest(".entry").dataset.pinned;
    for (const item of menu().querySelectorAll("[role=menuitem]")) {
      if (item.dataset.act) item.dataset.id = id;
      else item.href = `./conversations/${encodeURIComponent(id)}/export.${item.dataset.format}`;
    }
    menu().hidden = false;
    button.ariaExpanded = "true";
    place(button);
    items()[0].focus();
  };
  for (const action of ["pin", "delete"])
    tertulia.does[action] = (item, { id, pinned }) => {
      shut({ returnsFocus: true });
      tertulia.act(action, pinned === undefined ? { id } : { id, pinned });
    };

  // Renaming: an input over the title. What is being typed outlives a list that is replaced meanwhile.
  let renaming = null; // { id, before, text }
  const endRenaming = (keeps) => {
    if (!renaming) return;
    const { id, before, text } = renaming;
    renaming = null;
    const title = text.trim();
    const isNew = keeps && title && title !== before;
    const button = buttonOf(id, "title");
    const input = button?.parentElement.querySelector("input");
    const hadFocus = input === document.activeElement;
    input?.remove();
    if (isNew && button) button.firstElementChild.textContent = title; // until the server says the same
    if (hadFocus) button?.focus();
    if (isNew) tertulia.act("rename", { id, title });
  };
  const showRenaming = () => {
    const button = renaming && buttonOf(renaming.id, "title");
    if (!button || button.parentElement.querySelector("input")) return;
    const input = document.createElement("input");
    Object.assign(input, { value: renaming.text, maxLength: 200, dir: "auto", ariaLabel: tertulia.words.newTitle });
    input.addEventListener("input", () => { renaming.text = input.value; });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      endRenaming(event.key === "Enter");
    });
    button.parentElement.append(input);
    input.focus();
    input.select();
  };
  tertulia.does.rename = (item, { id }) => {
    shut();
    endRenaming(true);
    const before = buttonOf(id, "title").textContent;
    renaming = { id, before, text: before };
    showRenaming();
  };

  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest?.("#conversation-menu, .entry .more")) shut();
    if (renaming && !event.target.matches?.(".entry input")) endRenaming(true);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#conversation-menu a")) shut({ returnsFocus: true });
  });
  document.addEventListener("scroll", (event) => { if (event.target.contains?.(opener())) shut(); }, true);
  window.addEventListener("resize", () => shut());
  tertulia.closers.unshift(() => shut({ returnsFocus: true })); // before the side it lies over
  const steps = { ArrowDown: (at, n) => (at + 1) % n, ArrowUp: (at, n) => (at - 1 + n) % n, Home: () => 0, End: (_, n) => n - 1 };
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.(".entry .more") && event.key === "ArrowDown") {
      event.preventDefault();
      return tertulia.does.menu(event.target);
    }
    if (!event.target.closest?.("#conversation-menu")) return;
    if (event.key === "Tab") shut({ returnsFocus: true });
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const all = items();
    all[step(all.indexOf(event.target), all.length)].focus();
  });

  // The server's new list is laid over the old one place by place: the focus would stay with the place.
  let held = null; // the conversation and the button that have the focus
  document.addEventListener("focusin", (event) => {
    const button = event.target.closest?.(".entry button");
    held = button ? { id: button.dataset.id, kind: button.classList[0], button } : null;
  });
  document.addEventListener("click", (event) => {
    const restore = event.target.closest?.("[data-act=restore]");
    if (restore) held = { id: restore.dataset.id, kind: "title", button: restore };
  });
  tertulia.follow("sidebar", () => {
    showRenaming();
    const active = document.activeElement;
    if (!held || (active !== held.button && active !== document.body) || active.dataset?.id === held.id) return;
    (buttonOf(held.id, held.kind) ?? document.querySelector("[data-act=restore]"))?.focus();
  });
})();
