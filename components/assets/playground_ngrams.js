// The Playground's N-grams tab: on a phone what was asked for lies below the controls, and is gone to once it is there.
(function () {
  let isAwaited = false;
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#pg-ngrams-run, #pg-ngrams-examples button"))
      isAwaited = window.matchMedia("(max-width: 860px)").matches;
  });
  tertulia.follow("pg-ngrams", () => {
    if (!isAwaited || !tertulia.seen("#pg-ngrams .ng-words")) return;
    isAwaited = false;
    document.getElementById("pg-ngrams").scrollIntoView();
  });
})();
