#!/bin/sh
# Deploys the release TAG of REPOSITORY: prepares Temporal, replaces the workers, then the apis.
# Stops at the first failure. `docker service update` of Docker 26 succeeds even if Swarm rolls
# back, so the script checks which image runs.
set -eu
stack=${1:-gateway}
images=${REPOSITORY:-approval-gateway}
: "${TAG:?set it to the tag of the images to run}"

update() {
  service=${stack}_$1 image=$2
  shift 2
  echo "$service: $image"
  "$@" --quiet --detach=false --with-registry-auth --image "$image" "$service"
  runs=$(docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}' "$service")
  case $runs in
    "$image" | "$image"@*) ;;
    *) echo "$service failed and rolled back to $runs. See why: docker service ps --no-trunc $service" >&2; exit 1 ;;
  esac
}

# Docker waits forever for a job that fails. `docker service logs` shows why it fails.
update temporal-setup "$images-worker:$TAG" timeout 300 docker service update --force
update worker "$images-worker:$TAG" docker service update
update api "$images-api:$TAG" docker service update
