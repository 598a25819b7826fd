"""Authentication: core, the sidecar and operators by a secret, Twilio by its signature."""

import hmac
from collections.abc import Iterable
from typing import cast
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBearer

from api.gateway import gateway_of
from domain.errors import (
    BodyTooLongError,
    ForgedWebhookError,
    SignInRequiredError,
    SplicedWebhookError,
    UnauthenticatedError,
)

core_secret = HTTPBearer(scheme_name="core", description="WEBHOOK_SIGNING_SECRET", auto_error=False)
sidecar_secret = HTTPBearer(scheme_name="sidecar", description="PHOTON_WEBHOOK_SECRET", auto_error=False)
operator_secret = HTTPBearer(scheme_name="operator", description="CODEC_SECRETS", auto_error=False)
operator_password = HTTPBasic(scheme_name="operator-browser", description="CODEC_SECRETS as password", auto_error=False)

_MOST_FIELDS = 200
"""The most fields in a form. Twilio sends about thirty; its validator takes quadratic time."""


async def authenticate_core(request: Request) -> None:
    secrets = gateway_of(request).core_secrets
    _require(await core_secret(request), secrets, "send Authorization: Bearer <WEBHOOK_SIGNING_SECRET>")


async def is_core(request: Request) -> bool:
    """Returns whether a request that anybody may send carries core's secret."""
    given = await core_secret(request)
    return given is not None and _is_one_of(given.credentials, gateway_of(request).core_secrets)


async def authenticate_sidecar(request: Request) -> None:
    gateway = gateway_of(request)
    advice = "send the Authorization header that the subscription carries"
    try:
        _require(await sidecar_secret(request), gateway.photon_secrets, advice)
    except UnauthenticatedError:
        gateway.sidecar_replies.refused()
        raise


async def authenticate_operator(request: Request) -> None:
    """Accepts the secret as a Bearer token (the CLI), or as a Basic password (a browser)."""
    bearer, basic = await operator_secret(request), await operator_password(request)
    given = bearer.credentials if bearer else basic.password if basic else ""
    if not _is_one_of(given, gateway_of(request).codec_secrets):
        raise SignInRequiredError("send one of CODEC_SECRETS as a Bearer token, or as the password")


async def authenticate_twilio(request: Request) -> None:
    """Checks Twilio's signature, and how the form is split into fields.

    The signature covers the URL that Twilio called; behind a proxy, that URL starts with
    PUBLIC_BASE_URL. A form that is longer than any of Twilio's is not read to its end, because its
    sender is unknown.
    """
    gateway = gateway_of(request)
    signature = request.headers.get("X-Twilio-Signature")
    if gateway.signatures is None or gateway.forms is None or not signature:
        raise _forged()
    try:
        body = await request.body()
        form = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except (BodyTooLongError, ValueError):
        raise _forged() from None
    url = str(request.url)
    if gateway.public_base_url:
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{gateway.public_base_url}{request.url.path}{query}"
    if not gateway.signatures.is_valid(url, form, signature):
        raise _forged()
    if not gateway.forms.is_genuine(request.url.query, form, is_status_report="attempt" in request.path_params):
        request.state.is_spliced = True
        raise SplicedWebhookError(
            "the signature is right, but Twilio does not send such a form for this account and number"
        )
    request.state.form = dict(form)


async def signed_form(request: Request) -> dict[str, str]:
    """Returns the form that authenticate_twilio checked; a repeated field has its last value.

    Async, so that FastAPI does not use a thread.
    """
    return cast("dict[str, str]", request.state.form)


def _forged() -> ForgedWebhookError:
    return ForgedWebhookError("the signature is missing or wrong; is PUBLIC_BASE_URL the URL that Twilio calls?")


def _require(credentials: HTTPAuthorizationCredentials | None, secrets: Iterable[str], advice: str) -> None:
    if not _is_one_of(credentials.credentials if credentials else "", secrets):
        raise UnauthenticatedError(advice)


def _is_one_of(given: str, secrets: Iterable[str]) -> bool:
    """Compares with every accepted secret, each in constant time."""
    matches = [hmac.compare_digest(given.encode(), secret.encode()) for secret in secrets]
    return any(matches)
