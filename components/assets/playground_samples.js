// The Playground's Samples tab: which of two colours tokens have, and on a phone, what was asked for in sight.
(function () {
  const { does } = tertulia;
  const root = document.documentElement;
  let way = "probability";
  const colour = () => {
    root.classList.toggle("sm-by-entropy", way === "entropy");
    for (const button of document.querySelectorAll("#pg-samples [data-way]")) {
      const pressed = String(button.dataset.way === way);
      if (button.ariaPressed !== pressed) button.ariaPressed = pressed;
    }
  };
  does["samples.colour"] = (button) => {
    way = button.dataset.way;
    colour();
  };
  tertulia.follow("pg-samples", colour); // the server draws the buttons anew

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#pg-samples-run") && tertulia.seen(".pg-settings-head"))
      document.getElementById("pg-picture").scrollIntoView();
  });
})();
