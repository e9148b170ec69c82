// The Playground's Context tab: on a phone, what was asked for is seen below the controls.
(function () {
  const asks = "#pg-context-run, #pg-context-examples button";
  const phone = matchMedia("(max-width: 860px)");
  document.addEventListener("click", (event) => {
    if (phone.matches && event.target.closest?.(asks)) document.getElementById("pg-picture").scrollIntoView();
  });
})();
