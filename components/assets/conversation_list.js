// The list of conversations: one menu for all entries, renaming in place, and a focus that stays with its conversation
// while the server replaces the list around it.
(function () {
  const menuOf = (button) => button.closest(".left-side").querySelector(".conversation-menu");
  const menu = () => document.querySelector(".conversation-menu:not([hidden])"); // the open one
  const items = () => [...menu().querySelectorAll("[role^=menuitem]")].filter((item) => item.checkVisibility());
  const opener = () => document.querySelector(".entry .more[aria-expanded=true]");
  const buttonOf = (id, kind) =>
    [...document.querySelectorAll(`.entry .${kind}`)].find((button) => button.dataset.id === id);

  const shut = ({ returnsFocus = false } = {}) => {
    const button = opener();
    if (!menu()) return false;
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
  // Personal data hidden in all files that are taken away: the wish is this browser's, and goes with each address.
  const HIDES = "tertulia.hidesInFiles";
  const hides = () => tertulia.read("localStorage", HIDES) === "yes";
  const showHiding = () => {
    for (const box of document.querySelectorAll("[data-hides-files]")) box.ariaChecked = String(hides());
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-hides-files]")) return;
    tertulia.write("localStorage", HIDES, hides() ? "no" : "yes");
    showHiding();
  });
  for (const kind of ["click", "auxclick", "contextmenu"]) document.addEventListener(kind, (event) => {
    const link = event.target.closest?.("a[download][href]");
    if (!link || !link.href.startsWith(location.origin)) return;
    const address = new URL(link.href);
    if (hides()) address.searchParams.set("hide", "1");
    else address.searchParams.delete("hide");
    link.href = address.href;
  }, true);
  tertulia.inRooms("menu", openMenu);
  function openMenu(button) {
    if (button === opener()) return void shut({ returnsFocus: true });
    shut();
    const { id } = button.dataset;
    const opened = menuOf(button);
    opened.dataset.isPinned = button.closest(".entry").dataset.pinned;
    for (const item of opened.querySelectorAll("[role=menuitem]")) {
      if (item.dataset.act) item.dataset.id = id;
      else item.href = `./conversations/${encodeURIComponent(id)}/export.${item.dataset.format}`;
    }
    showHiding();
    opened.hidden = false;
    button.ariaExpanded = "true";
    place(button);
    items()[0].focus();
  }
  for (const action of ["pin", "delete"])
    tertulia.inRooms(action, (item, { id, pinned }) => {
      const room = tertulia.bridgeOf(item);
      shut({ returnsFocus: true });
      tertulia.act(action, pinned === undefined ? { id } : { id, pinned }, room);
    });

  // Renaming: an input over the title. What is being typed outlives a list that is replaced meanwhile.
  let renaming = null; // { id, before, text, room }
  const endRenaming = (keeps) => {
    if (!renaming) return;
    const { id, before, text, room } = renaming;
    renaming = null;
    const title = text.trim();
    const isNew = keeps && title && title !== before;
    const button = buttonOf(id, "title");
    const input = button?.parentElement.querySelector("input");
    const hadFocus = input === document.activeElement;
    input?.remove();
    if (isNew && button) button.firstElementChild.textContent = title; // until the server says the same
    if (hadFocus) button?.focus();
    if (isNew) tertulia.act("rename", { id, title }, room);
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
  tertulia.inRooms("rename", (item, { id }) => {
    const room = tertulia.bridgeOf(item);
    shut();
    endRenaming(true);
    const before = buttonOf(id, "title").textContent;
    renaming = { id, before, text: before, room };
    showRenaming();
  });

  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest?.(".conversation-menu, .entry .more")) shut();
    if (renaming && !event.target.matches?.(".entry input")) endRenaming(true);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".conversation-menu a")) shut({ returnsFocus: true });
  });
  document.addEventListener("scroll", (event) => { if (event.target.contains?.(opener())) shut(); }, true);
  window.addEventListener("resize", () => shut());
  tertulia.closers.unshift(() => shut({ returnsFocus: true })); // before the side it lies over
  const steps = { ArrowDown: (at, n) => (at + 1) % n, ArrowUp: (at, n) => (at - 1 + n) % n, Home: () => 0, End: (_, n) => n - 1 };
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.(".entry .more") && event.key === "ArrowDown") {
      event.preventDefault();
      return openMenu(event.target);
    }
    if (!event.target.closest?.(".conversation-menu")) return;
    if (event.key === "Tab") shut({ returnsFocus: true });
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const all = items();
    all[step(all.indexOf(event.target), all.length)].focus();
  });

  // A list that was asked for before the search was typed may arrive after its result: then it is asked for again.
  const PATIENCE = 500; // milliseconds for the result to arrive by itself
  const waiting = {}; // timers, by the name of the room
  const keepSearched = (side, name) => {
    const isOld = () => {
      const list = document.querySelector(`#${side} [data-searched]`);
      return !!list && list.dataset.searched !== tertulia.searched(name);
    };
    clearTimeout(waiting[name]);
    if (isOld()) waiting[name] = setTimeout(() => { if (isOld()) tertulia.act("search", {}, name); }, PATIENCE);
  };

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
  for (const [side, name] of [["sidebar", "chat"], ["agent-sidebar", "agent"]]) tertulia.follow(side, () => {
    showRenaming();
    keepSearched(side, name);
    const active = document.activeElement;
    if (!held || (active !== held.button && active !== document.body) || active.dataset?.id === held.id) return;
    (buttonOf(held.id, held.kind) ?? document.querySelector("[data-act=restore]"))?.focus();
  });
})();
