// The way from the header's chip to the Models room.
(function () {
  tertulia.actions.models = () => document.querySelector("#rooms > .tab-wrapper [role=tab][data-tab-id=models]")?.click();
})();
