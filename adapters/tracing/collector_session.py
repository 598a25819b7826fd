"""How spans are sent: directly, or through the proxy that other requests go through, too."""

from typing import Any, cast
from urllib.parse import urlsplit

import requests

from adapters.http import proxies


class CollectorSession(requests.Session):
    """requests would use a proxy for private hosts, too, and end at one that is a SOCKS proxy."""

    def merge_environment_settings(self, url: Any, *arguments: Any, **options: Any) -> Any:
        merged = super().merge_environment_settings(url, *arguments, **options)
        parts = urlsplit(str(url))
        proxy = proxies.proxy_for(cast("proxies.Scheme", parts.scheme), parts.hostname or "")
        return {**merged, "proxies": {parts.scheme: proxy} if proxy else {}}
