// The Playground's Samples tab: on a phone, what was asked for is seen below the prompt.
(function () {
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#pg-samples-run") && tertulia.seen(".pg-settings-head"))
      document.getElementById("pg-picture").scrollIntoView();
  });
})();
