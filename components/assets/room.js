// The room between its two sides, and the keys that work everywhere in it. A side lies beside the room where there is
// width for it, and over it where there is not: then nothing else can be reached until it is closed.
(function () {
  const root = document.documentElement;
  const sides = {
    sidebar: { wide: window.matchMedia("(min-width: 1000px)"), isOpenAtFirst: true },
    panel: { wide: window.matchMedia("(min-width: 1200px)"), isOpenAtFirst: false },
  };
  const key = (name) => `tertulia.${name}`;
  const isOpen = (name) => root.classList.contains(`${name}-open`);
  const isOver = (name) => isOpen(name) && !sides[name].wide.matches;
  const over = () => Object.keys(sides).find(isOver);
  const room = () => document.getElementById("chat-room");
  const isHere = () => !!room()?.checkVisibility() && !document.querySelector("dialog[open]");
  const reachable = (element) => [...(element?.querySelectorAll("button, a[href], input, textarea, summary") ?? [])]
    .find((inner) => inner.checkVisibility({ visibilityProperty: true }));

  // Marks what cannot be reached, and tells the buttons of a side whether it is open.
  const tell = () => {
    const top = over();
    for (const element of document.querySelectorAll("#header, #rooms > .tab-wrapper, #room, #sidebar, #panel")) {
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
      document.querySelector(`#room [data-action=${name}]`)?.focus();
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
    if (event.target.closest?.("#panel-tabs [role=tab]")) document.getElementById("panel").scrollTo(0, 0);
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
    if (event.target.closest?.("#sidebar [data-act=open], #sidebar #new") && isOver("sidebar")) set("sidebar", false);
    if (event.target.closest?.("#new, [data-act=undo]")) box()?.focus(); // what comes next is a message
    if (event.target.closest?.("[data-act=glass]")) {
      set("panel", true);
      document.querySelector("#panel-tabs [role=tab][data-tab-id=glass]")?.click();
    }
  });

  // Going on from another token makes the model write: on a phone its answer is what there is to see then.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".gb-pop-row:enabled") && isOver("panel")) set("panel", false);
  }, true);

  const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
  const box = () => document.querySelector("#box textarea");
  const keys = {
    "command+shift+o": () => document.getElementById("new")?.click(),
    "command+b": () => tertulia.actions.sidebar(),
    "command+k": () => {
      set("sidebar", true);
      document.querySelector("#search :is(input, textarea)")?.focus();
    },
  };
  // Who reads the end of the conversation goes on reading it when a side or a form takes some of the room.
  const reading = new ResizeObserver(([{ target }]) => { if (isAtEnd) target.scrollTop = target.scrollHeight; });
  let isAtEnd = true, scroller = null;
  tertulia.watchers.push(() => {
    const found = document.querySelector("#chat .bubble-wrap");
    if (!found || found === scroller) return;
    scroller = found;
    reading.disconnect();
    reading.observe(found);
    found.addEventListener("scroll", () => { isAtEnd = found.scrollHeight - found.scrollTop - found.clientHeight < 48; });
  });

  const editLast = () => {
    const button = [...document.querySelectorAll("#chat [data-act=edit]")].at(-1);
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
