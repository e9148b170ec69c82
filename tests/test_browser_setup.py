"""How a browser for the tests is found and installed, on machines made up for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.browser import (
    INSTALL_WITH_APT,
    INSTALL_WITH_PLAYWRIGHT,
    NO_BROWSER,
    Machine,
    downloaded_programs,
    find_browser,
    main,
)


class MadeUpMachine:
    """``works`` names the programs that succeed; the one in ``brings`` leaves a browser behind."""

    def __init__(self, works: Sequence[str] = (), brings: str = "", browser: str | None = None) -> None:
        self.works = works
        self.brings = brings
        self.browser = browser
        self.commands: list[Sequence[str]] = []

    def find(self) -> str | None:
        return self.browser

    def run(self, command: Sequence[str]) -> int:
        self.commands.append(command)
        succeeds = any(word in self.works for word in command)
        if succeeds and self.brings in command:
            self.browser = "/somewhere/chromium"
        return 0 if succeeds else 1


def exit_code(made_up: MadeUpMachine, *, may_use_apt: bool = False) -> int:
    return main(Machine(made_up.find, made_up.run, may_use_apt))


def test_an_installed_browser_is_used_and_nothing_is_run() -> None:
    made_up = MadeUpMachine(browser="/usr/bin/chromium")
    assert exit_code(made_up, may_use_apt=True) == 0
    assert made_up.commands == []


def test_playwrights_download_is_enough_when_it_starts() -> None:
    made_up = MadeUpMachine(works=["playwright", "--version"], brings="playwright")
    assert exit_code(made_up, may_use_apt=True) == 0
    assert INSTALL_WITH_APT[0] not in made_up.commands


def test_debians_is_installed_when_the_download_fails() -> None:
    made_up = MadeUpMachine(works=["apt-get"], brings="install")
    assert exit_code(made_up, may_use_apt=True) == 0
    assert made_up.commands == [INSTALL_WITH_PLAYWRIGHT, *INSTALL_WITH_APT]


def test_one_sentence_when_the_download_fails_and_apt_may_not_be_used(capsys: pytest.CaptureFixture[str]) -> None:
    made_up = MadeUpMachine()
    assert exit_code(made_up) == 1
    assert made_up.commands == [INSTALL_WITH_PLAYWRIGHT]
    assert capsys.readouterr().err == NO_BROWSER + "\n"


def test_apt_stops_at_its_first_failure(capsys: pytest.CaptureFixture[str]) -> None:
    made_up = MadeUpMachine()
    assert exit_code(made_up, may_use_apt=True) == 1
    assert made_up.commands == [INSTALL_WITH_PLAYWRIGHT, INSTALL_WITH_APT[0]]
    assert capsys.readouterr().err == NO_BROWSER + "\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a download is whole")
def test_a_download_that_lacks_system_libraries_is_not_enough() -> None:
    made_up = MadeUpMachine(works=["playwright", "apt-get"], brings="install")
    assert exit_code(made_up, may_use_apt=True) == 0
    assert made_up.commands[-1] == INSTALL_WITH_APT[-1]


@pytest.mark.parametrize(
    "program",
    [
        "chromium-1255/chrome-linux64/chrome",
        "chromium-1255/chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
        "chromium-1255/chrome-win64/chrome.exe",
    ],
)
def test_playwrights_browser_is_found_in_its_folder(program: str, tmp_path: Path) -> None:
    expected = tmp_path / program
    expected.parent.mkdir(parents=True)
    expected.touch()
    assert list(downloaded_programs(tmp_path)) == [str(expected)]


def test_only_a_program_that_can_be_run_is_a_browser(tmp_path: Path) -> None:
    half_downloaded = tmp_path / "chrome"
    half_downloaded.touch(mode=0o644)
    assert find_browser([str(tmp_path / "missing"), str(half_downloaded), sys.executable]) == sys.executable
