"""Whatever calls another machine is known, and whose address it calls: all that others choose goes through safety.net.

Reads the sources, runs none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOUSE = ("app.py", "agents", "building", "chains", "components", "models", "playground", "rag", "safety", "storage")
CAN_CALL = {
    *(
        "httpx",
        "httpx2",
        "httpcore",
        "requests",
        "urllib3",
        "aiohttp",
        "safehttpx",
        "websockets",
        "niquests",
        "primp",
        "curl_cffi",
    ),
    *("urllib.request", "http.client", "ftplib", "smtplib", "telnetlib", "xmlrpc.client", "socket"),
    *("ddgs", "tavily", "huggingface_hub", "gradio_client", "mcp.client", "wikipedia", "openai", "google.genai"),
}
KNOWN = {
    "safety/net.py": "any address at all: this is the guarded client",
    "safety/name_lookup.py": "asks the system for the addresses of a name, for the guarded client",
    "agents/tools/ddgs_search.py": "the search engines that its library knows; a visitor chooses the words",
    "agents/tools/tavily_search.py": "Tavily, or the operator's TERTULIA_TAVILY_BASE_URL",
    "agents/tools/mcp_session.py": "servers of the operator's file TERTULIA_MCP_SERVERS",
    "components/public_tunnel.py": "Gradio's service that names its tunnel servers",
    "components/tunnel_program.py": "where Gradio publishes the program of its tunnel; checked by its checksum",
    "components/serving.py": "nobody: tries whether our own port is free",
    "rag/vector_server.py": "the operator's TERTULIA_CHROMA_URL",
    "safety/open_id.py": "the operator's OpenID provider, and the endpoints that its own document names",
    "models/embedding/gemini.py": "Google, or the operator's TERTULIA_GOOGLE_BASE_URL",
    "models/embedding/openai_server.py": "OpenAI, or the operator's TERTULIA_OPENAI_BASE_URL",
    "models/hub.py": "the Hugging Face hub, or the operator's TERTULIA_HF_ENDPOINT",
    "models/remote/gemini.py": "Google, or the operator's TERTULIA_GOOGLE_BASE_URL",
    "models/remote/model_list.py": "OpenAI, or the operator's TERTULIA_OPENAI_BASE_URL",
    "models/remote/openai_server.py": "OpenAI, or the operator's TERTULIA_OPENAI_BASE_URL",
    "models/remote/provider_wire.py": "services of our own list, or the operator's TERTULIA_PROVIDER_BASE_URLS",
}


def imported(tree: ast.AST) -> Iterator[str]:
    """Everything that is imported, by its whole name; what only types need calls nobody, and counts all the same."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def callers() -> dict[str, set[str]]:
    """What can call, by the file that imports it."""
    found: dict[str, set[str]] = {}
    for part in HOUSE:
        for path in [ROOT / part] if part.endswith(".py") else sorted((ROOT / part).rglob("*.py")):
            names = imported(ast.parse(path.read_text(encoding="utf-8")))
            used = {library for name in names for library in CAN_CALL if f"{name}.".startswith(f"{library}.")}
            if used:
                found[str(path.relative_to(ROOT))] = used
    return found


def test_whoever_calls_another_machine_is_known() -> None:
    assert set(callers()) == set(KNOWN)


def test_no_address_is_opened_by_other_means() -> None:
    for part in HOUSE:
        for path in [ROOT / part] if part.endswith(".py") else sorted((ROOT / part).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            for word in ("urlopen(", "urlretrieve(", "open_connection(", "create_connection(", "read_csv(", "gr.load("):
                assert word not in source, f"{path.name}: {word}"
