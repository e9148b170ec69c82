"""Whatever of the page is none of its own: noted the moment it appears, be it gone again before anybody looks."""

from __future__ import annotations

from playwright.sync_api import Page

NOTE_ODD = """() => {
  const odd = new Set();
  const never = "script,iframe,frame,object,embed,video,audio,picture,base,meta,link,portal,applet";
  const nor = "form,style,template,dialog,use,foreignObject,animate,math:not(.katex math)";
  const zones = "#chat,#documents-chat,#agent-chat,#documents-list,#sources,#entries,#md-compare,.toast-wrap";
  const addresses = ["href", "src", "srcset", "action", "formaction", "poster", "data", "background", "xlink:href"];
  const isOurs = (url) => url.origin === location.origin || ["data:", "blob:"].includes(url.protocol);
  const isLink = (url) => ["http:", "https:", "mailto:"].includes(url.protocol);
  const isIcon = (one) => one.matches("use[href]:only-child") && /^#icon-[a-z-]+$/.test(one.getAttribute("href"));
  const ofItsPictures = /^\\s*\\.cls-1\\s*\\{\\s*fill: none;\\s*\\}\\s*$/;
  const isOfGradio = (one) =>
    one.matches("[data-testid=status-tracker]") || (one.matches("svg style") && ofItsPictures.test(one.textContent));
  const fault = (one, isForeign) => {
    if (isOfGradio(one) || isIcon(one)) return null;
    if (one.matches(never)) return "element";
    if (isForeign && one.matches(nor)) return "element";
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on")) return name;
      if (isForeign && name === "style" && /url\\(|fixed|sticky|absolute/i.test(value)) return name;
      if (!addresses.includes(name) || !value) continue;
      let url;
      try { url = new URL(value.split(" ")[0], location.href); } catch { return name; }
      if (one.matches("a") ? !isLink(url) : !isOurs(url)) return name;
    }
    return null;
  };
  const look = (one, isForeign) => {
    const found = fault(one, isForeign);
    if (found) odd.add(found + ": " + one.outerHTML.slice(0, 200));
  };
  const isIn = (node, selector) => node.nodeType === 1 && node.closest(selector);
  new MutationObserver((changes) => {
    for (const { target, type, addedNodes } of changes) {
      if (!isIn(target, "body")) continue;
      const isForeign = Boolean(isIn(target, zones));
      if (type === "attributes") look(target, isForeign);
      for (const node of addedNodes)
        if (node.nodeType === 1) [node, ...node.querySelectorAll("*")].forEach((one) => look(one, isForeign));
    }
  }).observe(document, { subtree: true, childList: true, attributes: true });
  window.takeOdd = () => { const found = [...odd]; odd.clear(); return found; };
}"""
# A drop must have been seen growing, or nothing was tried.
COUNT_STATES = """(selector) => {
  window.numStates = 0;
  const grown = document.querySelector(selector);
  const count = () => { window.numStates += 1; };
  new MutationObserver(count).observe(grown, { subtree: true, childList: true, characterData: true });
}"""


def odd_in(page: Page) -> list[str]:
    """What appeared since the last time."""
    return list(page.evaluate("takeOdd()"))
