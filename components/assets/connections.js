// The Services tab. Whoever wants to type a key of a service is taken to its field; the server chooses the service there.
(function () {
  tertulia.does["connections.choose"] = (button, data) => {
    tertulia.send("connections", "choose", data);
    const field = document.querySelector("#md-services-key input");
    field?.scrollIntoView({ block: "center" });
    field?.focus();
  };
})();
