"""What is answered where there is no answer: a status, and one sentence as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException


class Refusal(Exception):
    """A request that is not answered.

    Args:
        status: Status of HTTP.
        detail: Why, and what to do about it.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


@contextmanager
def refusing(status: int = 422) -> Iterator[None]:
    """Make a refusal of a :class:`ValueError`, which names the argument and what it needs to be."""
    try:
        yield
    except ValueError as error:
        raise Refusal(status, str(error)) from error


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The response for a refusal: ``{"detail": "..."}``."""
    return JSONResponse({"detail": detail}, status, headers)


def install(app: FastAPI) -> None:
    """Let an application answer all that it refuses in this one shape."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> JSONResponse:
        return problem(error.status, error.detail)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return problem(422, "; ".join(map(_said, error.errors())))

    @app.exception_handler(HTTPException)
    async def stopped(request: Request, error: HTTPException) -> JSONResponse:
        headers = None if error.headers is None else dict(error.headers)
        return problem(error.status_code, str(error.detail), headers)


def _said(error: dict[str, object]) -> str:
    place = error["loc"]
    assert isinstance(place, tuple)
    return f"{'.'.join(map(str, place))}: {error['msg']}"
