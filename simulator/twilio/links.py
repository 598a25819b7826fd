"""Where WhatsApp finds links and e-mail addresses in a text; it formats nothing inside them."""

import re

_HOST = r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?P<{}>[^\W\d_]{{2,}})"
_REST = r"(?::\d+)?(?:[/?#][^\s`\"<>]*)?"
_MAIL = rf"(?<![\w.+-])[\w.+*~-]+@{_HOST.format('mail')}"
_WITH_SCHEME = rf"https?://(?:[^\s/@`\"<>]+@)?{_HOST.format('site')}{_REST}"
_BARE = rf"(?<![\w/.@:-]){_HOST.format('bare')}(?![\w@]){_REST}"
_LINK = re.compile(f"{_MAIL}|{_WITH_SCHEME}|{_BARE}", re.IGNORECASE)
_NOT_AT_THE_END = "*_~.,:;!?'’”"  # noqa: RUF001  # typographic quotation marks
_TOP_LEVEL_DOMAINS = {"com", "org", "net", "edu", "gov", "info", "biz", "app", "dev", "page", "blog", "shop", "news"}
"""Those common in drafts, in addition to two-letter country domains; WhatsApp knows all."""


def links(text: str) -> list[range]:
    """Finds links, with or without https://, and e-mail addresses."""
    return [
        range(link.start(), link.start() + len(link[0].rstrip(_NOT_AT_THE_END)))
        for link in _LINK.finditer(text)
        if _is_known((link["mail"] or link["site"] or link["bare"]).lower())
    ]


def _is_known(domain: str) -> bool:
    return len(domain) == len("mx") or domain in _TOP_LEVEL_DOMAINS
