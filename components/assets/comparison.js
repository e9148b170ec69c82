// The Compare tab: votes are deleted only after a question; what was asked for on a phone is brought into sight.
(function () {
  const { does, send } = tertulia;
  does["comparison.forget"] = async (button, { sure }) => {
    if (await tertulia.sure(sure, button.textContent)) send("comparison", "forget");
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#md-cmp-run") && matchMedia("(max-width: 640px)").matches)
      document.getElementById("md-cmp-deeds")?.scrollIntoView();
  });
})();
