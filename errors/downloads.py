"""Why a model's file could not be got, or not be kept."""

from __future__ import annotations

from errors.tertulia_error import TertuliaError


class DownloadError(TertuliaError):
    """The file is not there in the end; what came of it may be kept for another try."""


class ModelNameInvalid(DownloadError):
    """``name``: of a repository or a file, not one that may become a path; or not of a GGUF file."""

    key = "error_model_name_invalid"


class ModelFileSplit(DownloadError):
    """``file`` is one part of several."""

    key = "error_model_file_split"


class ModelAlreadyHere(DownloadError):
    """``name``: whole, on the disk."""

    key = "error_model_already_here"


class ModelAlreadyComing(DownloadError):
    """``name``: this program or another one gets it now."""

    key = "error_model_already_coming"


class ModelNotHere(DownloadError):
    """``name``: nothing of it is on the disk."""

    key = "error_model_not_here"


class ModelRepositoryUnknown(DownloadError):
    """``repository``: none of the hub's, or a private one; the hub does not tell which."""

    key = "error_model_repository_unknown"


class ModelFileUnknown(DownloadError):
    """``repository``, ``file``: the one does not hold the other."""

    key = "error_model_file_unknown"


class ModelGated(DownloadError):
    """``repository``: its maker asks everybody to accept terms first."""

    key = "error_model_gated"


class HubTokenRefused(DownloadError):
    """The hub does not know the token, or it allows too little."""

    key = "error_hub_token_refused"


class HubBusy(DownloadError):
    """Too much was asked of the hub."""

    key = "error_hub_busy"


class HubUnreachable(DownloadError):
    """Nothing answers, or not in time."""

    key = "error_hub_unreachable"


class HubFaulty(DownloadError):
    """What answers fails, or is no hub."""

    key = "error_hub_faulty"


class DownloadInterrupted(DownloadError):
    """``name``: broken off again and again; what came so far is kept."""

    key = "error_download_interrupted"


class NoRoomForModel(DownloadError):
    """``name``, ``needed`` and ``free`` in megabytes."""

    key = "error_no_room_for_model"


class ModelNotSaved(DownloadError):
    """``name``, ``path``: the folder cannot be written."""

    key = "error_model_not_saved"


class ModelNotDeleted(DownloadError):
    """``name``: a program has it open, or the folder cannot be written."""

    key = "error_model_not_deleted"


class ModelHashWrong(DownloadError):
    """``name``: other bytes than those that were published."""

    key = "error_model_hash_wrong"


class ModelFileUnsound(DownloadError):
    """``name``: no whole GGUF."""

    key = "error_model_file_unsound"
