"""The operator's file of filters: what it may hold, and where it says that it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.catalogue import Catalogue
from errors import FiltersFileBroken
from safety.filter_file import read_filters

EXAMPLE = Path("docs/examples/filters.yaml")
ONE = "filters:\n  - name: x\n    pattern: '{pattern}'\n    action: {action}\n    applies_to: {target}\n"


def test_the_example_loads() -> None:
    filters = read_filters(EXAMPLE)
    assert [rule.name for rule in filters.questions] == ["card numbers", "passwords"]
    assert [rule.name for rule in filters.answers] == ["card numbers", "project name"]


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(?:a*)*b", "((a+))*", "a(?=b)", r"(a)\1", "a$", ".*a", "(", "a*", "(a{2,}){3}"]
)
def test_a_pattern_that_would_be_slow_or_unsure_is_refused_by_its_line(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "filters.yaml"
    path.write_text(ONE.format(pattern=pattern, action="hide", target="both"))
    with pytest.raises(FiltersFileBroken) as fault:
        read_filters(path)
    assert fault.value.values["line"] in (2, 3)
    catalogue = Catalogue.load()
    assert str(path) in catalogue.error("es", fault.value)
    assert str(path) in catalogue.error("en", fault.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("filters: [", 1),
        ("filters: 3", 1),
        ("filters:\n  - 3", 2),
        ("other: 1", 1),
        (ONE.format(pattern="a", action="shout", target="both"), 4),
        (ONE.format(pattern="a", action="hide", target="nobody"), 5),
        (ONE.format(pattern="a", action="refuse", target="both"), 2),
        (ONE.format(pattern="a", action="hide", target="both") + "    sentence: {en: 'x'}\n", 6),
        (
            ONE.format(pattern="a", action="hide", target="both") * 1
            + "  - {name: x, pattern: b, action: hide, applies_to: both}\n",
            6,
        ),
    ],
)
def test_a_damaged_file_is_told_by_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "filters.yaml"
    path.write_text(text)
    with pytest.raises(FiltersFileBroken) as fault:
        read_filters(path)
    assert fault.value.values["line"] == line


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FiltersFileBroken):
        read_filters(tmp_path / "none.yaml")
