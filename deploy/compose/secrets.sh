#!/bin/sh
# Makes the files of secrets that docker-compose.prod.yml mounts, in ./secrets or the folder that is named; keeps those
# that are there. What others give you, and what is only needed for some, starts empty, which counts as absent; only
# redis_url is always needed.
set -eu
folder=${1:-secrets}

# The folder keeps others on this machine out. Its files are readable, for the container's user is nobody here.
mkdir -p "$folder"
chmod 700 "$folder"

make() {
  [ -e "$folder/$1" ] || printf '%s' "$2" > "$folder/$1"
  chmod 644 "$folder/$1"
}

make webhook_signing_secret "$(openssl rand -hex 32)"
make core_decision_webhook_signing_key "whsec_$(openssl rand -base64 32)"
make payload_encryption_keys "k1:$(openssl rand -base64 32)"
make photon_webhook_secret "$(openssl rand -hex 32)"
for name in redis_url temporal_api_key twilio_auth_token core_decision_webhook_signing_secret codec_secrets; do
  make "$name" ''
done

find "$folder" -type f -empty | sort |
  sed -e '/\/redis_url$/s/^/empty, for you to fill in: /;t' -e 's/^/empty, for you to fill in if you need it: /'
