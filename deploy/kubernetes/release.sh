#!/bin/sh
# Replaces what runs by what the files describe: a release, a setting, or a secret. It prepares
# Temporal if the component setup is on, then replaces the workers, then the apis.
#
#   release.sh        forward
#   release.sh back   back, once the files have the old tag, settings and secrets again: the apis
#                     first, then the workers, without preparing Temporal
#
# It stops if one step fails; the old pods keep serving. A role that already runs what the files
# describe keeps its pods.
set -eu
folder=$(dirname "$0")
worker=approval-gateway-worker api=approval-gateway-api

gateway() {
  kubectl --namespace approval-gateway "$@"
}

conditions_of() {
  gateway get "$1" --output='jsonpath={.status.conditions[?(@.status=="True")].type}'
}

prepare_temporal() {
  rendered=$(kubectl kustomize "$folder")
  printf '%s\n' "$rendered" | grep -q '^kind: CronJob' || return 0
  job=$(gateway create job "setup-temporal-$(date +%s)" --from=cronjob/setup-temporal --output=name)
  echo "waiting for $job"
  while :; do
    case " $(conditions_of "$job") " in
      *" Complete "*) break ;;
      *" Failed "*) gateway logs "$job" || true; echo "$job failed: no pod was replaced" >&2; exit 1 ;;
    esac
    sleep 2
  done
}

# A new Deployment has one pod until its autoscaler has seen it, and would count as complete.
replace() {
  kubectl apply --kustomize "$folder" --selector="app.kubernetes.io/name=$1"
  least=$(gateway get "horizontalpodautoscaler/$1" --output='jsonpath={.spec.minReplicas}')
  tries=0
  until replicas=$(gateway get "deployment/$1" --output='jsonpath={.spec.replicas}') && [ "$replicas" -ge "$least" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 150 ] || { echo "$1 has fewer pods than its autoscaler's $least" >&2; exit 1; }
    sleep 2
  done
  gateway rollout status "deployment/$1" || { echo "$1 does not get ready: its old pods serve" >&2; exit 1; }
}

case ${1-} in
  "") first=$worker second=$api ;;
  back) first=$api second=$worker ;;
  *) echo "usage: release.sh [back]" >&2; exit 2 ;;
esac
kubectl apply --kustomize "$folder" --selector="app.kubernetes.io/name notin ($worker, $api)"
[ "$first" = "$api" ] || prepare_temporal
replace "$first"
replace "$second"
