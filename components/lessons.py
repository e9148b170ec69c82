"""The lessons of ``docs/lessons`` as pages to read beside the rooms, in the reader's language."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

from markdown_it import MarkdownIt
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from components.catalogue import DEFAULT_LANGUAGE, LANGUAGES, Catalogue
from components.language import language_in
from components.page_assets import FOLDER

# By the room that each is for; those of the Playground are named as the small tab that they are about.
PLAYGROUND_LESSONS = {
    "next-token": "app_pg_next",
    "step-by-step": "app_pg_steps",
    "samples": "app_pg_samples",
    "sweep": "app_pg_sweep",
    "tokens": "app_pg_tokens",
    "ngrams": "app_pg_ngrams",
    "prompts": "app_pg_prompts",
    "context": "app_pg_context",
    "score": "app_pg_score",
    "cloud": "app_cloud_name",
}
MODEL_LESSONS = {
    "base-and-instruct": "app_lesson_base",
    "open-and-closed": "app_lesson_open",
    "encoder-and-decoder": "app_lesson_encoder",
    "service-and-model": "app_lesson_service",
    "native-support": "app_lesson_native",
    "compare": "app_md_compare",
}
LESSONS = {**PLAYGROUND_LESSONS, **MODEL_LESSONS}
LESSON_FOLDER = Path(__file__).parent.parent / "docs" / "lessons"
TITLE = re.compile(r"# (.+)")
CURRENT = ' aria-current="page"'
OTHER_LESSON = re.compile(r'href="([\w-]+)(?:\.es)?\.md"')  # as the files link to each other


def lesson_routes(catalogue: Catalogue) -> list[Route]:
    """``/lessons/{name}``; ``?lang=es`` shows it in a language that was not chosen."""

    async def lesson(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in LESSONS:
            return PlainTextResponse("", status_code=404)
        language = request.query_params.get("lang")
        if language not in LANGUAGES:
            language = language_in(request.cookies, request.headers.get("accept-language", ""))
        page = await asyncio.to_thread(lesson_page, name, language, catalogue)
        return HTMLResponse(page, headers={"cache-control": "no-store"})

    return [Route("/lessons/{name}", lesson)]


def lesson_page(name: str, language: str, catalogue: Catalogue) -> str:
    """The whole page of the lesson ``name``, one of LESSONS."""
    source = lesson_path(name, language).read_text(encoding="utf-8")
    title = TITLE.match(source)
    content = MarkdownIt("commonmark", {"html": False}).enable("table").render(_without_translation(source))
    frame = Template((FOLDER / "lesson.html").read_text(encoding="utf-8"))
    return frame.substitute(
        language=language,
        title=escape(title[1] if title else name),
        back=escape(catalogue.text(language, "app_lesson_back")),
        lessons="".join(_links(lessons, name, language, catalogue) for lessons in (PLAYGROUND_LESSONS, MODEL_LESSONS)),
        content=OTHER_LESSON.sub(rf'href="./\1?lang={language}"', content),
    )


def _links(lessons: Mapping[str, str], current: str, language: str, catalogue: Catalogue) -> str:
    links = (
        f'<li><a href="./{name}?lang={language}"{CURRENT if name == current else ""}>'
        f"{escape(catalogue.text(language, key))}</a></li>"
        for name, key in lessons.items()
    )
    return f"<ul>{''.join(links)}</ul>"


def lesson_path(name: str, language: str) -> Path:
    """Its file: ``name.md`` in the first language, ``name.es.md`` in another."""
    return LESSON_FOLDER / (f"{name}.md" if language == DEFAULT_LANGUAGE else f"{name}.{language}.md")


def _without_translation(source: str) -> str:
    """The line that leads to the other language is for those who read the files; the page has chosen one."""
    title, _, rest = source.partition("\n\n")
    first, _, after = rest.partition("\n\n")
    return f"{title}\n\n{after}" if first.startswith("*[") else source
