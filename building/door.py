"""What stands between the program and whoever comes: one function for each part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errors import SharedPasswordShort
from safety.accounts import Accounts
from safety.audit_log import Audit, AuditLog
from settings import Settings

if TYPE_CHECKING:
    from components.entrance import Entrance
    from components.owner import OwnerCookie
    from safety.open_id import OpenId

MIN_SHARED_PASSWORD = 8


def open_accounts(settings: Settings) -> Accounts:
    """Raises UsersFileBroken."""
    return Accounts(settings.shared_folder / "users.json")


def open_audit(settings: Settings) -> AuditLog:
    """What happened, for the operator to look up."""
    return AuditLog(settings.data_dir / "audit.jsonl")


def build_owners(settings: Settings) -> OwnerCookie:
    """Who a browser is. Raises UsersFileBroken."""
    from components.owner import OwnerCookie

    return OwnerCookie.load(settings.shared_folder / "owner.key", open_accounts(settings))


def build_entrance(settings: Settings, owners: OwnerCookie, audit: Audit) -> Entrance:
    """What visitors must show. Raises SharedPasswordShort where others can reach the page."""
    from components.entrance import Entrance, Rules

    password = settings.password.get_secret_value() if settings.password else ""
    if password and not settings.is_for_this_machine and len(password) < MIN_SHARED_PASSWORD:
        raise SharedPasswordShort(least=MIN_SHARED_PASSWORD)
    rules = Rules(password, settings.require_sign_in, settings.space_host or "", settings.behind_proxy)
    return Entrance(owners, rules, audit, build_open_id(settings))


def build_open_id(settings: Settings) -> OpenId | None:
    """Where else people may sign in; None but on a Space that told how."""
    from safety.open_id import Client, OpenId

    secret = settings.oauth_client_secret
    if not settings.space_host or not settings.oauth_client_id or secret is None:
        return None
    client = Client(
        settings.openid_provider_url, settings.oauth_client_id, secret.get_secret_value(), settings.oauth_scopes
    )
    return OpenId(client)
