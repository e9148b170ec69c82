// The Playground: which stage's bars are seen, addresses of experiments, and on a phone the drawer of settings.
(function () {
  const { does, send } = tertulia;
  const make = (tag, fields) => Object.assign(document.createElement(tag), fields);

  // How the room looks depends on its small tab and on its model. A style that asked with :has() would be found anew at
  // every change of a picture, for everything in the room.
  const mark = () => {
    const room = document.getElementById("playground-room");
    const tab = room?.querySelector("#pg-tabs > .tab-wrapper [role=tab][aria-selected=true]");
    if (tab && room.dataset.panel !== tab.dataset.tabId) room.dataset.panel = tab.dataset.tabId;
    room?.toggleAttribute("data-is-cloud", !!room.querySelector("#pg-model-why p"));
  };
  tertulia.follow("pg-tabs", mark);
  tertulia.follow("pg-model-why", mark);

  // The bars of one stage; the last one's unless another was pressed. The server lays new rows over these.
  let chosen = null; // the stage's name, which stays what it is when a slider adds another before it
  const picture = () => document.querySelector("#pg-next .pg-seen");
  const showStage = () => {
    const stages = [...(picture()?.querySelectorAll("[data-stage]") ?? [])];
    if (!stages.length) return;
    const place = stages.findIndex((stage) => stage.dataset.name === chosen);
    const at = place < 0 ? stages.length - 1 : place;
    stages.forEach((stage, each) => {
      const pressed = String(each === at);
      if (stage.ariaPressed !== pressed) stage.ariaPressed = pressed;
    });
    for (const row of picture().querySelectorAll(".pg-row")) {
      const [probability, said] = JSON.parse(row.dataset.after)[at];
      const isCut = probability === 0 && row.dataset.cut !== undefined;
      if (row.style.getPropertyValue("--a") !== String(probability)) row.style.setProperty("--a", String(probability));
      if (row.classList.contains("cut") !== isCut) row.classList.toggle("cut", isCut);
      const place = row.querySelector(".pg-after-share"), tag = isCut ? "EM" : "B";
      const text = isCut ? row.dataset.cut : said, shown = place.firstElementChild;
      if (shown?.tagName !== tag || shown.textContent !== text) place.replaceChildren(make(tag, { textContent: text }));
    }
  };
  does["playground.stage"] = (button) => {
    const isLast = !button.closest("li").nextElementSibling;
    chosen = isLast ? null : button.dataset.name;
    showStage();
  };
  tertulia.follow("pg-next", showStage);

  // The address of what is seen. It stands in the browser's own field, too, where no script may copy.
  does["playground.link"] = async (button, { link, said }) => {
    history.replaceState(history.state, "", `#${link}`);
    try { await navigator.clipboard.writeText(location.href); } catch { return; } // it can be copied from there
    const before = button.textContent;
    button.textContent = said;
    setTimeout(() => { if (button.textContent === said) button.textContent = before; }, 2000);
  };
  const come = () => {
    if (!location.hash.startsWith("#playground=")) return;
    tertulia.write("sessionStorage", "tertulia.room", "playground"); // where a page that was just opened goes
    tertulia.seen("#rooms > .tab-wrapper [role=tab][data-tab-id=playground]")?.click();
    send("playground", "restore", { link: location.hash.slice(1) }, "input");
  };
  come();
  window.addEventListener("hashchange", come);
  tertulia.reopenPlayground = () => { come(); return []; };

  // Enter in the prompt does what the chosen tab's own button does; where there is none, it reads the prompt.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches?.("#pg-prompt textarea")) return;
    const tab = tertulia.seen('#pg-tabs [role=tab][aria-selected="true"]')?.dataset.tabId ?? "";
    const run = tertulia.seen(`#pg-${CSS.escape(tab)}-run`);
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run.click();
  }, true);

  // On a phone the settings lie at the foot of the picture, so that it can be seen while they are moved.
  const root = document.documentElement;
  const showSettings = (isOpen) => {
    root.classList.toggle("pg-settings-open", isOpen);
    for (const head of document.querySelectorAll(".pg-settings-head")) head.ariaExpanded = String(isOpen);
  };
  document.addEventListener("click", (event) => { // what was asked for is seen below the prompt
    if (event.target.closest?.("#pg-look") && tertulia.seen(".pg-settings-head"))
      document.getElementById("pg-picture").scrollIntoView();
  });
  tertulia.actions["pg-settings"] = () => showSettings(!root.classList.contains("pg-settings-open"));
  tertulia.closers.push(() => {
    if (!root.classList.contains("pg-settings-open") || !tertulia.seen(".pg-settings-head")) return false;
    showSettings(false);
    return true;
  });
})();
