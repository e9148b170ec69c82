"""What visitors may have here: by how the page is reached, and by what the operator chose."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from safety.policy import POLICIES, Policy, Reach, stricter

MOST = 100_000

logger = logging.getLogger(__name__)


class HouseRules:
    """``reach`` without a link; ``is_shared`` tells whether there is one. Choices are kept at ``path``, if any.

    They are kept for each reach by itself: who lets the neighbours have more does not let the whole web. ``given`` are
    in the place of the usual ones, whatever the reach.
    """

    def __init__(
        self,
        reach: Reach,
        path: Path | None = None,
        is_shared: Callable[[], bool] = lambda: False,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self._reach = reach
        self._path = path
        self._is_shared = is_shared
        self._given = dict(given or {})
        self._chosen = _read(path) if path else {}

    @property
    def reach(self) -> Reach:
        """Now."""
        return Reach.SHARED if self._is_shared() and self._reach is not Reach.SPACE else self._reach

    @property
    def policy(self) -> Policy:
        """In force now. A link never lets anybody have more."""
        return stricter(self._of(self.reach), self._of(self._reach))

    def _of(self, reach: Reach) -> Policy:
        return replace(self._usual(reach), **self._chosen.get(reach, {}))

    def _usual(self, reach: Reach) -> Policy:
        return replace(POLICIES[reach], **self._given)

    def change(self, policy: Policy) -> None:
        """From now on, for how the page is reached now. Raises OSError when it cannot be kept."""
        usual = asdict(self._usual(self.reach))
        mine = {name: value for name, value in asdict(policy).items() if value != usual[name]}
        chosen = {**self._chosen, self.reach: mine}
        if self._path:
            unfinished = self._path.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(chosen, indent=2), encoding="utf-8")
            os.replace(unfinished, self._path)
        self._chosen = chosen


def read_rules(text: str) -> dict[str, Any]:
    """Rules written as "name=number", divided by commas; 0 and 1 for what is allowed.

    Raises ValueError that says why.
    """
    kinds, rules = _kinds(), dict[str, Any]()
    for part in (each.strip() for each in text.split(",") if each.strip()):
        name, _, number = part.partition("=")
        most = 1 if kinds.get(name) is bool else MOST
        if name not in kinds or not (number.isascii() and number.isdecimal() and int(number) <= most):
            raise ValueError(
                f"{part} is none of {', '.join(kinds)} with a whole number up to {MOST} (yes is 1, no is 0)"
            )
        rules[name] = kinds[name](int(number))
    return rules


def _read(path: Path) -> dict[Reach, dict[str, Any]]:
    """What was chosen earlier. A damaged file is set aside, and nothing is chosen."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {Reach(reach): _sound(chosen) for reach, chosen in told.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError):
        aside = path.with_suffix(".damaged")
        os.replace(path, aside)
        logger.warning("the operator's rules could not be read and were set aside as %s", aside.name)
        return {}


def _sound(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Raises TypeError or ValueError."""
    kinds = _kinds()
    for name, value in chosen.items():
        if type(value) is not kinds.get(name) or not 0 <= value <= MOST:
            raise ValueError
    return dict(chosen)


def _kinds() -> dict[str, type[int]]:
    return {each.name: bool if each.type == "bool" else int for each in fields(Policy)}
