"""What the Playground shows, as an image file that the browser makes."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.page_reader import DESKTOP, PHONE, Open
from tests.test_playground_browser import look, open_playground, small_tab

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

MAGIC = b"\x89PNG\r\n\x1a\n"
ENTER = "Enter"


def image(page: Page, panel: str) -> Image.Image:
    """The file of the small tab ``panel``."""
    with page.expect_download(timeout=30_000) as coming:
        page.locator(f"#pg-{panel}-share [data-act=picture]").click()
    download = coming.value
    assert download.suggested_filename == f"tertulia-{panel}.png"
    content = Path(download.path()).read_bytes()
    assert content.startswith(MAGIC)
    return Image.open(BytesIO(content)).convert("L")


def lightness(picture: Image.Image) -> tuple[float, float, float]:
    """The corner, the darkest and the lightest, 0 to 1."""
    least, most = picture.getextrema()
    corner = picture.getpixel((2, 2))
    assert isinstance(corner, int)
    assert isinstance(least, float | int)
    assert isinstance(most, float | int)
    return corner / 255, least / 255, most / 255


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)])
def test_what_is_seen_is_in_the_image(visit: Open, scheme: str, size: tuple[int, int]) -> None:
    page = open_playground(visit, "es", size=size, color_scheme=scheme).page
    look(page)
    picture = image(page, "next")
    seen = page.locator("#pg-next .pg-seen").bounding_box()
    assert seen is not None
    assert picture.width == pytest.approx(2 * (seen["width"] + 32), abs=4)
    assert picture.height > seen["height"]  # without the table that nobody opened
    corner, darkest, lightest = lightness(picture)
    assert (corner > 0.9, corner < 0.2) == (scheme == "light", scheme == "dark")
    assert darkest < 0.25  # text on it, or what it is on
    assert lightest > 0.75
    expect(page.locator("#pg-next-share [data-act=picture]")).not_to_have_attribute("aria-disabled", "true")
    small_tab(page, "steps")
    page.locator("#pg-greedy").click()
    expect(page.locator("#pg-steps .pg-ribbon .gb-prompt span")).to_have_count(1, timeout=30_000)
    assert image(page, "steps").height > 400


def test_a_heat_map_is_taken_by_keyboard(visit: Open) -> None:
    page = open_playground(visit).page
    small_tab(page, "score")
    page.locator("#pg-score-pairs button").first.click()
    expect(page.locator("#pg-score .tx-verdict")).to_be_visible(timeout=30_000)
    with page.expect_download(timeout=30_000) as coming:
        page.locator("#pg-score-share [data-act=picture]").press(ENTER)
    assert Path(coming.value.path()).read_bytes().startswith(MAGIC)


def test_control_characters_of_a_model_do_no_harm(visit: Open) -> None:
    page = open_playground(visit).page
    page.locator("#pg-prompt textarea").fill("the cat")
    small_tab(page, "ngrams")
    page.locator("#pg-ngrams-run").click()
    expect(page.locator("#pg-ngrams-run")).to_be_visible(timeout=30_000)
    expect(page.locator("#pg-ngrams-share [data-act=picture]")).to_be_visible(timeout=30_000)
    assert page.evaluate("/[\\x01-\\x08]/.test(document.querySelector('#pg-ngrams').innerHTML)")
    assert image(page, "ngrams").height > 400


def test_without_the_script_it_says_so(visit: Open) -> None:
    reader = open_playground(visit)
    page = reader.page
    look(page)

    def refuse(route: Route) -> None:
        route.fulfill(status=404, body="")

    page.route("**/vendor/*", refuse)
    page.locator("#pg-next-share [data-act=picture]").click()
    expect(page.locator("#pg-next-share [data-act=picture]")).to_have_text(reader.say("app_pg_png_failed"))
    page.unroute("**/vendor/*")
    assert image(page, "next").width > DESKTOP[0]  # it is tried again
    reader.faults.clear()  # what the browser says of a missing script
