"""What visitors may have, by how the page is reached."""

from __future__ import annotations

from components.catalogue import Catalogue
from components.house_rules import HouseRules, read_rules
from components.metrics import Metrics
from components.operator import OperatorDoor
from components.operator_limits import OperatorLimits
from components.public_link import PublicLink
from components.visitors import Visitors
from errors import SettingInvalid
from safety.policy import Reach
from settings import Settings


def build_rules(settings: Settings, link: PublicLink) -> HouseRules:
    """As the operator chose them, or the usual ones. Raises SettingInvalid."""
    reach = Reach.SPACE if settings.is_space else Reach.LOCAL if settings.is_for_this_machine else Reach.NETWORK
    try:
        given = read_rules(settings.limits)
    except ValueError as error:
        raise SettingInvalid(name="limits (TERTULIA_LIMITS)", reason=str(error)) from error
    return HouseRules(reach, settings.data_dir.absolute() / "operator.json", lambda: link.now is not None, given)


def build_visitors(rules: HouseRules, settings: Settings, operator: OperatorDoor, metrics: Metrics) -> Visitors:
    """Counts, by ``rules``, what comes."""
    return Visitors(rules, settings.max_sequences, is_operator=operator.knows, on_refused=metrics.refused)


def build_limits(rules: HouseRules, catalogue: Catalogue) -> OperatorLimits:
    """The section of the operator's page."""
    return OperatorLimits(rules, catalogue)
