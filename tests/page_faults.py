"""What can be wrong with a page that a browser shows: scripts that list it, each for ``Page.evaluate``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

PATIENCE_S = 20.0  # a busy machine makes no page wrong
LOOK_AGAIN_MS = 100
WIDE = "document.documentElement.scrollWidth"
SMALL_TARGETS = """() => [...document.querySelectorAll("button, a, textarea, [role=tab]")]
    .filter(e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .filter(e => !e.closest(".prose, .visually-hidden, .overflow-menu, .toast-wrap, .code_wrap"))
    .map(e => [e.outerHTML.slice(0, 120), e.getBoundingClientRect()])
    .filter(([_, r]) => r.width > 0 && (r.width < 40 || r.height < 40))
    .map(([html, r]) => `${r.width}x${r.height} ${html}`)
"""
NAMELESS = """() => [...document.querySelectorAll("button, a, textarea")].filter(e => e.checkVisibility())
    .filter(e => !(e.ariaLabel || e.title || e.innerText.trim() || e.labels?.[0]?.textContent.trim()))
    .map(e => e.outerHTML.slice(0, 120))
"""
# The ratio of WCAG 2 between each visible text and the first opaque ground under it; 4.5 is its level AA.
FAINT_TEXTS = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = numbers(color).slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if ((numbers(color)[3] ?? 1) > 0.99) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement, words = texts.currentNode.data.trim();
    if (!words || e.closest("script, style, noscript, .visually-hidden, .sr-only, .katex-mathml")) continue;
    if (!e.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${e.className} "${words.slice(0, 30)}"`);
  }
  return faint;
}"""


def faults_in(page: Page) -> list[str]:
    """What is wrong with everything that can be seen, once it has come in and stands still."""
    return _lasting(page, lambda: _faults_now(page))


def expect_none(page: Page, *scripts: str) -> None:
    """Nothing is listed by any of these, once everything has come in and stands still."""
    assert _lasting(page, lambda: [fault for script in scripts for fault in page.evaluate(script)]) == []


def expect_within(page: Page, width: int) -> None:
    """Nothing reaches out of a window of this width."""
    assert _lasting(page, lambda: [wide] if (wide := page.evaluate(WIDE)) > width else []) == []


def _lasting(page: Page, look: Callable[[], list[Any]]) -> list[Any]:
    """What is listed at last: what goes away was only on its way."""
    ends_at = time.monotonic() + PATIENCE_S
    while (found := look()) and time.monotonic() < ends_at:
        page.wait_for_timeout(LOOK_AGAIN_MS)
    return found


def _faults_now(page: Page) -> list[str]:
    found = [f"faint {text}" for text in page.evaluate(FAINT_TEXTS)]
    found += [f"small {target}" for target in page.evaluate(SMALL_TARGETS)]
    found += [f"nameless {element}" for element in page.evaluate(NAMELESS)]
    wide = page.evaluate(WIDE)
    return found + ([f"{wide} wide"] if wide > page.evaluate("innerWidth") else [])
