"""Two pages: one shows histories and recommendations, the other what the server can be asked."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter()


@cache
def page(name: str = "page.html") -> tuple[str, dict[str, str]]:
    """A page and its headers: it runs its own script only, and loads nothing but pictures."""
    text = files("pygmmrec.serving.http").joinpath(name).read_text(encoding="utf-8")
    script = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; connect-src 'self'; "
    )
    policy += "img-src 'self' https: http: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return text, {**headers, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}


@router.get("/", include_in_schema=False)
async def show() -> HTMLResponse:
    """The page. It needs no token, and asks for it where the server does."""
    text, headers = page()
    return HTMLResponse(text, headers=headers)


@router.get("/docs", include_in_schema=False)
async def describe() -> HTMLResponse:
    """What ``/openapi.json`` says, for people; nothing is loaded from elsewhere, so no network is needed."""
    text, headers = page("api.html")
    return HTMLResponse(text, headers=headers)
