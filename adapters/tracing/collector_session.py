"""Sends spans directly, or through the same proxy as other requests."""

from typing import Any, cast
from urllib.parse import urlsplit

import requests

from adapters.http import proxies


class CollectorSession(requests.Session):
    """A session with the gateway's choice of proxy.

    requests itself would use a proxy for private hosts too, and fail with a SOCKS proxy.
    """

    def merge_environment_settings(self, url: Any, *arguments: Any, **options: Any) -> Any:
        merged = super().merge_environment_settings(url, *arguments, **options)
        parts = urlsplit(str(url))
        proxy = proxies.proxy_for(cast("proxies.Scheme", parts.scheme), parts.hostname or "")
        return {**merged, "proxies": {parts.scheme: proxy} if proxy else {}}
