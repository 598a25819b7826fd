#!/bin/sh
# Deploys the release TAG of REPOSITORY: prepares Temporal, replaces the workers, then the apis, and stops at the first
# that fails. `docker service update` of Docker 26 succeeds even if Swarm has gone back; so this looks at what runs.
set -eu
stack=${1:-gateway}
images=${REPOSITORY:-approval-gateway}
: "${TAG:?the release, as the images are tagged}"

update() {
  service=${stack}_$1 image=$2
  shift 2
  echo "$service: $image"
  "$@" --quiet --detach=false --with-registry-auth --image "$image" "$service"
  runs=$(docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}' "$service")
  case $runs in
    "$image" | "$image"@*) ;;
    *) echo "$service failed, and went back to $runs: docker service ps --no-trunc $service" >&2; exit 1 ;;
  esac
}

# A job that fails would be waited for without end; docker service logs says why it does.
update temporal-setup "$images-worker:$TAG" timeout 300 docker service update --force
update worker "$images-worker:$TAG" docker service update
update api "$images-api:$TAG" docker service update
