"""Scripts of others that the page loads only when they are needed; their licences lie beside them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from components.page_assets import FOLDER

SCRIPTS = {"html-to-image.js": "html-to-image-1.11.13.js"}  # from npm, as published
KEEP = {"cache-control": "public, max-age=86400"}


def vendored_routes() -> list[Route]:
    """``/vendor/{name}``: the same for everybody."""

    async def script(request: Request) -> Response:
        file = SCRIPTS.get(request.path_params["name"])
        if file is None:
            return Response(status_code=404)
        return FileResponse(FOLDER / "vendor" / file, media_type="text/javascript", headers=KEEP)

    return [Route("/vendor/{name}", script)]
