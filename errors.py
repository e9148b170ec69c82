"""Every error a person may see, in one tree.

TertuliaError                  carries a key of the message catalogue and the values it names
├── StartError                 the program cannot start: one sentence on the console, exit code 2
│   ├── SettingInvalid
│   ├── PortTaken
│   ├── FolderNotWritable
│   ├── ModelFileMissing
│   ├── ModelFileBroken
│   ├── ModelNotLoaded
│   ├── ShareWithoutPassword
│   ├── DataFolderInUse        another Tertulia works in it
│   ├── DatabaseAddressInvalid
│   ├── DatabaseUnreachable    a server that is away or refuses us, a file that cannot be opened
│   ├── DatabaseDamaged        left as it is, byte for byte; so is the next
│   └── DatabaseTooNew         a newer Tertulia wrote it
├── RequestError               the person can mend it: nothing was sent, nothing is lost
│   ├── MessageTooLong         counted in characters, before the model sees it
│   ├── PromptTooLong          counted in tokens, against the model's window
│   ├── ConversationBusy
│   ├── ConversationNotFound   also when it is somebody else's: the two must look alike; so for the next three
│   ├── MessageNotFound
│   ├── NoteNotFound
│   ├── TemplateNotFound
│   ├── OptionInvalid          a control of the page sent what it cannot show
│   ├── TooManyTemplates
│   ├── TemplateInvalid        a part of a prompt template cannot be used; the kinds below it say more
│   │   ├── TemplateBraceAlone
│   │   ├── TemplateFieldUnknown
│   │   ├── TemplateVariableMisnamed
│   │   └── TemplateTooLarge
│   ├── ImportRefused          a file holds no sound conversation; the kinds below it say more
│   │   ├── ImportNotOurs
│   │   ├── ImportTooNew
│   │   └── ImportTooLarge
│   └── SessionMissing         the browser sent no valid owner cookie
├── StorageError               what was to be kept could not be written or read; what was kept before is whole
│   ├── StorageFull            no room on the disk
│   └── StorageFailed
└── EngineError                the model's process failed
    ├── EngineDied             it ended in the middle of an answer; it is being restarted
    ├── EngineUnavailable      it ended too often; it is not being restarted
    ├── EngineBusy             too many requests wait already
    └── GenerationFailed       it refused or could not finish this one request

Raised where the fault is known, shown in one place: the console by ``app.main``, the page by
``components.shown_errors``.
"""

from __future__ import annotations

from typing import ClassVar


class TertuliaError(Exception):
    """A fault with a sentence for the person: ``key`` in the message catalogue, ``values`` in its braces."""

    key: ClassVar[str] = "error_unexpected"

    def __init__(self, **values: object) -> None:
        super().__init__(self.key, values)
        self.values = values


class StartError(TertuliaError):
    """The program cannot start."""


class SettingInvalid(StartError):
    """``name``, ``reason``: an option, an environment variable or a line of ``.env`` cannot be used."""

    key = "error_setting_invalid"


class PortTaken(StartError):
    """``host``, ``port``: another program listens there."""

    key = "error_port_taken"


class FolderNotWritable(StartError):
    """``path``, ``setting``: the folder cannot be made or written."""

    key = "error_folder_not_writable"


class ModelFileMissing(StartError):
    """``path``: there is no such file."""

    key = "error_model_file_missing"


class ModelFileBroken(StartError):
    """``path``: the file is not a whole GGUF."""

    key = "error_model_file_broken"


class ModelNotLoaded(StartError):
    """``path``: llama.cpp refused the file or died over it."""

    key = "error_model_not_loaded"


class ShareWithoutPassword(StartError):
    """A public link was asked for and no password was set."""

    key = "error_share_without_password"


class DataFolderInUse(StartError):
    """``path``: another process holds the lock of this data folder."""

    key = "error_data_folder_in_use"


class DatabaseAddressInvalid(StartError):
    """It is no URL, or of a kind of database that is not supported. Says nothing of it: it may hold a password."""

    key = "error_database_address_invalid"


class DatabaseUnreachable(StartError):
    """``address`` without its password: a server that does not answer or refuses us, or a file that does not open."""

    key = "error_database_unreachable"


class DatabaseDamaged(StartError):
    """``address``: its pages are broken, or it is not a database of ours."""

    key = "error_database_damaged"


class DatabaseTooNew(StartError):
    """``address``: its tables are those of a later version."""

    key = "error_database_too_new"


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


class OptionInvalid(RequestError):
    """A control of the page sent what it cannot show."""

    key = "error_option_invalid"


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


class StorageError(TertuliaError):
    """What was to be kept could not be written or read; what was kept before is whole."""


class StorageFull(StorageError):
    """No room is left on the disk of the database."""

    key = "error_storage_full"


class StorageFailed(StorageError):
    """The database failed in some other way."""

    key = "error_storage_failed"


class EngineError(TertuliaError):
    """The model's process failed."""


class EngineDied(EngineError):
    """It ended in the middle of a request; it is being restarted."""

    key = "error_engine_died"


class EngineUnavailable(EngineError):
    """It ended too often and is not being restarted."""

    key = "error_engine_unavailable"


class EngineBusy(EngineError):
    """Too many requests wait already."""

    key = "error_engine_busy"


class GenerationFailed(EngineError):
    """It could not finish this request."""

    key = "error_generation_failed"
