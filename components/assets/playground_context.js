// The Playground's Context tab: on a phone, what was asked for is seen below the controls as soon as it is there.
(function () {
  const asks = "#pg-context-run, #pg-context-examples button";
  const phone = matchMedia("(max-width: 860px)");
  let isAwaited = false;
  document.addEventListener("click", (event) => { if (event.target.closest?.(asks)) isAwaited = phone.matches; });
  tertulia.follow("pg-context", () => {
    if (!isAwaited || !document.querySelector("#pg-context .cx-sight")) return;
    isAwaited = false;
    document.getElementById("pg-picture").scrollIntoView();
  });
})();
