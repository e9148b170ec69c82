"""Which addresses are asked, and which are refused before anything is asked of them."""

from __future__ import annotations

from collections.abc import Sequence

import httpcore
import pytest

from errors import AddressRefused
from safety.net import GuardedClient
from tests.scripted_web import PUBLIC, ScriptedWeb, page

HELLO = page(b"<p>hello</p>")

# Read as they stand; odd characters are below.
PLAIN_FORMS = """
example.org
//example.org/
ftp://example.org/
file:///etc/passwd
gopher://example.org/
data:text/html,hello
javascript:alert(1)
http:/example.org
http:///example.org
http://
http://?x
https:example.org
unix:///run/docker.sock
jar:http://example.org!/
http://user@example.org/
http://user:word@example.org/
http://@example.org/
http://example.org@127.0.0.1/
http://127.0.0.1#@example.org/
http://127.0.0.1?@example.org/
http://example.org%2f@127.0.0.1/
http://%6c%6f%63%61%6c%68%6f%73%74/
http://127.0.0.1%00.example.org/
http://example.org:22/
http://example.org:25/
http://example.org:6379/
http://example.org:0/
http://example.org:65616/
http://example.org:80:22/
http://example.org:/
http://example.org:+80/
http://example.org:٨٠/
http://exam ple.org/
http://example..org/
http://.example.org/
http://example.org./
http://-example.org/
http://exa_mple.org:80@x/
http://example.org,127.0.0.1/
http://[example.org]/
http://[::1
http://[::1]x/
http://[fe80::1%25eth0]/
http://[v1.fe80::a]/
http://localhost/
http://LOCALHOST/
http://localhost.localdomain/
http://metadata/
http://metadata.google.internal/
http://printer.local/
http://router.lan/
http://service.corp/
http://host.docker.internal/
http://hidden.onion/
http://router.home.arpa/
http://127.0.0.1/
http://127.1/
http://127.0.1/
http://127.255.255.254/
http://2130706433/
http://0x7f000001/
http://0x7f.0.0.1/
http://0x7f.1/
http://0177.0.0.1/
http://017700000001/
http://0/
http://0.0.0.0/
http://00.0.0.0/
http://0x/
http://127.0.0.1.0x/
http://1.2.3.4.5/
http://256.1.1.1/
http://127.0.0.08/
http://１２７.0.0.1/
http://①②⑦.0.0.1/
http://ⓛocalhost.example/
http://10.0.0.1/
http://172.16.0.1/
http://172.31.255.255/
http://192.168.1.1/
http://169.254.169.254/latest/meta-data/
http://100.100.100.200/
http://100.64.0.1/
http://168.63.129.16/
http://192.0.0.192/
http://192.0.2.1/
http://192.88.99.1/
http://198.18.0.1/
http://198.51.100.1/
http://203.0.113.1/
http://224.0.0.1/
http://240.0.0.1/
http://255.255.255.255/
http://[::]/
http://[::1]/
http://[0:0:0:0:0:0:0:1]/
http://[::127.0.0.1]/
http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/
http://[::ffff:169.254.169.254]/
http://[::ffff:0:127.0.0.1]/
http://[64:ff9b::127.0.0.1]/
http://[64:ff9b::a9fe:a9fe]/
http://[64:ff9b:1::1]/
http://[2002:7f00:1::]/
http://[2002:5db8:d822::]/
http://[2001:0:5db8:d822::1]/
http://[2001:db8::1]/
http://[2001:20::1]/
http://[2620:4f:8000::1]/
http://[3fff::1]/
http://[5f00::1]/
http://[100::1]/
http://[fc00::1]/
http://[fd00:ec2::254]/
http://[fd20:ce::254]/
http://[fe80::1]/
http://[fec0::1]/
http://[ff02::1]/
http://[2600:1::5efe:7f00:1]/
http://[2600:1::200:5efe:7f00:1]/
"""
DISGUISED = (
    "http://example.org\\@127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http://example.org/\\..",
    "http://exam\tple.org/",
    "ht\ntp://example.org/",
    "http://example.org/\r\nHost: inner",
    "http://example.org/\x00",
    "http://example.org/\x7f",
    "http://exa\u200bmple.org/",
    "http://exa\u00admple.org/",
    "http://\u202eexample.org/",
    "http://exa\ud800mple.org/",
    "http://127\u30020\u30020\u30021/",
    "http://127\uff0e0\uff0e0\uff0e1/",
    "http://" + "a" * 64 + ".example.org/",
    "http://" + "a." * 130 + "org/",
    "http://example.org/" + "a" * 5_000,
    "",
)
HOSTILE = [*PLAIN_FORMS.split("\n")[1:-1], *DISGUISED]


