"""Liveness, readiness and metrics."""

import asyncio
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.gateway import GatewayDep
from api.health.probes import OK, VITAL, Probe, State, slow
from api.http.authentication import is_core

Latched = Annotated[
    bool,
    Query(
        description="Checks only Temporal (with one process, the worker too), and only until it is ready once;"
        " after that the answer is always 200."
    ),
]

SEEN_CALLER = "X-Seen-Caller"
"""The header with the scheme and address that the edge sees, for callers with core's secret.

The doctor compares them with its own, to see whether the edge trusts its proxy.
"""

_PATIENCE_SEC = 4.0

router = APIRouter(tags=["health"])


@router.get("/", operation_id="getService")
async def get_root(request: Request, response: Response) -> dict[str, str]:
    """Names the service; platforms use this route as a health check."""
    if await is_core(request):
        response.headers[SEEN_CALLER] = f"{request.url.scheme} {request.client.host if request.client else 'unknown'}"
    return {"service": "brandpilot-approval-gateway", "status": OK}


@router.get("/healthz", operation_id="getLiveness")
async def get_liveness() -> dict[str, str]:
    """Answers while the process serves requests."""
    return {"status": OK}


@router.get(
    "/readyz",
    operation_id="getReadiness",
    responses={503: {"description": "Temporal is unreachable, or refuses the gateway."}},
)
async def get_readiness(gateway: GatewayDep, *, latched: Latched = False) -> JSONResponse:
    """Returns the state of each dependency.

    The edge is unready only if Temporal is away or refuses it.
    """
    asked = {VITAL: gateway.was_well} if latched else gateway.probes
    states = await asyncio.gather(*(_state(name, probe, latched=latched) for name, probe in asked.items()))
    dependencies = {name: state.words for name, state in zip(asked, states, strict=True)}
    is_ready = all(state.is_ready for state in states)
    body = {"status": OK if is_ready else "unavailable", "dependencies": dependencies}
    return JSONResponse(body, 200 if is_ready else 503)


@router.get("/metrics", operation_id="getMetrics", response_class=PlainTextResponse)
async def get_metrics(gateway: GatewayDep) -> Response:
    """Returns this process's metrics for Prometheus.

    Values that cannot be read in time are left out.
    """
    return Response(await gateway.metrics(), media_type=CONTENT_TYPE_PLAIN_0_0_4)


async def _state(name: str, probe: Probe, *, latched: bool) -> State:
    try:
        async with asyncio.timeout(_PATIENCE_SEC):
            return await probe()
    except TimeoutError:
        if name != VITAL:
            return State("does not answer")
        return replace(slow(_PATIENCE_SEC), is_ready=not latched)
