#!/bin/sh
# Deploys the release TAG of REPOSITORY: prepares Temporal, replaces the workers, then the apis.
#
#   release.sh        forward
#   release.sh back   back, once TAG is the old release: the apis, then the workers
#
# It stops at the first failure. A role that already runs TAG keeps its containers. `docker service
# update` of Docker 26 succeeds even if Swarm rolls back, so the script checks which image runs.
set -eu
stack=${STACK:-gateway}
images=${REPOSITORY:-approval-gateway}
: "${TAG:?set it to the tag of the images to run}"

update() {
  service=${stack}_$1 image=$2
  shift 2
  echo "$service: $image"
  "$@" --quiet --detach=false --with-registry-auth --image "$image" "$service" ||
    { echo "$service did not end its update. See why: docker service ps --no-trunc $service" >&2; exit 1; }
  runs=$(docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}' "$service")
  case $runs in
    "$image" | "$image"@*) ;;
    *) echo "$service failed and rolled back to $runs. See why: docker service ps --no-trunc $service" >&2; exit 1 ;;
  esac
}

workers() {
  update worker "$images-worker:$TAG" docker service update
}

apis() {
  update api "$images-api:$TAG" docker service update
}

case ${1-} in
  "")
    # Docker waits forever for a job that fails. `docker service logs` shows why it fails.
    update temporal-setup "$images-worker:$TAG" timeout 300 docker service update --force
    workers
    apis
    ;;
  back)
    apis
    workers
    ;;
  *) echo "usage: release.sh [back]" >&2; exit 2 ;;
esac
