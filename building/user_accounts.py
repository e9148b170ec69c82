"""``app.py --add-user``, ``--remove-user`` and ``--list-users``: the accounts that people sign in by."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable

from building.console import Console
from building.door import open_accounts, open_audit
from building.folders import make_folders
from errors import AccountTaken, PasswordsDiffer
from safety.accounts import MIN_PASSWORD, Accounts, account_name, check_password
from safety.audit_log import Event
from settings import Settings


def add_account_options(parser: argparse.ArgumentParser, words: Callable[[str], str]) -> None:
    """The options of the command line that are about accounts."""
    parser.add_argument("--add-user", metavar=words("user_name"), help=words("add_user"))
    parser.add_argument("--remove-user", metavar=words("user_name"), help=words("remove_user"))
    parser.add_argument("--list-users", action="store_true", help=words("list_users"))


def account_command(options: argparse.Namespace, settings: Settings, console: Console) -> int | None:
    """The exit code of a command about accounts, None where none was given. Raises a StartError."""
    if not (options.add_user is not None or options.remove_user is not None or options.list_users):
        return None
    make_folders(settings)
    accounts = open_accounts(settings)
    if options.add_user is not None:
        _add(options.add_user, accounts, settings, console)
    elif options.remove_user is not None:
        _remove(options.remove_user, accounts, settings, console)
    else:
        _list(accounts, console)
    return 0


def _add(given: str, accounts: Accounts, settings: Settings, console: Console) -> None:
    name, is_first = account_name(given), not accounts.has_any
    if name in accounts.names():
        raise AccountTaken(name=name)  # before anybody types a password for nothing
    accounts.add(name, _password(name, console))
    open_audit(settings).note(Event.USER_ADDED, who=name)
    console.say("user_added", name=name)
    if is_first and settings.require_sign_in is None:
        console.say("user_first")


def _remove(given: str, accounts: Accounts, settings: Settings, console: Console) -> None:
    name = given.strip().lower()
    accounts.remove(name)
    open_audit(settings).note(Event.USER_REMOVED, who=name)
    console.say("user_removed", name=name)
    if not accounts.has_any and settings.require_sign_in is None:
        console.say("user_last")


def _list(accounts: Accounts, console: Console) -> None:
    for name in accounts.names():
        console.show(name)
    if not accounts.has_any:
        console.say("user_none")


def _password(name: str, console: Console) -> str:
    """Typed twice and not shown, or a line of what another program sends. Raises a StartError."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
        check_password(password)
        return password
    password = _typed(console, "app_console_user_password", name=name, least=MIN_PASSWORD)
    check_password(password)
    if _typed(console, "app_console_user_password_again") != password:
        raise PasswordsDiffer
    return password


def _typed(console: Console, key: str, **values: object) -> str:
    """Not shown while it is typed."""
    return getpass.getpass(f"{console.text.say(key, **values)} ")
