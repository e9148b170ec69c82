// The Evaluate tab of the Models room: reads its form, asks before something is deleted, writes times as they are here.
(function () {
  const { does, send } = tertulia;
  const at = (selector) => document.querySelector(`#md-evaluate ${selector}`);
  const ticked = (name) =>
    JSON.stringify([...document.querySelectorAll(`#md-evaluate input[name=${name}]:checked`)].map((box) => box.value));

  does["model_evaluation.start"] = () =>
    send("model_evaluation", "start", {
      kind: at("input[name=me-kind]:checked")?.value,
      set: at("#me-set")?.value,
      uploaded: at("#md-evaluate-uploaded [data-key]")?.dataset.key ?? "",
      text: at("#me-text")?.value,
      name: at("#me-name")?.value,
      models: ticked("me-model"),
      templates: ticked("me-template"),
      judge: at("#me-judge")?.value,
    });
  does["model_evaluation.delete"] = async (button, { id, sure }) => {
    if (await tertulia.sure(sure, button.title)) send("model_evaluation", "delete", { id });
  };

  const time = new Intl.DateTimeFormat(tertulia.language, { dateStyle: "medium", timeStyle: "short" });
  tertulia.watchers.push(() => {
    const chosen = at("#me-set")?.value;
    for (const about of document.querySelectorAll("#md-evaluate [data-about]")) about.hidden = about.dataset.about !== chosen;
    for (const element of document.querySelectorAll("#md-evaluate time")) {
      const here = time.format(new Date(element.dateTime));
      if (element.textContent !== here) element.textContent = here;
    }
    // Answers come because somebody asked for them: that is where the keyboard is then.
    const fresh = at("#md-evaluate-outcomes [data-fresh]");
    if (!fresh) return;
    delete fresh.dataset.fresh;
    fresh.querySelector("h3").focus();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "me-set") for (const look of tertulia.watchers) look();
  });
})();
