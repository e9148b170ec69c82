"""What visitors may have, by how the page is reached."""

from __future__ import annotations

from components.catalogue import Catalogue
from components.house_rules import HouseRules
from components.operator import OperatorDoor
from components.operator_limits import OperatorLimits
from components.public_link import PublicLink
from components.visitors import Visitors
from safety.policy import Reach
from settings import Settings


def build_rules(settings: Settings, link: PublicLink) -> HouseRules:
    """As the operator chose them, or the usual ones."""
    reach = Reach.SPACE if settings.is_space else Reach.LOCAL if settings.is_for_this_machine else Reach.NETWORK
    return HouseRules(reach, settings.data_dir.absolute() / "operator.json", lambda: link.now is not None)


def build_visitors(rules: HouseRules, settings: Settings, operator: OperatorDoor) -> Visitors:
    """Counts, by ``rules``, what comes."""
    return Visitors(rules, settings.max_sequences, is_operator=operator.knows)


def build_limits(rules: HouseRules, catalogue: Catalogue) -> OperatorLimits:
    """The section of the operator's page."""
    return OperatorLimits(rules, catalogue)
