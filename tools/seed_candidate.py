"""`python tools/seed_candidate.py [--url … --secret … --count N]`: sends demo candidates, and says what to do next.

It knows the gateway's contract alone, and imports nothing of the product.
"""

import argparse
import os
import sys
import time
from typing import Any

import httpx

_DEVELOPMENT_SECRET = "development-only-core-secret-0123456789"  # noqa: S105  # what `make dev` runs with
_DRAFTS: tuple[tuple[str, str, str, list[str]], ...] = (
    ("linkedin", "smart", "Thanks for the kind words! The beta opens on Monday; we will send you an invitation.", []),
    ("x", "normal", "We hear you. A fix is on its way, and you will not have to do anything.", ["mentions a fix"]),
    ("reddit", "technical", "It polls every 30 s by default;\nset `interval` to change that.", ["technical claim"]),
)


def main() -> int:
    options = _options()
    headers = {"Authorization": f"Bearer {options.secret}"}
    # A transport of our own: no proxy is used, and none that is set for other programs keeps this one from starting.
    with httpx.Client(transport=httpx.HTTPTransport(), base_url=options.url, headers=headers, timeout=15) as http:
        for number in range(options.count):
            candidate = _candidate(number, options)
            try:
                response = http.post("/candidate", json=candidate)
            except httpx.HTTPError as error:
                print(f"No answer from {options.url}: {error}. Is the gateway running (make dev)?", file=sys.stderr)
                return 1
            if response.status_code != httpx.codes.ACCEPTED:
                print(f"{candidate['id']}: refused with {response.status_code}: {response.text}", file=sys.stderr)
                return 1
            print(f"{candidate['id']}: {response.json()['status']} for {', '.join(response.json()['channels'])}")
    print(_advice(options))
    return 0


def _options() -> argparse.Namespace:
    secret = os.environ.get("WEBHOOK_SIGNING_SECRET", _DEVELOPMENT_SECRET).partition(",")[0]
    parser = argparse.ArgumentParser(description="Send demo candidates to an approval gateway.")
    parser.add_argument("--url", default="http://localhost:8080", help="the gateway (default: %(default)s)")
    parser.add_argument(
        "--secret",
        default=secret,
        help="WEBHOOK_SIGNING_SECRET (default: from the environment; SECRETS_DIR is not read)",
    )
    parser.add_argument("--count", type=int, default=1, help="how many (default: %(default)s)")
    parser.add_argument("--brand", default="b_demo", help="brand id (default: %(default)s)")
    parser.add_argument("--deadline-sec", type=int, default=900, help="seconds to decide (default: %(default)s)")
    parser.add_argument("--owner-whatsapp", help="whatsapp:+… (default: the brand's owners, or OWNER_WA_NUMBER)")
    parser.add_argument("--owner-imessage", help="e-mail or phone (default: the brand's owners, or PHOTON_TO)")
    return parser.parse_args()


def _candidate(number: int, options: argparse.Namespace) -> dict[str, Any]:
    platform, persona, text, risk_flags = _DRAFTS[number % len(_DRAFTS)]
    return {
        "id": f"cr_demo_{int(time.time())}_{number}",
        "brand_id": options.brand,
        "platform": platform,
        "source_ref": f"post_{number}",
        "proposed_text": text,
        "persona": persona,
        "context_url": f"https://example.com/posts/{number}",
        "risk_flags": risk_flags,
        "deadline_sec": options.deadline_sec,
        "owner_whatsapp": options.owner_whatsapp,
        "owner_imessage": options.owner_imessage,
    }


def _advice(options: argparse.Namespace) -> str:
    return f"""
What to do next
  Answer on the phone; with make dev that is the page whose address it printed.
    approve <id> | skip <id> | edit <id>: your text | help
  Prompts of one brand are spaced by the rate limit, so the next ones follow a little later.
  See where they stand:
    curl -H 'Authorization: Bearer <secret>' '{options.url}/activity?brand_id={options.brand}'"""


if __name__ == "__main__":
    sys.exit(main())
