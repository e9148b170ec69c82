"""What the scripted hub holds for the page: models that are slow to come, cut, refused, or not what was published."""

from __future__ import annotations

from models.catalogue import Catalogue, CatalogueEntry
from models.gguf import Tensor
from tests.gguf_writer import gguf_bytes, llama_values
from tests.scripted_hub import ScriptedHub

SLOW, CUT, GATED, WRONG = "smollm3-3b", "qwen3-0.6b-base", "gemma-3-4b-it", "llama-3.2-1b-instruct"
OTHER = "ana/tiny-stories"
SLOW_BYTES = 12_000_000
SECONDS_A_PIECE = 1.0  # of some two hundred: on a busy machine, too, there is time to stop it
ENOUGH_CUTS = [200_000, 0, 0, 0]  # for a download to give up


def small_gguf(name: str, num_bytes: int = 1_000_000) -> bytes:
    """A file that tells of a small model, about so large, whose weights are zeros."""
    values = llama_values()
    values |= {"general.name": name, "general.languages": ("es", "en"), "tokenizer.chat_template": "{{ messages }}"}
    return gguf_bytes(values, [Tensor("token_embd.weight", 1, (32, num_bytes // 64))])


def shelved_catalogue() -> Catalogue:
    """The program's own; of what the hub gives in the place of the true files, no hash is known."""
    served = {SLOW, CUT}
    entries = Catalogue.load().listed()
    return Catalogue(entry.model_copy(update={"sha256": None}) if entry.id in served else entry for entry in entries)


def entry(entry_id: str) -> CatalogueEntry:
    found = shelved_catalogue().find(entry_id)
    assert found is not None
    return found


def fill(hub: ScriptedHub) -> None:
    """Put them there."""
    sizes = {SLOW: SLOW_BYTES, CUT: 1_000_000, GATED: 1_000_000, WRONG: 1_000_000}
    files = {
        entry_id: hub.add(entry(entry_id).repository, entry(entry_id).file, small_gguf(entry(entry_id).name, size))
        for entry_id, size in sizes.items()
    }
    files[SLOW].pauses = [SECONDS_A_PIECE]
    files[CUT].cuts = list(ENOUGH_CUTS)
    files[GATED].is_gated = True
    for weights in ("Q4_K_M", "Q8_0"):
        hub.add(OTHER, f"tiny-stories-{weights}.gguf", small_gguf(f"Tiny Stories {weights}"))
