// The Playground's N-grams tab. On a phone what was asked for lies below the controls, and is gone to once it is there.
(function () {
  // Whoever comes without an address finds a book in the page's language.
  const BOOKS = { es: "quijote", en: "alice" };
  let isOpened = location.hash.includes("playground=");
  tertulia.ngramsBook = (source) => {
    const book = isOpened ? source : BOOKS[tertulia.language] ?? source;
    isOpened = true;
    return book;
  };

  let isAwaited = false;
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#pg-ngrams-run, #pg-ngrams-examples button"))
      isAwaited = window.matchMedia("(max-width: 860px)").matches;
  });
  // A next word that is pressed is written after the prompt, and what comes after it is asked for.
  tertulia.does["playground.ngram"] = (_, { word, pause }) => {
    const prompt = document.querySelector("#pg-prompt textarea"), run = tertulia.seen("#pg-ngrams-run");
    if (!prompt || !run) return; // the model is still writing
    const before = prompt.value;
    prompt.value = before + (before && !/\s$/.test(before) ? pause : "") + word;
    prompt.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => run.click())); // once the field has told its new text
  };
  tertulia.follow("pg-ngrams", () => {
    if (!isAwaited || !tertulia.seen("#pg-ngrams .ng-words")) return;
    isAwaited = false;
    document.getElementById("pg-picture").scrollIntoView();
  });
})();
