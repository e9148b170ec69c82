"""Files of the Hugging Face hub, or of a server that speaks as it does, by its own library.

The address is the library's (``HF_ENDPOINT`` changes it), and so is the token (``HF_TOKEN``). The library's own
download is not used: it compares no hash, and ends only where it likes. Nor are its headers, which are gathered by
asking a server what program it is started from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

import httpx2
from huggingface_hub import get_session, get_token, hf_hub_url, hf_raise_for_status
from huggingface_hub.constants import ENDPOINT
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from pydantic import BaseModel, TypeAdapter, ValidationError

from errors import (
    DownloadError,
    HubBusy,
    HubFaulty,
    HubTokenRefused,
    HubUnreachable,
    ModelFileSplit,
    ModelFileUnknown,
    ModelGated,
    ModelNameInvalid,
    ModelRepositoryUnknown,
)
from models.download_source import Bytes, SourceCut
from models.model_folder import hub_name

SHA256 = re.compile(r"[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{40}")
VERSION = re.compile(r"[0-9a-f-]{8,128}")
SIZE = re.compile(r"[0-9]{1,15}")
RANGE = re.compile(r"bytes ([0-9]{1,15})-[0-9]+/[0-9]+")
TOKEN = re.compile(r"[!-~]{1,1000}")
MAX_REDIRECTS = 5
MAX_LISTING_BYTES = 4_000_000
WORTH_ANOTHER_TRY = (408, 416, 425, 429)
UNREACHABLE = (httpx2.TransportError, OfflineModeIsEnabled)


@dataclass(frozen=True)
class HubOptions:
    """``endpoint`` and ``token`` as the library knows them where None; ``timeout_s`` without a byte is the end."""

    endpoint: str | None = None
    token: str | None = field(default=None, repr=False)
    timeout_s: float = 20.0

    @property
    def address(self) -> str:
        return (self.endpoint or ENDPOINT).rstrip("/")

    @property
    def headers(self) -> dict[str, str]:
        """No compression: it would leave neither sizes nor ranges. Raises HubTokenRefused for what is no token."""
        token = (get_token() or "") if self.token is None else self.token.strip()
        if token and not TOKEN.fullmatch(token):  # a library would tell it in its complaint
            raise HubTokenRefused
        return {"user-agent": "tertulia", "accept-encoding": "identity"} | (
            {"authorization": f"Bearer {token}"} if token else {}
        )


@dataclass(frozen=True)
class HubFile:
    """A file as it is in one commit, so that what is read later continues what was read before."""

    options: HubOptions
    repository: str
    file: str
    commit: str
    num_bytes: int
    version: str

    @property
    def sha256(self) -> str | None:
        """Large files are known by it."""
        return self.version if SHA256.fullmatch(self.version) else None

    @contextmanager
    def read(self, start: int) -> Iterator[Bytes]:
        """The hub is asked each time: where it sends us to is only good for a while, and is not told the token."""
        url = _url(self.options, self.repository, self.file, self.commit)
        headers = self.options.headers | ({"range": f"bytes={start}-"} if start else {})
        try:
            with get_session().stream("GET", url, headers=headers, timeout=self.options.timeout_s) as response:
                self._check(response, url)
                yield _first_byte(response), response.iter_raw()
        except UNREACHABLE as error:
            raise SourceCut from error

    def _check(self, response: httpx2.Response, url: str) -> None:
        is_elsewhere = _origin(str(response.url)) != _origin(url)
        if response.status_code in WORTH_ANOTHER_TRY or response.is_server_error:
            raise SourceCut
        if is_elsewhere and response.is_error:  # an address that was good for a while
            raise SourceCut
        with _told(self.repository, self.file):
            hf_raise_for_status(response)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise HubFaulty


class ListedFile(BaseModel):
    """A file of a repository as its listing tells: ``path`` in it, and ``size`` in bytes."""

    path: str
    size: int = 0
    type: str = "file"

    def is_model(self, repository: str) -> bool:
        """May be got by itself."""
        try:
            hub_name(repository, self.path)
        except (ModelNameInvalid, ModelFileSplit):
            return False
        return self.type == "file"


def look_up(options: HubOptions, repository: str, file: str, revision: str = "main") -> HubFile:
    """What the hub says of a file, without reading it. Raises a DownloadError."""
    url = _url(options, repository, file, revision)
    with _told(repository, file):
        response = _ask(options, url)
    etag = response.headers.get("x-linked-etag") or response.headers.get("etag") or ""
    own_size = "" if response.has_redirect_location else response.headers.get("content-length", "")
    size = response.headers.get("x-linked-size") or own_size
    commit = response.headers.get("x-repo-commit") or ""
    version = etag.removeprefix("W/").strip('"').lower()
    if not (COMMIT.fullmatch(commit) and VERSION.fullmatch(version) and SIZE.fullmatch(size)):
        raise HubFaulty
    return HubFile(options, repository, file, commit, int(size), version)


LISTING = TypeAdapter(list[ListedFile])


def listed_files(options: HubOptions, repository: str, revision: str = "main") -> list[ListedFile]:
    """The model files of a repository, smallest first; not those in parts. Raises a DownloadError."""
    hub_name(repository, "any.gguf")
    url = f"{options.address}/api/models/{repository}/tree/{quote(revision, safe='')}?recursive=true"
    with (
        _told(repository, ""),
        get_session().stream("GET", url, headers=options.headers, timeout=options.timeout_s) as response,
    ):
        hf_raise_for_status(response)
        body = b"".join(_at_most(MAX_LISTING_BYTES, response.iter_raw()))
    try:
        entries = LISTING.validate_json(body)
    except ValidationError as error:
        raise HubFaulty from error
    return sorted((entry for entry in entries if entry.is_model(repository)), key=lambda entry: entry.size)


def _at_most(num_bytes: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        num_bytes -= len(piece)
        if num_bytes < 0:
            raise HubFaulty
        yield piece


def _url(options: HubOptions, repository: str, file: str, revision: str) -> str:
    return hf_hub_url(repository, file, revision=revision, endpoint=options.address)


def _ask(options: HubOptions, url: str) -> httpx2.Response:
    """The hub's own answer: it is what tells of the file, not the store of blobs that it leads to."""
    for _ in range(MAX_REDIRECTS):
        response = get_session().request(
            "HEAD", url, headers=options.headers, timeout=options.timeout_s, follow_redirects=False
        )
        hf_raise_for_status(response)
        target = urljoin(url, response.headers.get("location", url))
        if not response.has_redirect_location or _origin(target) != _origin(url):
            return response
        url = target
    raise HubFaulty


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _first_byte(response: httpx2.Response) -> int:
    if response.status_code != httpx2.codes.PARTIAL_CONTENT:
        return 0
    place = RANGE.fullmatch(response.headers.get("content-range", ""))
    if place is None:
        raise HubFaulty
    return int(place[1])


@contextmanager
def _told(repository: str, file: str) -> Iterator[None]:
    """The library's faults as ours."""
    try:
        yield
    except UNREACHABLE as error:
        raise HubUnreachable from error
    except GatedRepoError as error:
        raise ModelGated(repository=repository) from error
    except RepositoryNotFoundError as error:
        raise ModelRepositoryUnknown(repository=repository) from error
    except (RemoteEntryNotFoundError, RevisionNotFoundError) as error:
        raise ModelFileUnknown(repository=repository, file=file) from error
    except HfHubHTTPError as error:
        raise _by_status(error.response.status_code, repository, file) from error
    except httpx2.HTTPError as error:
        raise HubFaulty from error


def _by_status(status: int, repository: str, file: str) -> DownloadError:
    if status in (401, 403):
        return HubTokenRefused()
    if status == 404:
        return ModelFileUnknown(repository=repository, file=file)
    return HubBusy() if status == 429 else HubFaulty()
