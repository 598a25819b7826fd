"""Who may call: core, the sidecar and operators by a secret, Twilio by its signature. Each check is a dependency."""

import hmac
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials, HTTPBearer

from api.gateway import GatewayDep
from domain.errors import ForgedWebhookError, SignInRequiredError, UnauthenticatedError

_core = HTTPBearer(scheme_name="core", description="WEBHOOK_SIGNING_SECRET", auto_error=False)
_sidecar = HTTPBearer(scheme_name="sidecar", description="PHOTON_WEBHOOK_SECRET", auto_error=False)
_operator = HTTPBearer(scheme_name="operator", description="CODEC_SECRETS", auto_error=False)
_browser = HTTPBasic(scheme_name="operator-browser", description="CODEC_SECRETS as password", auto_error=False)
_Core = Annotated[HTTPAuthorizationCredentials | None, Depends(_core)]
_Sidecar = Annotated[HTTPAuthorizationCredentials | None, Depends(_sidecar)]

_Operator = Annotated[HTTPAuthorizationCredentials | None, Depends(_operator)]
_Browser = Annotated[HTTPBasicCredentials | None, Depends(_browser)]


def authenticate_core(credentials: _Core, gateway: GatewayDep) -> None:
    _require(credentials, gateway.core_secrets, "send Authorization: Bearer <WEBHOOK_SIGNING_SECRET>")


def authenticate_sidecar(credentials: _Sidecar, gateway: GatewayDep) -> None:
    _require(credentials, gateway.photon_secrets, "send the Authorization header that the subscription carries")


def authenticate_operator(bearer: _Operator, basic: _Browser, gateway: GatewayDep) -> None:
    """Take the secret as the CLI sends it, or as a browser does that was asked for a password."""
    given = bearer.credentials if bearer else basic.password if basic else ""
    if not _is_one_of(given, gateway.codec_secrets):
        raise SignInRequiredError("send one of CODEC_SECRETS as Bearer secret, or as password")


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
    if not _is_one_of(credentials.credentials if credentials else "", secrets):
        raise UnauthenticatedError(advice)


def _is_one_of(given: str, secrets: Iterable[str]) -> bool:
    """Compare with every accepted secret, each in constant time."""
    matches = [hmac.compare_digest(given.encode(), secret.encode()) for secret in secrets]
    return any(matches)
