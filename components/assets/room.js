// A room between its two sides, and the keys that work everywhere in it. A side lies beside the room where there is
// width for it, and over it where there is not: then nothing else can be reached until it is closed.
(function () {
  const root = document.documentElement;
  const left = window.matchMedia("(min-width: 1000px)"), right = window.matchMedia("(min-width: 1200px)");
  const sides = {
    sidebar: { room: "chat-room", wide: left, isOpenAtFirst: true },
    panel: { room: "chat-room", wide: right, isOpenAtFirst: false },
    library: { room: "documents-room", wide: left, isOpenAtFirst: true },
    sources: { room: "documents-room", wide: right, isOpenAtFirst: true },
    "agent-sidebar": { room: "agent-room", wide: left, isOpenAtFirst: true },
    "agent-panel": { room: "agent-room", wide: right, isOpenAtFirst: false },
  };
  const key = (name) => `tertulia.${name}`;
  const isOpen = (name) => root.classList.contains(`${name}-open`);
  const isOver = (name) => isOpen(name) && !sides[name].wide.matches;
  const room = () => tertulia.seen(".room-frame");
  const sidesOf = (id) => Object.keys(sides).filter((name) => sides[name].room === id);
  const over = () => sidesOf(room()?.id).find(isOver);
  const isHere = () => !!room() && !document.querySelector("dialog[open]");
  const reachable = (element) => [...(element?.querySelectorAll("button, a[href], input, textarea, summary") ?? [])]
    .find((inner) => inner.checkVisibility({ visibilityProperty: true }));

  // Marks what cannot be reached, and tells the buttons of a side whether it is open.
  const tell = () => {
    const top = over();
    for (const element of document.querySelectorAll("#header, #rooms > .tab-wrapper, .room-middle, .left-side, .right-side")) {
      const isShut = !!top && element.id !== top;
      if (element.inert !== isShut) element.inert = isShut;
    }
    for (const name of Object.keys(sides))
      for (const button of document.querySelectorAll(`[data-action=${name}]`))
        if (button.ariaExpanded !== String(isOpen(name))) button.ariaExpanded = String(isOpen(name));
  };
  const put = (name, open) => {
    root.classList.toggle(`${name}-open`, open);
    tell();
  };
  const set = (name, open) => {
    if (open === isOpen(name)) return;
    const element = document.getElementById(name);
    const hadFocus = !!element?.contains(document.activeElement);
    if (open) for (const other of Object.keys(sides)) if (other !== name && isOver(other)) put(other, false);
    put(name, open);
    if (sides[name].wide.matches) tertulia.write("localStorage", key(name), open ? "open" : "closed");
    if (open && isOver(name)) (reachable(element) ?? element)?.focus();
    if (!open && (hadFocus || document.activeElement === document.body))
      document.querySelector(`.room-middle [data-action=${name}]`)?.focus();
  };
  tertulia.open = (name) => set(name, true);
  tertulia.close = (name) => set(name, false);
  for (const [name, { wide, isOpenAtFirst }] of Object.entries(sides)) {
    const wanted = () => wide.matches
      && (tertulia.read("localStorage", key(name)) ?? (isOpenAtFirst ? "open" : "closed")) === "open";
    put(name, wanted());
    wide.addEventListener("change", () => put(name, wanted()));
    tertulia.actions[name] = () => set(name, !isOpen(name));
  }
  tertulia.watchers.push(tell);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".side-tabs [role=tab]")) event.target.closest(".right-side")?.scrollTo(0, 0);
  });

  // The table over the conversation, which the meter opens.
  const shutMeter = (returnsFocus) => {
    const meter = document.querySelector("#meter details[open]");
    if (!meter) return false;
    if (returnsFocus) meter.querySelector("summary").focus();
    meter.open = false;
    return true;
  };
  tertulia.closers.push(() => !over() && shutMeter(true));
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest?.("#meter")) shutMeter(false); });
  tertulia.closers.push(() => {
    const top = over();
    if (top) set(top, false);
    return !!top;
  });
  document.addEventListener("click", (event) => {
    if (event.target === room() && over()) set(over(), false); // the shade beside an open side
    const chosen = event.target.closest?.(".entry [data-act=open], .left-side .new-conversation")?.closest(".left-side");
    if (chosen && isOver(chosen.id)) set(chosen.id, false);
    if (event.target.closest?.(".left-side .new-conversation, [data-act=undo]")) box()?.focus(); // what comes next is a message
    if (event.target.closest?.("#chat-room [data-act=glass]")) {
      set("panel", true);
      document.querySelector("#panel-tabs [role=tab][data-tab-id=glass]")?.click();
    }
  });

  // Going on from another token makes the model write: on a phone its answer is what there is to see then.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".gb-pop-row:enabled") && isOver("panel")) set("panel", false);
  }, true);

  const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
  const box = () => room()?.querySelector(".room-box textarea");
  const keys = {
    "command+shift+o": () => room().querySelector(".new-conversation")?.click(),
    "command+b": () => tertulia.actions[sidesOf(room().id)[0]](),
    "command+k": () => {
      set(sidesOf(room().id)[0], true);
      room().querySelector(".side-search :is(input, textarea)")?.focus();
    },
  };
  // Who reads the end of the conversation goes on reading it when a side or a form takes some of the room.
  const elsewhere = new WeakSet(), known = new WeakSet(); // scrollers: not at their end; those that are followed
  const reading = new ResizeObserver((changes) => {
    for (const { target } of changes) if (!elsewhere.has(target)) target.scrollTop = target.scrollHeight;
  });
  tertulia.watchers.push(() => {
    for (const found of document.querySelectorAll(".room-chat .bubble-wrap")) {
      if (known.has(found)) continue;
      known.add(found);
      reading.observe(found);
      found.addEventListener("scroll", () => {
        const isAtEnd = found.scrollHeight - found.scrollTop - found.clientHeight < 48;
        elsewhere[isAtEnd ? "delete" : "add"](found);
      });
    }
  });

  const editLast = () => {
    const button = [...room().querySelectorAll(".room-chat [data-act=edit]")].at(-1);
    if (button && !button.closest("[inert]")) button.click();
    return !!button;
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || !isHere()) return;
    const hasCommand = isApple ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    const name = `command+${event.shiftKey ? "shift+" : ""}${event.key.toLowerCase()}`;
    if (hasCommand && keys[name]) {
      event.preventDefault();
      keys[name]();
    }
    if (event.metaKey || event.ctrlKey) return;
    if (event.key === "/" && !tertulia.isTyping(event.target)) {
      event.preventDefault();
      if (!over()) box()?.focus();
    }
    if (event.key === "ArrowUp" && !event.shiftKey && event.target === box() && !box().value && editLast())
      event.preventDefault();
  });
  tertulia.watchers.push(() => {
    if (isApple) for (const name of document.querySelectorAll("kbd.command")) if (name.textContent !== "⌘") name.textContent = "⌘";
  });
})();
