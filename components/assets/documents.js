// The conversation with documents: marks behind sentences, their sources beside it, and what the tab remembers.
(function () {
  const { does, send } = tertulia;
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Each tab has its own conversation here, too, and keeps it over a reload.
  const READING = "tertulia.reading";
  tertulia.reading = () => tertulia.read("sessionStorage", READING) || "";
  tertulia.keepReading = (id) => {
    tertulia.write("sessionStorage", READING, id || "");
    return [];
  };

  const show = (tab) => {
    tertulia.open("sources");
    document.querySelector(`#sources-tabs [role=tab][data-tab-id=${tab}]`)?.click();
  };
  // Marks. They are links that only the server can write; nothing follows them.
  const SOURCE = /^#source-(.+)-(\d+)-(\d+)$/, NONE = /^#no-source-(.+)$/;
  const LINKS = '.room-chat a[href^="#source-"], .room-chat a[href^="#no-source-"]';
  const dress = () => {
    for (const link of all(LINKS)) {
      if (link.dataset.mark) continue;
      const isSource = SOURCE.test(link.getAttribute("href"));
      link.dataset.mark = isSource ? "source" : "none";
      link.setAttribute("role", "button");
      link.removeAttribute("target");
      if (link.title) link.ariaLabel = isSource ? link.title : `${link.textContent}: ${link.title}`;
    }
  };
  let current = null; // the mark whose source is open
  const at = (link) => {
    for (const other of all(".room-chat a[aria-current]")) other.removeAttribute("aria-current");
    link.ariaCurrent = "true";
  };
  const redress = () => {
    dress();
    const link = current && all(LINKS).find((one) => one.getAttribute("href") === current);
    if (link && link.ariaCurrent !== "true") at(link);
  };
  tertulia.watchers.push(redress);
  const openMark = (link) => {
    const source = SOURCE.exec(link.getAttribute("href")), none = NONE.exec(link.getAttribute("href"));
    current = link.getAttribute("href");
    at(link);
    if (source) send("reading", "citation", { message: source[1], citation: Number(source[3]) });
    else send("reading", "found", { message: none[1] });
    show(source ? "source" : "search");
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(LINKS);
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    openMark(link);
  }, true);
  document.addEventListener("auxclick", (event) => { if (event.target.closest?.(LINKS)) event.preventDefault(); }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches?.(LINKS)) return;
    event.preventDefault();
    openMark(event.target);
  });
  if (navigator.clipboard) { // what is copied has the numbers, not where they lead
    const write = navigator.clipboard.writeText.bind(navigator.clipboard);
    const plain = (text) => text
      .replace(/\u00a0?\[&#91;(\d+)&#93;\]\(#source-[^)]*\)/g, " [$1]").replace(/\u00a0?\[[^\]]*\]\(#no-source-[^)]*\)/g, "");
    navigator.clipboard.writeText = (text) => write(plain(text));
  }

  // What is asked of the server: these make the model write, those show another conversation.
  does["reading.ask"] = (button, { text }) => send("reading", "ask", { text }, "submit");
  for (const act of ["again", "anyway"])
    does[`reading.${act}`] = (button, { message }) => send("reading", act, { message }, "submit");
  does["reading.version"] = (button, { message }) => send("reading", "version", { message }, "input");
  does["reading.to_library"] = () => tertulia.open("library");
  does["reading.new"] = () => {
    send("reading", "new", {}, "input");
    document.querySelector("#documents-box textarea")?.focus();
  };
  does["reading.open"] = (button, { id }) => send("reading", "open", { id }, "input");
  does["reading.delete"] = async (button, { id, sure }) => {
    if (await tertulia.sure(sure, button.title)) send("reading", "delete", { id }, "input");
  };
  for (const [act, tab] of Object.entries({ glass: "glass", found: "search", source: "source" }))
    does[`reading.${act}`] = (button, data) => {
      send("reading", act, data);
      show(tab);
    };

  // The list of earlier conversations lies over this one.
  const shutChooser = (returnsFocus) => {
    const chooser = document.querySelector(".chooser[open]");
    if (!chooser) return false;
    chooser.open = false;
    if (returnsFocus) chooser.querySelector("summary").focus();
    return true;
  };
  tertulia.closers.unshift(() => !document.querySelector("#reading[inert]") && shutChooser(true));
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest?.(".chooser")) shutChooser(false); });

  // A source: as a picture or as text, whichever was chosen last; a picture that does not come is no loss.
  let asText = tertulia.read("localStorage", "tertulia.sourceAsText") === "yes";
  const view = () => document.querySelector(".source-view");
  const paint = () => {
    const source = view();
    if (!source) return;
    const isText = asText || source.dataset.hasPicture !== "true" || source.classList.contains("undrawn");
    source.classList.toggle("as-text", isText);
    for (const [act, pressed] of [["as_text", isText], ["as_picture", !isText]])
      for (const button of source.querySelectorAll(`[data-act=${act}]`)) button.ariaPressed = String(pressed);
  };
  const toPassage = () => {
    const source = view(), side = source?.closest(".right-side");
    if (!side?.checkVisibility()) return;
    const mark = source.querySelector(".sv-text mark"), text = source.querySelector(".sv-text");
    if (source.classList.contains("as-text") && mark) {
      const gap = mark.getBoundingClientRect().top - text.getBoundingClientRect().top;
      text.scrollTop += gap - 48;
    }
  };
  const choose = (isText) => {
    asText = isText;
    tertulia.write("localStorage", "tertulia.sourceAsText", isText ? "yes" : "no");
    paint();
    toPassage();
  };
  does["reading.as_text"] = () => choose(true);
  does["reading.as_picture"] = () => {
    view().classList.remove("undrawn");
    choose(false);
  };
  does["reading.to_passage"] = toPassage;
  let pressed = null; // where on the picture, as shares of it
  document.addEventListener("pointerdown", (event) => {
    const box = event.target.closest?.(".sv-zoom")?.getBoundingClientRect();
    pressed = box ? [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height] : null;
  });
  does["reading.zoom"] = (button) => {
    const picture = button.closest(".sv-picture"), [x, y] = pressed ?? [0, 0];
    button.ariaPressed = String(picture.classList.toggle("zoomed"));
    picture.scrollTo(x * picture.scrollWidth - picture.clientWidth / 2, y * picture.scrollHeight - picture.clientHeight / 2);
    pressed = null;
  };
  const pictureOf = (target) => (target.matches?.(".sv-picture img") ? target.closest(".sv-picture") : null);
  document.addEventListener("load", ({ target }) => pictureOf(target)?.classList.remove("loading"), true);
  document.addEventListener("error", ({ target }) => {
    const picture = pictureOf(target);
    if (!picture) return;
    picture.classList.remove("loading");
    view().classList.add("undrawn");
    view().querySelector(".sv-failed").hidden = false;
    paint();
    toPassage();
  }, true);
  let shown = null;
  tertulia.watchers.push(() => {
    if (view() === shown) return;
    shown = view();
    paint();
    requestAnimationFrame(toPassage);
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("#sources-tabs [role=tab][data-tab-id=source]")) requestAnimationFrame(toPassage);
  });

  // Two answers side by side: their row is told by the server's bar under it.
  tertulia.watchers.push(() => {
    for (const bar of all("#documents-chat .message-bar[data-role=assistant]")) {
      const row = bar.closest(".message-buttons")?.previousElementSibling;
      row?.classList.toggle("compares", bar.dataset.compares === "true");
    }
  });
})();
