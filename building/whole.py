"""All rooms and what stands before them, put together. Imports everything: so it is itself imported late."""

from __future__ import annotations

from building.agent import build_agent_room
from building.chat import build_chat_room
from building.data import kept_in, with_data
from building.documents import build_documents_room
from building.door import build_entrance, build_owners, open_audit
from building.filters import build_guard
from building.limits import build_limits, build_rules, build_visitors
from building.model_shelf import build_model_shelf
from building.models import RoomParts, build_models_room
from building.playground import build_playground_room
from building.programs import build_programs
from building.sharing import build_link, build_sharing
from building.watching import build_status, build_watching
from components.catalogue import Catalogue, preferred_language
from components.operator import OperatorDoor
from components.presence import Presence
from components.services import Services
from models.fleet import ModelFleet
from models.remote.visitor_keys import VisitorKeys
from settings import Settings, console_locale
from storage.database import Database


def build_services(settings: Settings, fleet: ModelFleet, database: Database, catalogue: Catalogue) -> Services:
    """What the page is laid over. Raises ModelNotLoaded, FiltersFileBroken, UsersFileBroken or SharedPasswordShort."""
    owners, audit = build_owners(settings), open_audit(settings)
    entrance = build_entrance(settings, owners, audit)
    fleet.wait()
    keys = VisitorKeys()
    token = settings.operator_token.get_secret_value() if settings.operator_token else ""
    operator = OperatorDoor(owners, token, trusts_this_machine=settings.is_for_this_machine)
    presence = Presence()
    watching = build_watching(settings, fleet, database, presence)
    told = watching.turn_ended
    link = build_link(settings, entrance, settings.language or preferred_language(console_locale()))
    rules = build_rules(settings, link)
    visitors = build_visitors(rules, settings, operator, watching.metrics)
    shelf = build_model_shelf(settings, fleet, keys, build_guard(settings, (operator.token,)), visitors.lends)
    documents = build_documents_room(settings, database, shelf, told)
    services = Services(
        chat=build_chat_room(settings, shelf, database, told),
        documents=documents,
        agent=build_agent_room(settings, database, shelf, documents, told, visitors),
        playground=build_playground_room(fleet, shelf),
        models=build_models_room(settings, database, RoomParts(shelf, keys, fleet, operator, fleet.budget_bytes)),
        model_status=fleet.status,
        catalogue=catalogue,
        owners=owners,
        entrance=entrance,
        audit=audit,
        programs=build_programs(settings, shelf),
        link=link,
        presence=presence,
        watching=watching,
        visitors=visitors,
        operator_sections=(
            build_status(watching, fleet, catalogue),
            build_limits(rules, catalogue),
            build_sharing(link, presence, settings, catalogue),
        ),
    )
    return with_data(services, database, kept_in(settings), lambda: rules.policy.hours_kept)
