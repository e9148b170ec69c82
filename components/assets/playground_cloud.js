// While a service's model is chosen, the settings of drawing rest: neither a pointer nor the keyboard reaches them.
(function () {
  tertulia.follow("pg-model-why", () => {
    const isResting = !!document.querySelector("#pg-model-why p");
    const settings = document.getElementById("pg-sampling");
    if (settings && settings.inert !== isResting) settings.inert = isResting;
  });
})();
