// Evaluation: what is asked once before it is deleted, and the way from a rated answer to its conversation.
(function () {
  const { does, send } = tertulia;
  does["evaluate.clear"] = async (button, { sure }) => {
    if (await tertulia.sure(sure, button.textContent)) send("evaluate", "clear");
  };
  does["evaluate.open"] = (button, { id }) => {
    send("reading", "open", { id }, "input");
    if (!window.matchMedia("(min-width: 1200px)").matches) tertulia.close("sources");
  };
})();
