// The space of the passages: what is under the finger, the mouse or the arrow keys is told below the picture.
(function () {
  const REACH = 24; // of the picture's units: a finger needs no better aim
  const view = () => document.querySelector(".space-view");
  tertulia.seesSpace = () => !!document.getElementById("space-plot")?.checkVisibility();

  tertulia.watchers.push(() => {
    for (const button of document.querySelectorAll("#space-question .submit-button"))
      if (!button.ariaLabel) button.ariaLabel = button.title = tertulia.words.send;
  });

  const make = (tag, fields, ...inside) => {
    const element = Object.assign(document.createElement(tag), fields);
    element.append(...inside);
    return element;
  };
  let known = null; // { space, points, documents, words, at }
  const read = () => {
    const space = view();
    if (!space) return null;
    if (known?.space !== space) {
      const [points, documents, words] = ["points", "documents", "words"].map((name) => JSON.parse(space.dataset[name]));
      known = { space, points, documents, words, at: null };
    }
    return known;
  };
  const number = (value) =>
    value.toLocaleString(tertulia.language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const card = (of, [, , document_, page, , , cosine, text]) => {
    const facts = [of.words.page.replace("{page}", page)];
    if (cosine !== null) facts.push(of.words.cosine.replace("{cosine}", number(cosine)));
    of.space.querySelector(".sp-card").replaceChildren(
      make("b", { textContent: of.documents[document_][1], dir: "auto" }),
      make("small", { textContent: facts.join(" · ") }),
      make("span", { textContent: text, dir: "auto" }),
    );
  };
  const show = (of, place) => {
    if (of.at === place) return;
    of.at = place;
    const cursor = of.space.querySelector(".sp-cursor"), point = of.points[place];
    cursor.setAttribute("cx", point[0]);
    cursor.setAttribute("cy", point[1]);
    card(of, point);
  };
  const open = (of, place) => {
    const [, , document_, page, start, end] = of.points[place];
    tertulia.openSource(of.documents[document_][0], page, { start, end });
  };

  const nearest = (of, x, y, within) => {
    let best = null, least = within * within;
    of.points.forEach(([px, py], place) => {
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < least) [best, least] = [place, distance];
    });
    return best;
  };
  const under = (of, event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(event.target.closest("svg").getScreenCTM().inverse());
    return nearest(of, at.x, at.y, REACH);
  };
  const picture = (event) => event.target.closest?.(".sp-picture");
  document.addEventListener("pointermove", (event) => {
    if (!picture(event)) return;
    const of = read(), place = under(of, event);
    picture(event).classList.toggle("aimed", place !== null);
    if (place !== null) show(of, place);
  });
  // A finger has no hover: the first touch tells, the second opens.
  let told = null;
  document.addEventListener("pointerdown", (event) => { if (picture(event)) told = read().at; }, true);
  document.addEventListener("click", (event) => {
    if (!picture(event)) return;
    const of = read(), place = under(of, event);
    if (place === null) return;
    const isSecond = event.pointerType !== "touch" || told === place;
    show(of, place);
    if (isSecond) open(of, place);
  });

  // By keys: to the nearest point that lies more in that direction than aside from it.
  const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  const beside = (of, [dx, dy]) => {
    if (of.at === null) return nearest(of, 190, 150, Infinity);
    const [x, y] = of.points[of.at];
    let best = null, least = Infinity;
    of.points.forEach(([px, py], place) => {
      const along = (px - x) * dx + (py - y) * dy, aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (along <= 0 || aside > along || along + aside >= least) return;
      [best, least] = [place, along + aside];
    });
    return best;
  };
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.(".sp-picture")) return;
    const of = read();
    if (STEPS[event.key]) {
      event.preventDefault();
      const place = beside(of, STEPS[event.key]);
      if (place !== null) show(of, place);
    }
    if (event.key === "Enter" && of.at !== null) open(of, of.at);
  });
  for (const moment of ["pointerover", "focusin"])
    document.addEventListener(moment, ({ target }) => {
      const row = target.closest?.(".sp-table [data-point]");
      if (row) show(read(), Number(row.dataset.point));
    });
})();
