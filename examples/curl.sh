#!/usr/bin/env bash
# Posts a draft and waits for its owner's decision: bash examples/curl.sh
set -euo pipefail

gateway=${GATEWAY_URL:-http://localhost:8080}
secret=${WEBHOOK_SIGNING_SECRET:-development-only-core-secret-0123456789}
id=cr_curl_$(date +%s)

curl -sS -w '\n' "$gateway/candidate" -H "Authorization: Bearer $secret" -H "Content-Type: application/json" -d '{
  "id": "'$id'", "brand_id": "b_curl", "platform": "x", "source_ref": "post_1", "persona": "normal",
  "context_url": "https://x.com/jane/status/1",
  "proposed_text": "We hear you. [simulate: approve after 2s]"}'

curl -sS -w '\n' "$gateway/candidate/$id?wait=50" -H "Authorization: Bearer $secret"
