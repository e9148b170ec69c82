"""What a person asked for and can mend."""

from __future__ import annotations

from errors.tertulia_error import TertuliaError


class RequestError(TertuliaError):
    """The request cannot be served as it is."""


class MessageTooLong(RequestError):
    """``length``, ``limit`` in characters."""

    key = "error_message_too_long"


class PromptTooLong(RequestError):
    """``length``, ``limit`` in tokens: the newest message alone does not fit the model's window."""

    key = "error_prompt_too_long"


class ConversationBusy(RequestError):
    """An answer is being written in this conversation, perhaps in another tab."""

    key = "error_conversation_busy"


class ConversationNotFound(RequestError):
    """No such conversation for this owner."""

    key = "error_conversation_not_found"


class MessageNotFound(RequestError):
    """No such message in this conversation."""

    key = "error_message_not_found"


class NoteNotFound(RequestError):
    """This owner has no such note."""

    key = "error_note_not_found"


class NothingAsked(RequestError):
    """A program that asks again was wanted of a conversation in which nothing was asked."""

    key = "error_nothing_asked"


class OptionInvalid(RequestError):
    """A control of the page sent what it cannot show."""

    key = "error_option_invalid"


class DeletionNotConfirmed(RequestError):
    """All of one's data was to be deleted, and the box that says so was not ticked."""

    key = "error_deletion_not_confirmed"


class TooManyTemplates(RequestError):
    """``limit``: an owner may keep no more."""

    key = "error_too_many_templates"


class TemplateNotFound(RequestError):
    """This owner has no such prompt template."""

    key = "error_template_not_found"


class TemplateInvalid(RequestError):
    """``place``: a part is missing, of the wrong kind, or has too many entries."""

    key = "error_template_invalid"


class TemplateBraceAlone(TemplateInvalid):
    """A brace is opened and not closed, or closed and not opened."""

    key = "error_template_brace_alone"


class TemplateFieldUnknown(TemplateInvalid):
    """``field``: what stands in braces is not the name of a variable."""

    key = "error_template_field_unknown"


class TemplateVariableMisnamed(TemplateInvalid):
    """``name``: no identifier, there twice, or kept for another use."""

    key = "error_template_variable_misnamed"


class TemplateTooLarge(TemplateInvalid):
    """``limit`` in characters."""

    key = "error_template_too_large"


class ImportRefused(RequestError):
    """``place``: something is missing there, of the wrong kind, or does not fit the rest."""

    key = "error_import_refused"


class ImportNotOurs(ImportRefused):
    """It is no export of a conversation."""

    key = "error_import_not_ours"


class ImportTooNew(ImportRefused):
    """``version`` of the format: a later version of the program wrote it."""

    key = "error_import_too_new"


class ImportTooLarge(ImportRefused):
    """``megabytes`` and ``messages`` are the most that are taken in."""

    key = "error_import_too_large"


class SessionMissing(RequestError):
    """The request carries no valid owner cookie."""

    key = "error_session_missing"


class ProgramStopping(RequestError):
    """The program is being ended; what was written until now is kept."""

    key = "error_program_stopping"
