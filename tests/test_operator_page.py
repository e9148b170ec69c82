"""The operator's page over a really served one: who sees it, and the public link that it opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from components.presence import SECONDS_HERE, Presence
from tests.gradio_client_raw import SECONDS
from tests.html_reader import read_html
from tests.page_process import PageProcess, page_process
from tests.tunnel_service import NAME, PASS_PHRASE, TunnelService, tunnel_service

PUBLIC = {"host": NAME}
VISIT = {"accept": "text/html", "accept-language": "es-CL"}


@dataclass(frozen=True)
class Shared:
    """A page and the service that gives links."""

    page: PageProcess
    service: TunnelService

    @contextmanager
    def here(self) -> Iterator[httpx.Client]:
        """A browser of this machine that opened the page."""
        with httpx.Client(base_url=self.page.url, headers=VISIT, timeout=SECONDS) as client:
            client.get("/").raise_for_status()
            yield client

    def there(self) -> httpx.Client:
        """One that comes by the link."""
        port = int(Path(self.service.told).read_text().split()[1])
        return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=VISIT | PUBLIC, timeout=SECONDS)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    folder = tmp_path_factory.mktemp("shared")
    with tunnel_service(str(folder / "port")) as service:
        tunnel = (service.api, service.program, service.sha256)
        with page_process(folder, tunnel=tunnel) as page:
            yield Shared(page, service)


def act(client: httpx.Client, **form: str) -> httpx.Response:
    return client.post("/operator", data={"section": "sharing", **form})


def test_only_the_operator_sees_it(shared: Shared) -> None:
    with shared.here() as operator:
        assert "Enlace público" in operator.get("/operator").text
        assert read_html(operator.get("/operator/sharing").text).one(name="hours").attributes["value"] == "3"
    elsewhere = {"x-forwarded-for": "203.0.113.9"}
    with shared.here() as other:
        shown = other.get("/operator", headers=elsewhere)
        assert read_html(shown.text).one(name="token").tag == "input"
        assert "Enlace público" not in shown.text
        assert other.get("/operator/sharing", headers=elsewhere).status_code == 404
        refused = other.post("/operator", data={"section": "sharing", "act": "open"}, headers=elsewhere)
        assert refused.status_code == 400
        assert read_html(refused.text).one(role="alert").text
    with httpx.Client(base_url=shared.page.url) as nobody:
        assert nobody.get("/operator/sharing").status_code == 404
        assert "token" not in nobody.get("/operator").text


def test_a_wrong_token_lets_nobody_in_and_guessing_has_to_wait(shared: Shared) -> None:
    with shared.here() as other:
        answers = [
            other.post("/operator", data={"token": "wrong"}, headers={"x-forwarded-for": "203.0.113.77"})
            for _ in range(7)
        ]
    assert {answer.status_code for answer in answers[:5]} == {400}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


def test_the_link_opens_with_its_pass_phrase_alone_and_ends_for_all(shared: Shared) -> None:
    with shared.here() as operator:
        opened = act(operator, act="open", hours="1", password="").text
        assert all(part in opened for part in (f"https://{NAME}", PASS_PHRASE, "<svg"))
        assert act(operator, act="open", hours="1").status_code == 400
        with shared.there() as guest:
            asked = guest.get("/")
            assert asked.status_code == 303
            assert "sign-in" in asked.headers["location"]
            assert guest.get("/config", headers={"accept": "*/*"}).status_code == 401
            wrong = guest.post("/sign-in", data={"gate": "link", "password": "wrong"})
            assert wrong.status_code == 401
            assert guest.post("/sign-in", data={"gate": "link", "password": PASS_PHRASE}).status_code == 303
            assert guest.get("/").status_code == 200
            assert read_html(guest.get("/operator").text).one(name="token").tag == "input"
            assert guest.get("/operator/sharing").status_code == 404
            ended = act(operator, act="close")
            assert "terminado" in ended.text
        assert operator.get("/", headers=PUBLIC).status_code == 400
        assert operator.get("/").status_code == 200


def test_what_prevents_a_link_is_said_and_the_page_goes_on(shared: Shared) -> None:
    shared.service.is_away = True
    try:
        with shared.here() as operator:
            refused = act(operator, act="open", hours="1", password="")
            assert (refused.status_code, operator.get("/").status_code) == (400, 200)
            assert "No hay enlace público" in read_html(refused.text).one(role="alert").text
            assert re.search("horas", act(operator, act="open", hours="soon").text)
    finally:
        shared.service.is_away = False


def test_who_asked_for_something_a_short_while_ago_is_here() -> None:
    now = [0.0]
    presence = Presence(clock=lambda: now[0])
    presence.see("ana")
    now[0] = SECONDS_HERE / 2
    presence.see("eva")
    presence.see("ana")
    assert presence.count() == 2
    now[0] = SECONDS_HERE * 1.5 + 1
    assert presence.count() == 0
