"""What the documents' search must reach."""

from __future__ import annotations

from bench.figures import Figure

QUALITY = {
    "es_hit1": ("es", "es", 0.96),
    "es_hit5": ("es", "es", 0.99),
    "en_hit1": ("en", "en", 0.955),
    "en_hit5": ("en", "en", 0.99),
    "es_en_hit1": ("en", "es", 0.82),  # a Spanish question to English text
    "es_en_hit5": ("en", "es", 0.97),
}
PRECISE = "_precise"
SIZES = (1_000, 10_000, 100_000)
P50_TARGETS = {10_000: 30.0, 100_000: 80.0}

QUALITY_KEYS = tuple(QUALITY)
PRECISE_KEYS = tuple(f"{key}{PRECISE}" for key in QUALITY)
FOUND_KEYS = ("found_there", "not_found_away")
QUERY_KEYS = tuple(f"query_{part}_ms_{size}" for size in SIZES for part in ("p50", "p95"))
GROWTH_KEYS = ("growth_10000", "growth_100000", "growth")
SIZE_KEYS = ("rss_mb", "disk_bytes_per_chunk", "index_s")
PIPELINE_KEYS = ("pipeline_efficiency", "pages_per_s", "first_answerable_s")
CITATION_KEYS = ("citation_precision",)


FIGURES = (
    *(Figure(key, f"default.{key}", None, target) for key, (_, _, target) in QUALITY.items()),
    *(Figure(f"{key}{PRECISE}", f"precise.{key}") for key in QUALITY),
    *(Figure(key, f"default.{key}") for key in FOUND_KEYS),
    Figure("pipeline_efficiency", "pipeline.chunks_per_s", "encoder.chunks_per_s", 0.8),
    Figure("pages_per_s", "pipeline.pages_per_s"),
    Figure("first_answerable_s", "pipeline.first_answerable_s"),
    *(
        Figure(f"query_{part}_ms_{size}", f"query.{part}_ms_{size}", None, target, at_least=False)
        for size in SIZES
        for part, target in (("p50", P50_TARGETS.get(size)), ("p95", None))
    ),
    Figure("growth_10000", "query.p50_ms_10000", "query.p50_ms_1000", 3, at_least=False),
    Figure("growth_100000", "query.p50_ms_100000", "query.p50_ms_10000", 3, at_least=False),
    Figure("growth", "query.growth", None, 3, at_least=False),
    Figure("rss_mb", "query.rss_mb"),
    Figure("disk_bytes_per_chunk", "query.disk_bytes_per_chunk"),
    Figure("index_s", "query.index_s"),
    Figure("citation_precision", "citations.precision", None, 0.95),
)
KEYS = tuple(figure.key for figure in FIGURES)
