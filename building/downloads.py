"""Where models are kept, and how they are got: the same for the page and for the console."""

from __future__ import annotations

from models.downloads import DownloadOptions, Downloads
from models.hub import HubOptions
from models.model_folder import ModelFolder
from settings import Settings


def model_folder(settings: Settings) -> ModelFolder:
    return ModelFolder(settings.data_dir.absolute() / "models")


def hub_options(settings: Settings) -> HubOptions:
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    return HubOptions(settings.hf_endpoint, token)


def build_downloads(settings: Settings) -> Downloads:
    """Nothing is asked of the hub before somebody wants a model."""
    return Downloads(model_folder(settings), DownloadOptions(hub_options(settings)))
