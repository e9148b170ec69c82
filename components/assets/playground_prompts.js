// The Playground's Prompts tab: its fields are filled with examples in the page's language, which needs no server.
(function () {
  const COMPARE = 2; // the field that says what is compared; the texts of comparisons follow it
  const NUM_AFTER = 2; // the most tokens, the seed
  const rowOf = (byLanguage) => byLanguage[tertulia.language] ?? byLanguage.en;

  tertulia.closers.push(() => { // Escape
    const stop = tertulia.seen("#pg-prompts-stop");
    stop?.click();
    return !!stop;
  });

  let isAsked = false; // on a phone what was asked for is seen below the fields, which an example has just made others
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#pg-prompts-run, #pg-prompts-tries button")) isAsked = true;
  });
  tertulia.follow("pg-prompts", () => {
    if (!isAsked || !tertulia.seen("#pg-prompts .pm-call")) return;
    isAsked = false;
    if (tertulia.seen(".pg-settings-head")) document.getElementById("pg-picture").scrollIntoView();
  });

  // Null leaves a field as it is.
  tertulia.promptsExample = (given, told) => {
    const [byLanguage] = Object.values(told);
    return rowOf(byLanguage).map((value, at) => value ?? given[at]);
  };

  // Whoever comes to a comparison in which nothing is written yet finds something to change.
  tertulia.promptsBegun = (given, told) => {
    const row = rowOf(told[given[COMPARE]] ?? told.shots);
    const isText = (at) => at > COMPARE && at < row.length - NUM_AFTER && row[at] !== null;
    if (given.some((value, at) => isText(at) && value)) return given;
    return given.map((value, at) => (isText(at) ? row[at] : value));
  };
})();
