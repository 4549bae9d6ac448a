"""The web application: /healthz (it lives), /readyz (it can be relied on, or why not), /metrics (figures)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from bot.logs import unexpected
from bot.rules.watched import Check
from bot.serving.metrics import Metrics
from bot.serving.once import Once

#: A monitor that waits longer has given up.
ANSWERS_WITHIN = 5.0


def web(ready: Callable[[], Sequence[Check]], metrics: Metrics, seconds: float = ANSWERS_WITHIN) -> FastAPI:
    """`ready` asks the database and may take its time; it is asked in a thread, by one at a time."""
    app = FastAPI(title="Missing children bot", docs_url=None, redoc_url=None, openapi_url=None)
    checks, text = Once(ready, seconds), Once(metrics.text, seconds)

    @app.get("/healthz")
    async def healthz() -> Response:
        return PlainTextResponse("alive\n")

    @app.get("/readyz")
    async def readyz() -> Response:
        return _as_json(await _checks(checks))

    @app.get("/metrics")
    async def figures() -> Response:
        try:
            return Response(await text(), media_type=CONTENT_TYPE_LATEST)
        except TimeoutError:
            return PlainTextResponse("The database does not answer.\n", status_code=503)

    return app


async def _checks(ask: Once[Sequence[Check]]) -> Sequence[Check]:
    try:
        return await ask()
    except TimeoutError:
        return (Check("database", False, "it does not answer"),)
    except Exception as fault:
        unexpected(fault)
        return (Check("database", False, "it cannot be asked"),)


def _as_json(checks: Sequence[Check]) -> JSONResponse:
    ready = all(c.ok for c in checks)
    said = {c.name: c.says for c in checks}
    return JSONResponse({"ready": ready, "checks": said}, 200 if ready else 503)
