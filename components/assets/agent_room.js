// The Agent room: what the tab remembers, and the fold of its tools.
(function () {
  // Each tab has its own conversation here, too, and keeps it over a reload.
  const CONVERSATION = "tertulia.agent";
  tertulia.agentConversation = () => tertulia.read("sessionStorage", CONVERSATION) || "";
  tertulia.keepAgentConversation = (id) => {
    tertulia.write("sessionStorage", CONVERSATION, id || "");
    return [];
  };

  // An answer's figures open its glass box.
  tertulia.does["agent.glass"] = (button, { message }) => {
    tertulia.act("glass", { message }, "agent");
    tertulia.open("agent-panel");
    document.querySelector("#agent-panel-tabs [role=tab][data-tab-id=glass]")?.click();
  };

  // The server lays its new tools over the old ones: the fold stays as it was left.
  let isOpen = false;
  const fold = () => document.querySelector("#agent-tools .agent-tools");
  document.addEventListener("click", (event) => { // before it opens, and so before the change is seen below
    if (event.target.closest?.("summary")?.parentElement === fold() && fold()) isOpen = !fold().open;
  }, true);
  tertulia.follow("agent-tools", () => {
    if (fold() && fold().open !== isOpen) fold().open = isOpen;
  });
  const shut = (returnsFocus) => {
    if (!fold()?.open) return false;
    isOpen = false;
    fold().open = false;
    if (returnsFocus) fold().querySelector("summary").focus();
    return true;
  };
  tertulia.closers.push(() => !document.querySelector("#agent-middle[inert]") && shut(true));
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest?.("#agent-tools")) shut(false); });

  // While an approval is waited for, what is asked for next is to decide: the button that was pressed does so once.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-bridge=agent] :is([data-act=approve], [data-act=always], [data-act=reject])");
    if (button) for (const each of button.parentElement.querySelectorAll("[data-act]")) each.ariaDisabled = "true";
  });
})();
