"""`python tools/seed_candidate.py [--url … --secret … --count N]`: sends demo candidates.

It uses only the gateway's public API, and imports nothing from the product.
"""

import argparse
import os
import sys
import time
from typing import Any

import httpx

_DEVELOPMENT_SECRET = "development-only-core-secret-0123456789"  # noqa: S105  # what `make dev` runs with
_SAMPLES: tuple[dict[str, Any], ...] = (
    {
        "platform": "linkedin",
        "persona": "smart",
        "source_author": "Mary Major",
        "source_text": "Tried the beta at a friend's, and now I want one. When is it my turn?",
        "proposed_text": "Thanks for the kind words! The beta opens on Monday; we will send you an invitation.",
        "risk_flags": [],
    },
    {
        "platform": "x",
        "persona": "normal",
        "source_author": "@jane",
        "source_text": "It crashed again, third time this week. Is anybody even looking at this?",
        "proposed_text": "We hear you. A fix is on its way, and you will not have to do anything.",
        "risk_flags": ["mentions a fix"],
    },
    {
        "platform": "reddit",
        "persona": "technical",
        "source_author": "u/frugal_sensor",
        "source_text": "How often does it poll?\nMy battery is gone by noon.",
        "proposed_text": "It polls every 30 s by default;\nset `interval` to change that.",
        "risk_flags": ["technical claim"],
    },
)


def main() -> int:
    options = _options()
    headers = {"Authorization": f"Bearer {options.secret}"}
    # An explicit transport ignores proxy settings; with wrong ones, httpx would not start.
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
    parser.add_argument(
        "--url",
        default=os.environ.get("GATEWAY_URL", "http://localhost:8080"),
        help="the gateway (default: GATEWAY_URL, or else %(default)s)",
    )
    parser.add_argument(
        "--secret",
        default=secret,
        help="WEBHOOK_SIGNING_SECRET (default: from the environment, not from SECRETS_DIR)",
    )
    parser.add_argument("--count", type=int, default=1, help="how many candidates (default: %(default)s)")
    parser.add_argument("--brand", default="b_demo", help="brand id (default: %(default)s)")
    parser.add_argument("--deadline-sec", type=int, default=900, help="seconds to decide (default: %(default)s)")
    parser.add_argument("--owner-whatsapp", help="whatsapp:+… (default: the brand's owners, or OWNER_WA_NUMBER)")
    parser.add_argument("--owner-imessage", help="e-mail or phone (default: the brand's owners, or PHOTON_TO)")
    return parser.parse_args()


def _candidate(number: int, options: argparse.Namespace) -> dict[str, Any]:
    return {
        **_SAMPLES[number % len(_SAMPLES)],
        "id": f"cr_demo_{int(time.time())}_{number}",
        "brand_id": options.brand,
        "source_ref": f"post_{number}",
        "context_url": f"https://example.com/posts/{number}",
        "deadline_sec": options.deadline_sec,
        "owner_whatsapp": options.owner_whatsapp,
        "owner_imessage": options.owner_imessage,
    }


def _advice(options: argparse.Namespace) -> str:
    return f"""
What to do next
  Answer on the phone; with make dev, on the page "Owner's phone" that it names.
    yes <number> | no <number> | edit <number>: your text | help
  The rate limit spaces the prompts of one brand, so the next ones arrive a little later.
  To see their state:
    curl -H "Authorization: Bearer $WEBHOOK_SIGNING_SECRET" '{options.url}/activity?brand_id={options.brand}'"""


if __name__ == "__main__":
    sys.exit(main())