@pytest.mark.parametrize("address", HOSTILE)
async def test_odd_and_inner_addresses_are_refused_without_a_connection(address: str) -> None:
    web = ScriptedWeb([])
    with pytest.raises(AddressRefused):
        await web.client().fetch(address)
    assert web.connected == []


@pytest.mark.parametrize(
    ("address", "request_line", "host", "port"),
    [
        ("http://example.org", "GET / HTTP/1.1", "example.org", 80),
        ("https://example.org/a?b=c#d", "GET /a?b=c HTTP/1.1", "example.org", 443),
        ("HTTPS://EXAMPLE.ORG:443/A", "GET /A HTTP/1.1", "example.org", 443),
        ("http://example.org:8080?q", "GET /?q HTTP/1.1", "example.org:8080", 8080),
        ("  https://es.example.org/wiki/Álgebra ", "GET /wiki/%C3%81lgebra HTTP/1.1", "es.example.org", 443),
        ("https://example.org/a%20b/(c)", "GET /a%20b/(c) HTTP/1.1", "example.org", 443),
        ("https://ñandú.example.org/", "GET / HTTP/1.1", "xn--and-6ma2c.example.org", 443),
        ("http://93.184.216.34/", "GET / HTTP/1.1", "93.184.216.34", 80),
        ("http://[2606:2800:220:1::1]:8080/", "GET / HTTP/1.1", "[2606:2800:220:1::1]:8080", 8080),
        ("http://[::ffff:93.184.216.34]/", "GET / HTTP/1.1", "[::ffff:5db8:d822]", 80),
        ("http://[64:ff9b::5db8:d822]/", "GET / HTTP/1.1", "[64:ff9b::5db8:d822]", 80),
    ],
)
async def test_public_addresses_are_asked_as_written(address: str, request_line: str, host: str, port: int) -> None:
    web = ScriptedWeb([HELLO])
    fetched = await web.client().fetch(address)
    lines = web.written.decode().split("\r\n")
    assert (lines[0], lines[1]) == (request_line, f"Host: {host}")
    assert (fetched.body, fetched.content_type, fetched.charset) == (b"<p>hello</p>", "text/html", "utf-8")
    assert [port for _, port in web.connected] == [port]
    assert not any(line.lower().startswith(("cookie:", "authorization:")) for line in lines)


async def test_tls_speaks_to_the_name_and_the_connection_goes_to_the_checked_address() -> None:
    web = ScriptedWeb([HELLO], {"example.org": [PUBLIC]})
    await web.client().fetch("https://example.org/")
    assert web.connected == [(PUBLIC, 443)]
    assert web.tls_names == ["example.org"]


@pytest.mark.parametrize(
    "answers",
    [
        ["10.0.0.1"],
        [PUBLIC, "127.0.0.1"],
        ["169.254.169.254", PUBLIC],
        ["::1"],
        ["fe80::1%eth0"],
        ["::ffff:10.0.0.1"],
        [PUBLIC, "64:ff9b::a00:1"],
        ["100.100.100.200"],
        ["no address"],
        [],
    ],
)
async def test_a_name_with_any_inner_address_is_refused_without_a_connection(answers: Sequence[str]) -> None:
    web = ScriptedWeb([], {"example.org": answers})
    with pytest.raises(AddressRefused):
        await web.client().fetch("http://example.org/")
    assert web.connected == []


async def test_a_name_nobody_has_looks_like_an_inner_one() -> None:
    web = ScriptedWeb([], {"inner.example.org": ["10.0.0.1"]})
    faults = []
    for name in ("inner", "none"):
        with pytest.raises(AddressRefused) as caught:
            await web.client().fetch(f"http://{name}.example.org/")
        faults.append((caught.value.key, set(caught.value.values)))
    assert faults[0] == faults[1]


async def test_a_name_that_changes_its_mind_is_asked_once() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    web = ScriptedWeb([HELLO])

    async def resolve(host: str, port: int) -> Sequence[str]:
        return next(answers)

    client = GuardedClient(resolve=resolve, backend=web)
    await client.fetch("http://example.org/")
    assert web.connected == [(PUBLIC, 80)]
    with pytest.raises(AddressRefused):
        await client.fetch("http://example.org/")
    assert web.connected == [(PUBLIC, 80)]


async def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    names = {"example.org": ["2606:2800:220:1::1", PUBLIC]}
    web = ScriptedWeb([httpcore.ConnectError("unreachable"), HELLO], names)
    assert (await web.client().fetch("http://example.org/")).body
    assert web.connected == [("2606:2800:220:1::1", 80), (PUBLIC, 80)]
