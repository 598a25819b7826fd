"""Who may call: core and the sidecar by a Bearer secret, Twilio by its signature. Each check is a dependency."""

import hmac
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.gateway import GatewayDep
from domain.errors import ForgedWebhookError, UnauthenticatedError

_core = HTTPBearer(scheme_name="core", description="WEBHOOK_SIGNING_SECRET", auto_error=False)
_sidecar = HTTPBearer(scheme_name="sidecar", description="PHOTON_WEBHOOK_SECRET", auto_error=False)
_Core = Annotated[HTTPAuthorizationCredentials | None, Depends(_core)]
_Sidecar = Annotated[HTTPAuthorizationCredentials | None, Depends(_sidecar)]


def authenticate_core(credentials: _Core, gateway: GatewayDep) -> None:
    _require(credentials, gateway.core_secrets, "send Authorization: Bearer <WEBHOOK_SIGNING_SECRET>")


def authenticate_sidecar(credentials: _Sidecar, gateway: GatewayDep) -> None:
    _require(credentials, gateway.photon_secrets, "send the Authorization header that the subscription carries")


async def authenticate_twilio(request: Request, gateway: GatewayDep) -> dict[str, str]:
    """Check the signature over the URL that Twilio called, behind a proxy PUBLIC_BASE_URL's; give the form signed."""
    form = parse_qsl((await request.body()).decode("utf-8", errors="replace"), keep_blank_values=True)
    url = str(request.url)
    if gateway.public_base_url:
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{gateway.public_base_url}{request.url.path}{query}"
    signature = request.headers.get("X-Twilio-Signature")
    if gateway.signatures is None or not gateway.signatures.is_valid(url, form, signature):
        raise ForgedWebhookError("the signature is missing or wrong; is PUBLIC_BASE_URL the URL that Twilio calls?")
    return dict(form)


def _require(credentials: HTTPAuthorizationCredentials | None, secrets: Iterable[str], advice: str) -> None:
    """Compare with every accepted secret, each in constant time."""
    given = credentials.credentials.encode() if credentials else b""
    matches = [hmac.compare_digest(given, secret.encode()) for secret in secrets]
    if not any(matches):
        raise UnauthenticatedError(advice)
