"""Signing in elsewhere against a service on the loopback that speaks the real protocol, and against its faults."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from errors import SignInElsewhereFailed
from safety.open_id import Begun, Client, OpenId
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, Claims, OpenIdProvider, openid_provider

BACK = "https://space.example/sign-in/hf/back"


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    with openid_provider() as provider:
        yield provider


def open_id(provider: OpenIdProvider, secret: str = CLIENT_SECRET) -> OpenId:
    return OpenId(Client(provider.url, CLIENT_ID, secret))


async def came_back(url: str) -> dict[str, str]:
    """As a browser that somebody signs in with there."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
    assert answer.headers["location"].startswith(BACK + "?")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def name_of(there: OpenId) -> str:
    url, begun = await there.begin(BACK)
    return await there.finish(begun, await came_back(url), BACK)


async def test_who_signs_in_there_has_that_name(provider: OpenIdProvider) -> None:
    assert await name_of(open_id(provider)) == "Ana-Lopez"


async def test_each_time_begins_with_other_secrets(provider: OpenIdProvider) -> None:
    there = open_id(provider)
    (first, one), (second, two) = await there.begin(BACK), await there.begin(BACK)
    assert first != second
    assert len({one.state, one.nonce, one.verifier, two.state, two.nonce, two.verifier}) == 6
    assert one.verifier not in first


@pytest.mark.parametrize("part", ["state", "nonce", "verifier"])
async def test_what_another_browser_began_is_refused(provider: OpenIdProvider, part: str) -> None:
    there = open_id(provider)
    url, begun = await there.begin(BACK)
    another: Begun = replace(begun, **{part: "of another browser"})
    with pytest.raises(SignInElsewhereFailed):
        await there.finish(another, await came_back(url), BACK)


@pytest.mark.parametrize(
    "told", [{}, {"code": ""}, {"state": ""}, {"state": "ñ"}, {"iss": "https://evil.example"}, {"code": "made-up"}]
)
async def test_what_comes_back_otherwise_is_refused(provider: OpenIdProvider, told: dict[str, str]) -> None:
    there = open_id(provider)
    url, begun = await there.begin(BACK)
    with pytest.raises(SignInElsewhereFailed):
        await there.finish(begun, (await came_back(url)) | told if told else {}, BACK)


async def test_a_code_is_good_once_and_for_one_address(provider: OpenIdProvider) -> None:
    there = open_id(provider)
    url, begun = await there.begin(BACK)
    told = await came_back(url)
    with pytest.raises(SignInElsewhereFailed):
        await there.finish(begun, told, "https://evil.example/back")
    with pytest.raises(SignInElsewhereFailed):
        await there.finish(begun, told, BACK)


async def test_a_wrong_secret_of_ours(provider: OpenIdProvider) -> None:
    with pytest.raises(SignInElsewhereFailed):
        await name_of(open_id(provider, "wrong"))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"aud": None},
        {"azp": "another client"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": int(time.time()) - 3_600},
        {"exp": None},
        {"exp": "soon"},
        {"iat": int(time.time()) + 3_600},
        {"nbf": int(time.time()) + 3_600},
        {"sub": None},
        {"preferred_username": None},
        {"preferred_username": 7},
    ],
)
async def test_a_token_that_says_anything_else_is_refused(provider: OpenIdProvider, changed: Claims) -> None:
    def change(claims: Claims) -> Claims:
        return {name: value for name, value in (claims | changed).items() if value is not None}

    provider.change = change
    with pytest.raises(SignInElsewhereFailed):
        await name_of(open_id(provider))


async def test_a_signature_of_another_is_refused(provider: OpenIdProvider) -> None:
    provider.signer = RSAKey.generate_key(2048, {"kid": "one"})
    with pytest.raises(SignInElsewhereFailed):
        await name_of(open_id(provider))


async def test_a_signature_by_a_secret_is_refused_whatever_the_key(provider: OpenIdProvider) -> None:
    provider.signer = OctKey.import_key("what is public may be taken for a secret")
    provider.algorithm = "HS256"
    with pytest.raises(SignInElsewhereFailed):
        await name_of(open_id(provider))


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": ""},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_service_that_names_another_is_refused(provider: OpenIdProvider, document: dict[str, str]) -> None:
    provider.document = document
    with pytest.raises(SignInElsewhereFailed):
        await open_id(provider).begin(BACK)


async def test_a_service_that_is_away() -> None:
    with pytest.raises(SignInElsewhereFailed):
        await OpenId(Client("http://127.0.0.1:9", CLIENT_ID, CLIENT_SECRET)).begin(BACK)
