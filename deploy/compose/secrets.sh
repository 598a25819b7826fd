#!/bin/sh
# Creates the files of secrets that docker-compose.prod.yml mounts, in ./secrets or in the folder
# given as argument, and keeps existing ones. Secrets from others, and optional ones, start empty,
# which counts as absent. Of these, only redis_url is always needed.
set -eu
folder=${1:-secrets}

# The folder keeps out other users of this machine. Its files are readable, because the container's
# user does not exist here.
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
  sed -e '/\/redis_url$/s/^/empty, fill it in: /;t' -e 's/^/empty, fill it in if you need it: /'
