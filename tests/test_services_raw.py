"""Keys of two browsers over the network: nothing of one's reaches the other, nor who has only the owner's cookie."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.owner import OWNER_COOKIE
from models.remote.visitor_keys import MASK
from tests.gradio_client_raw import RawVisitor, visitor
from tests.services_page import RIGHT_KEY, serving_services

END = MASK + RIGHT_KEY[-4:]  # four digits alone are in many a duration


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving_services() as url:
        yield url


async def looked(who: RawVisitor) -> str:
    return "\n".join((await who.report("md-services-bridge", "drop", model="google/nothing")).raw)


async def keep(who: RawVisitor) -> str:
    given = {"md-services-service": "google", "md-services-key": RIGHT_KEY}
    return "\n".join((await who.event("md-services-keep", "click", **given)).raw)


async def test_a_key_is_never_sent_back_and_is_nobody_elses(url: str) -> None:
    async with visitor(url) as ana, visitor(url) as eva:
        heard = await keep(ana)
        assert END in heard
        assert RIGHT_KEY not in heard
        await ana.report("md-services-bridge", "add", model="google/hers")
        assert "google/hers" in await looked(ana)
        told = await looked(eva)
        assert END not in told
        assert "google/hers" not in told
        await eva.report("md-services-bridge", "forget", service="google")
        assert END in await looked(ana)


async def test_the_cookie_that_stays_on_the_disk_opens_no_key(url: str) -> None:
    async with visitor(url) as ana:
        await keep(ana)
        kept = {OWNER_COOKIE: ana.client.cookies[OWNER_COOKIE]}
        async with visitor(url, kept) as thief:
            assert END not in await looked(thief)
        assert END not in await looked(ana)
