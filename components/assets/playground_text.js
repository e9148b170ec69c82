// The Playground's Tokens tab: texts are split while they are written, but only where somebody sees it.
(function () {
  // A tab that was chosen just now is in sight a moment later.
  tertulia.seesTokens = async () => {
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return document.querySelector("#pg-tokens")?.checkVisibility() ?? false;
  };
})();
