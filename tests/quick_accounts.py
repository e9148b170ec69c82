"""Accounts whose hashes take no time: what is tested is who comes in, not how hard guessing is."""

from __future__ import annotations

from pathlib import Path

from argon2 import PasswordHasher

from safety.accounts import Accounts

PASSWORD = "a good password"


def quick_accounts(path: Path) -> Accounts:
    """Over the file at ``path``."""
    return Accounts(path, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
