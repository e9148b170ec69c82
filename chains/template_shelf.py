"""The prompt templates somebody can choose from: those of the library, and the person's own."""

from __future__ import annotations

import json
from dataclasses import dataclass

from chains.template_library import TemplateLibrary, fit_to_keep, templates_from_yaml, templates_to_yaml
from chains.templates import TemplateSpec
from errors import TemplateInvalid, TooManyTemplates
from storage.templates import StoredTemplate, TemplateStore

MAX_OWN_TEMPLATES = 200
PLAIN = "plain"  # the library's template that passes the question on


@dataclass(frozen=True)
class TemplateShelf:
    """Every method blocks briefly; TemplateNotFound for what is another's, too."""

    library: TemplateLibrary
    store: TemplateStore

    def built_in(self, language: str) -> tuple[TemplateSpec, ...]:
        """Those of the library, in the page's language."""
        return self.library.listed(language)

    def own(self, owner: str) -> tuple[StoredTemplate, ...]:
        """Those the owner wrote or imported, oldest first, as they are kept."""
        return self.store.listed(owner)

    def get(self, owner: str, language: str, template_id: str) -> TemplateSpec:
        """The one with this id, the owner's own or the library's."""
        own = next((kept for kept in self.own(owner) if kept.id == template_id), None)
        return _spec_of(own) if own else self.library.get(language, template_id)

    def save(self, owner: str, content: str, template_id: str | None) -> TemplateSpec:
        """Keep the template that ``content`` describes in JSON, under its id or as a new one."""
        try:
            spec = fit_to_keep(TemplateSpec.model_validate(json.loads(content)))
        except (json.JSONDecodeError, RecursionError) as error:
            raise TemplateInvalid(place="JSON") from error
        if template_id is None:
            self._check_room(owner, 1)
        return _spec_of(self.store.put(owner, _content(spec), template_id))

    def delete(self, owner: str, template_id: str) -> None:
        """Take one of the owner's away. Conversations begun with it keep their copy."""
        self.store.delete(owner, template_id)

    def import_yaml(self, owner: str, text: str) -> tuple[TemplateSpec, ...]:
        """Keep the templates of a file as the owner's own. Raises a TemplateInvalid, and then keeps none."""
        specs = templates_from_yaml(text)
        self._check_room(owner, len(specs))
        return tuple(_spec_of(self.store.put(owner, _content(spec))) for spec in specs)

    def export_yaml(self, owner: str, language: str, template_id: str | None) -> str:
        """One template as a file, or all of the owner's."""
        if template_id is None:
            return templates_to_yaml(_spec_of(kept) for kept in self.own(owner))
        return templates_to_yaml([self.get(owner, language, template_id)])

    def _check_room(self, owner: str, num_more: int) -> None:
        if len(self.store.listed(owner)) + num_more > MAX_OWN_TEMPLATES:
            raise TooManyTemplates(limit=MAX_OWN_TEMPLATES)


def _content(spec: TemplateSpec) -> dict[str, object]:
    return spec.model_dump(mode="json", exclude_defaults=True, exclude={"id"})


def _spec_of(kept: StoredTemplate) -> TemplateSpec:
    return TemplateSpec.model_validate({**kept.content, "id": kept.id})
