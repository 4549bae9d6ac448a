"""The web applications: /healthz (liveness), /readyz (readiness, with reasons), /healthz/data and /metrics for
whoever runs the bot; webhooks for platforms; pages for the practice. Each has a port of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from bot.logs.setup import unexpected
from bot.rules.delivery.health import Check, SourceHealth
from bot.server.http.metrics import Metrics
from bot.server.http.single_flight import SingleFlight

T = TypeVar("T")
#: Status, headers and body of an answer.
Answered = tuple[int, dict[str, str], str]

#: More bytes than any platform sends; a longer body is not read.
LONGEST = 1_000_000


@dataclass(frozen=True)
class Rider:
    """A platform that calls in by POST. Headers are in lower case.

    `refusal` answers a request that its headers alone condemn, before its body is read; None reads on. `longest` are
    the bytes of its longest body.
    """

    answer: Callable[[bytes, Mapping[str, str]], Awaitable[Answered]]
    refusal: Callable[[Mapping[str, str]], Answered | None] = lambda headers: None
    longest: int = LONGEST


#: A monitor that waits longer has given up.
ANSWERS_WITHIN = 5.0


def watched(
    ready: Callable[[], Sequence[Check]],
    data: Callable[[], Sequence[SourceHealth]],
    metrics: Metrics,
    seconds: float = ANSWERS_WITHIN,
) -> FastAPI:
    """Build the application of health and metrics. It asks for no password.

    `ready` and `data` ask the database and may be slow: each runs in a thread, one call at a time.
    """
    app = _bare()
    checks: SingleFlight[Sequence[Check]] = SingleFlight(ready, seconds)
    text = SingleFlight(metrics.text, seconds)
    sources: SingleFlight[Sequence[SourceHealth] | None] = SingleFlight(data, seconds)

    @app.get("/healthz")
    async def healthz() -> Response:
        return PlainTextResponse("alive\n")

    @app.get("/readyz")
    async def readyz() -> Response:
        late = (Check("database", False, "it does not answer"),)
        found = await _read(checks, late, (Check("database", False, "it cannot be asked"),))
        is_ready = all(check.ok for check in found)
        content = {"ready": is_ready, "checks": {check.name: check.says for check in found}}
        return JSONResponse(content, 200 if is_ready else 503)

    @app.get("/healthz/data")
    async def of_the_data() -> Response:
        """Answer 503 where a source is not to be relied on: a bot that serves may still have no export of this
        morning.
        """
        found = await _read(sources, None, None)
        ok = found is not None and all(each.state == "ok" for each in found)  # not ok where the database is silent
        each_source = {each.source: {k: v for k, v in each._asdict().items() if k != "source"} for each in found or ()}
        return JSONResponse({"ok": ok, "sources": each_source}, 200 if ok else 503)

    @app.get("/metrics")
    async def figures() -> Response:
        try:
            return Response(await text(), media_type=CONTENT_TYPE_LATEST)
        except TimeoutError:
            return PlainTextResponse("The database does not answer.\n", status_code=503)

    return app


def platforms(riders: Mapping[str, Rider]) -> FastAPI:
    """Build the application that platforms call, each at its path, and nothing else."""
    app = _bare()
    for path, rider in riders.items():
        app.router.add_route(path, _riding(rider), methods=["POST"])
    return app


def pages(router: APIRouter, refused: Callable[[Request, Exception], Response]) -> FastAPI:
    """Build an application of pages alone, those of the practice; `refused` says why there is none."""
    app = _bare()
    app.include_router(router)
    for fault in (StarletteHTTPException, Exception):
        app.add_exception_handler(fault, refused)
    return app


def _bare() -> FastAPI:
    return FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


def _riding(rider: Rider) -> Callable[[Request], Awaitable[Response]]:
    """Return the route of a platform: it judges the headers, reads the body and hands it to the platform."""

    async def answer(request: Request) -> Response:
        if refused := rider.refusal(request.headers):
            return _last(*refused)
        if int(request.headers.get("content-length", 0)) > rider.longest:
            return _last(413)
        body = bytearray()
        try:
            async for part in request.stream():
                body += part
                if len(body) > rider.longest:
                    return _last(413)
        except ClientDisconnect:  # it went away, or took too long: nobody is there to be answered
            return _last(400)
        status, headers, text = await rider.answer(bytes(body), request.headers)
        return Response(text, status, headers)

    return answer


def _last(status: int, headers: Mapping[str, str] | None = None, text: str = "") -> Response:
    """Return an answer after which the connection is closed: the rest of the request is not read."""
    return Response(text, status, {**(headers or {}), "connection": "close"})


async def _read(flight: SingleFlight[T], late: T, failed: T) -> T:
    """Return the database's answer; `late` where it does not answer in time, `failed` where it cannot be asked."""
    try:
        return await flight()
    except TimeoutError:
        return late
    except Exception as fault:
        unexpected(fault)
        return failed
