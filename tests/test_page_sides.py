"""The sides of the room, opened: they can be read, touched and reached, on a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.page_faults import faults_in
from tests.page_reader import DESKTOP, LOCALES, PHONE, Open, Reader

pytest_plugins = ("tests.page_fixtures",)
pytestmark = pytest.mark.browser

TABS = ("glass", "memory", "settings", "notes", "templates")


def all_faults_in(reader: Reader) -> list[str]:
    """Once the panel has what it shows."""
    expect(reader.page.locator("#panel .pending")).to_have_count(0)
    return faults_in(reader.page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", LOCALES)
def test_every_side_can_be_read_and_touched(visit: Open, language: str, size: tuple[int, int], scheme: str) -> None:
    is_phone = size == PHONE
    reader = visit(language, size, color_scheme=scheme, has_touch=is_phone, is_mobile=is_phone)
    reader.hear("echo My name is Eva and I live in Talca")
    found = {"room": all_faults_in(reader)}
    reader.open_side("sidebar")
    found["sidebar"] = all_faults_in(reader)
    reader.open_menu("Talk of today")
    found["menu"] = all_faults_in(reader)
    reader.page.keyboard.press("Escape")
    expect(reader.page.locator("#sidebar .conversation-menu")).to_be_hidden()
    expect(reader.page.locator("#sidebar")).to_be_visible()
    if is_phone:
        reader.page.keyboard.press("Escape")
        expect(reader.page.locator("#sidebar")).to_be_hidden()
    reader.do("glass")
    expect(reader.page.locator("#glass .glass-box")).to_be_visible()
    for tab in TABS:
        reader.open_panel(tab)
        found[tab] = all_faults_in(reader)
    assert {place: faults for place, faults in found.items() if faults} == {}


PLACE_OF_FOCUS = """() => document.activeElement.closest(
    "#header, #rooms > .tab-wrapper, #sidebar, #room-bar, #chat, #box, #foot")?.id"""


def test_the_tab_key_goes_through_the_page_as_it_is_read(visit: Open) -> None:
    reader = visit()
    reader.hear("echo hello")
    expect(reader.entries).to_have_text(["Talk of today"])  # the list is drawn anew when the title comes
    reader.page.locator(".brand").focus()
    places: list[str] = []
    while (place := reader.page.evaluate(PLACE_OF_FOCUS)) is not None and len(places) < 60:
        places.append(place)
        reader.page.keyboard.press("Tab")
    in_order = [place for place, before in zip(places, [None, *places], strict=False) if place != before]
    assert in_order == ["header", "", "sidebar", "room-bar", "chat", "box", "foot"]


def test_what_a_side_holds_scrolls_under_the_way_back(visit: Open) -> None:
    reader = visit("en", (360, 400))
    for name in ("one", "two", "three", "four", "five"):
        reader.hear(f"echo {name}")
        reader.begin_another()
    reader.open_side("sidebar")
    reader.page.locator(".entry .title").last.scroll_into_view_if_needed()
    reader.page.locator("#sidebar .sidebar-head button").click()
    reader.open_panel("templates")
    reader.page.locator("#template-new").click()
    reader.page.locator("#panel").evaluate("panel => panel.scrollTo(0, panel.scrollHeight)")
    top = reader.page.locator("#panel .sidebar-head button").bounding_box()
    assert top is not None
    assert 0 <= top["y"] < 44
    reader.page.locator("#panel-tabs [role=tab][data-tab-id=notes]").click()
    expect(reader.page.locator("#panel")).to_have_js_property("scrollTop", 0)


def test_a_list_that_comes_after_a_newer_search_does_not_stay(visit: Open) -> None:
    """What was asked for before something was typed may take longer than its result."""
    reader = visit()
    settling: list[Route] = []  # the two events after an answer, which show the list, too; the second is kept back

    def keep_back(route: Route) -> None:
        data = (route.request.post_data_json or {}).get("data", [])
        if len(data) == 3 and data[0] not in ("", "echo apple") and data[1] == "":  # of a conversation, no question
            settling.append(route)
            if len(settling) == 2:
                return
        route.fallback()

    reader.page.route("**/queue/join*", keep_back)
    reader.hear("echo apple")
    while len(settling) < 2:
        reader.page.wait_for_timeout(20)
    reader.page.locator("#search :is(input, textarea)").fill("pear")
    nothing = reader.say("app_conversations_not_found", search="pear")
    expect(reader.page.locator("#entries")).to_have_text(nothing)
    with reader.page.expect_request(lambda request: '"action":"search"' in (request.post_data or "")):
        settling[1].continue_()  # its list is the old one
    expect(reader.page.locator("#entries")).to_have_text(nothing)


def test_the_list_stays_as_it_is_searched(visit: Open) -> None:
    reader = visit()
    reader.hear("echo apple")
    reader.page.locator("#search :is(input, textarea)").fill("pear")
    nothing = reader.say("app_conversations_not_found", search="pear")
    expect(reader.page.locator("#entries")).to_have_text(nothing)
    reader.hear("echo plum")
    expect(reader.page.locator("#entries")).to_have_text(nothing)
    reader.page.locator("#new").click()
    expect(reader.box).to_be_focused()
    expect(reader.page.locator("#welcome")).to_be_visible()
    expect(reader.page.locator("#entries")).to_have_text(nothing)
