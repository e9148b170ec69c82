"""Why the program cannot start."""

from __future__ import annotations

from errors.tertulia_error import TertuliaError


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


class DataKeyMissing(StartError):
    """``address``: the database is encrypted, and no key was given."""

    key = "error_data_key_missing"


class DataKeyWrong(StartError):
    """``address``: the database is encrypted with another key."""

    key = "error_data_key_wrong"


class DataKeyShort(StartError):
    """``least``: a pass phrase of fewer characters would be guessed."""

    key = "error_data_key_short"


class DataKeyFileUnreadable(StartError):
    """``path``: there is no such file, or it is no text."""

    key = "error_data_key_file_unreadable"


class DataNotSealed(StartError):
    """``address``: encrypting, or decrypting, broke off; another start goes on with it."""

    key = "error_data_not_sealed"


class DataNotEncrypted(StartError):
    """``address``: there is nothing to decrypt."""

    key = "error_data_not_encrypted"
