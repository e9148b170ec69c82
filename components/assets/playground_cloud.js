// While a service's model is chosen, the settings of drawing rest: neither a pointer nor the keyboard reaches them.
(function () {
  const isResting = () => !!document.querySelector("#pg-model-why p");
  tertulia.follow("pg-model-why", () => {
    const settings = document.getElementById("pg-sampling");
    if (settings && settings.inert !== isResting()) settings.inert = isResting();
  });
  const phone = matchMedia("(max-width: 860px)");
  let isAwaited = false;
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#pg-cloud-send")) isAwaited = phone.matches;
  });
  tertulia.follow("pg-cloud-picture", () => { // what was asked for is seen below the prompt
    if (!isAwaited || !document.querySelector("#pg-cloud-picture .pg-bars")) return;
    isAwaited = false;
    document.getElementById("pg-picture").scrollIntoView();
  });
  // Enter has the local model read the prompt, which nobody would see; a service is only sent what the button sends.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || !event.target.matches?.("#pg-prompt textarea") || !isResting()) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
})();
