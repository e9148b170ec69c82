// The Playground's pictures as image files: what a small tab shows, drawn by the browser on a canvas.
(function () {
  const LIBRARY = "./vendor/html-to-image.js"; // which only who takes a picture needs
  const MARGIN = 16;
  const MOST_PIXELS = 40_000_000; // browsers refuse a canvas much larger
  // What its looks are made of. With all properties of every element, long texts would take minutes.
  const LOOKS = `display position top right bottom left float width height min-width min-height box-sizing
    margin-top margin-right margin-bottom margin-left padding-top padding-right padding-bottom padding-left
    border-top border-right border-bottom border-left border-radius border-collapse border-spacing outline outline-offset
    flex flex-direction flex-wrap align-items align-self align-content justify-content justify-items justify-self
    row-gap column-gap order grid-template-columns grid-template-rows grid-auto-flow grid-auto-columns grid-auto-rows
    grid-column-start grid-column-end grid-row-start grid-row-end color opacity visibility box-shadow clip-path
    background-color background-image background-size background-position background-repeat background-clip
    transform transform-origin z-index font-family font-size font-style font-weight font-variant-numeric line-height
    letter-spacing text-align text-indent text-transform text-overflow text-decoration text-underline-offset
    vertical-align white-space overflow-x overflow-y overflow-wrap word-break direction unicode-bidi list-style-type
    list-style-position table-layout content fill fill-opacity stroke stroke-width stroke-dasharray text-anchor
    dominant-baseline`.split(/\s+/);

  let library = null;
  const load = () => (library ??= new Promise((done, fail) => {
    const script = Object.assign(document.createElement("script"), { src: LIBRARY, onload: done });
    script.onerror = () => { library = null; script.remove(); fail(new Error(LIBRARY)); };
    document.head.append(script);
  }));

  // On its way a picture is XML, which has no signs for most control characters; models do write them.
  const FORBIDDEN = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
  const clean = (copy) => {
    const nodes = document.createNodeIterator(copy, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = nodes.nextNode(); node; node = nodes.nextNode())
      for (const part of node.attributes ?? [node]) {
        const text = part.nodeValue.replace(FORBIDDEN, "\uFFFD");
        if (text !== part.nodeValue) part.nodeValue = text;
      }
  };
  // The picture laid out once more, out of sight: whole where it is scrolled here, without tables that nobody opened.
  const layOut = (picture) => {
    const copy = picture.cloneNode(true);
    copy.classList.add("pg-taken");
    copy.inert = true;
    copy.style.width = `${picture.clientWidth}px`;
    clean(copy);
    picture.after(copy);
    return copy;
  };
  const draw = async (picture) => {
    await load();
    const copy = layOut(picture);
    try {
      const width = copy.scrollWidth + 2 * MARGIN, height = copy.scrollHeight + 2 * MARGIN;
      return await htmlToImage.toBlob(copy, {
        width,
        height,
        pixelRatio: Math.min(2, Math.sqrt(MOST_PIXELS / (width * height))),
        backgroundColor: getComputedStyle(document.documentElement).getPropertyValue("--page"),
        style: {
          position: "static", margin: "0", padding: `${MARGIN}px`, boxSizing: "border-box", width: `${width}px`, height: `${height}px`,
        },
        includeStyleProperties: LOOKS,
        filter: (node) => !node.matches?.("details:not([open])"),
      });
    } finally {
      copy.remove();
    }
  };

  const save = (blob, name) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // by then it is saved
  };
  const tell = (button, text) => {
    const before = button.textContent;
    button.textContent = text;
    setTimeout(() => { if (button.textContent === text) button.textContent = before; }, 4000);
  };
  tertulia.does["playground.picture"] = async (button, { panel, failed }) => {
    const picture = [...button.closest(".tabitem").querySelectorAll(".pg-view")].find((one) => one.checkVisibility());
    if (!picture) return;
    button.ariaDisabled = "true";
    try {
      save(await draw(picture), `tertulia-${panel}.png`);
    } catch {
      tell(button, failed);
    } finally {
      button.ariaDisabled = null;
    }
  };
})();
