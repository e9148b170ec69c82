"""The section of the operator's page that says what visitors may do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from components.catalogue import Catalogue
from components.house_rules import MOST, HouseRules
from components.local_text import LocalText
from errors import LimitInvalid
from safety.policy import Policy

FORM = '<form method="post" action="./operator"><input type="hidden" name="section" value="limits">'


class OperatorLimits:
    """Shows ``rules`` and changes them."""

    name = "limits"

    def __init__(self, rules: HouseRules, catalogue: Catalogue) -> None:
        self._rules = rules
        self._catalogue = catalogue

    def html(self, language: str) -> str:
        """The form, as the rules are now."""
        text = LocalText(self._catalogue, language)
        reach = text.html(f"app_limits_reach_{self._rules.reach}")
        told = f'<p>{reach}</p><p class="soft">{text.html("app_limits_told")}</p>'
        rows = "".join(_control(text, name, value) for name, value in asdict(self._rules.policy).items())
        return f'{told}{FORM}{rows}<button class="primary">{text.html("app_limits_keep")}</button></form>'

    async def act(self, form: Mapping[str, str], language: str) -> str | None:
        """Keep them. Raises LimitInvalid."""
        chosen: dict[str, Any] = {
            each.name: each.name in form if each.type == "bool" else _number(form.get(each.name, ""))
            for each in fields(Policy)
        }
        await asyncio.to_thread(self._rules.change, Policy(**chosen))
        return self._catalogue.text(language, "app_limits_kept")


def _control(text: LocalText, name: str, value: int) -> str:
    label = text.html(f"app_limits_{name}")
    if isinstance(value, bool):
        return f'<label class="check"><input type="checkbox" name="{name}"{" checked" * value}>{label}</label>'
    return (
        f'<label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="number" min="0" max="{MOST}" step="1" value="{value}">'
    )


def _number(text: str) -> int:
    told = text.strip()
    if not (told.isascii() and told.isdecimal() and len(told) < 10 and int(told) <= MOST):
        raise LimitInvalid(value=told[:20], most=MOST)
    return int(told)
