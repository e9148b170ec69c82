"""The sentences of the page and the console, in each language."""

from __future__ import annotations

from pathlib import Path

import yaml

from errors import TertuliaError

LANGUAGES = ("en", "es")
DEFAULT_LANGUAGE = "en"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C it takes a tenth of the time at each start


class Catalogue:
    """All sentences by language and key. Keys begin with ``app_`` or ``error_``."""

    def __init__(self, sentences: dict[str, dict[str, str]]) -> None:
        self.sentences = sentences

    @classmethod
    def load(cls, folder: Path | None = None) -> Catalogue:
        """Read ``<language>.yaml`` and all ``<part>.<language>.yaml`` of ``folder``, else of the one beside this file.

        Raises ValueError when two of them hold the same key.
        """
        folder = folder or Path(__file__).parent / "locales"
        return cls({language: _sentences(folder, language) for language in LANGUAGES})

    def text(self, language: str, key: str, **values: object) -> str:
        """The sentence ``key`` with its braces filled. Raises KeyError for a key that no catalogue holds."""
        return self.sentences[language][key].format(**values)

    def error(self, language: str, error: TertuliaError) -> str:
        """The sentence of ``error`` in ``language``."""
        return self.text(language, error.key, **error.values)


def _sentences(folder: Path, language: str) -> dict[str, str]:
    sentences: dict[str, str] = {}
    for path in (folder / f"{language}.yaml", *sorted(folder.glob(f"*.{language}.yaml"))):
        part = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - both are safe
        if twice := sentences.keys() & part.keys():
            raise ValueError(f"{path.name} repeats {min(twice)}")
        sentences |= part
    return sentences


def preferred_language(accepted: str) -> str:
    """The first of our languages in an ``Accept-Language`` header or a POSIX locale such as ``es_CL.UTF-8``."""
    ranked: list[tuple[float, str]] = []
    for part in accepted.replace("_", "-").lower().split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            ranked.append((-float(quality or 1), name.split("-")[0].split(".")[0]))
        except ValueError:
            continue
    ranked.sort(key=lambda pair: pair[0])
    return next((name for _, name in ranked if name in LANGUAGES), DEFAULT_LANGUAGE)
