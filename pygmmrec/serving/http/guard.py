"""What a request has to pass before anything of it is read: its token, and the size of its body."""

from __future__ import annotations

import hmac
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pygmmrec.serving.http.refusal import problem


class Guard:
    """Refuses requests without the token, with 401, and those with too long a body, with 413.

    Args:
        app: The application.
        token: What ``Authorization: Bearer ...`` has to say. (default: ``None``, nothing)
        max_body: Bytes of a body, at most.
        open_paths: Paths that need no token.
    """

    def __init__(self, app: ASGIApp, token: str | None, max_body: int, open_paths: Collection[str]) -> None:
        self._app, self._max_body, self._open = app, max_body, frozenset(open_paths)
        self._wanted = None if token is None else f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if not self._may(scope["path"], headers.get(b"authorization", b"")):
            told = "This needs the token of the server, as in 'Authorization: Bearer TOKEN'"
            refused = problem(401, told, {"WWW-Authenticate": "Bearer"})
            await refused(scope, receive, send)
            return
        length = headers.get(b"content-length", b"0")
        too_long = length.isdigit() and int(length) > self._max_body
        body = None if too_long else await self._read(receive)
        if body is None:
            told = f"A body may have {self._max_body} bytes. Ask for fewer at a time"
            await problem(413, told, {"Connection": "close"})(scope, receive, send)
            return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()  # the client goes away
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)

    def _may(self, path: str, said: bytes) -> bool:
        return self._wanted is None or path in self._open or hmac.compare_digest(said, self._wanted)

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body, or ``None`` if it is too long."""
        parts, size = [], 0
        while True:
            message = await receive()
            part = message.get("body", b"")
            size += len(part)
            if size > self._max_body:
                return None
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)
