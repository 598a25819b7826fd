#!/bin/sh
# Releases what kustomization.yaml describes: prepares Temporal if the component setup is on, then
# replaces the workers, then the apis. It stops if one step fails; the old pods keep serving.
set -eu
folder=$(dirname "$0")
worker=approval-gateway-worker api=approval-gateway-api

gateway() {
  kubectl --namespace approval-gateway "$@"
}

conditions_of() {
  gateway get "$1" --output='jsonpath={.status.conditions[?(@.status=="True")].type}'
}

kubectl apply --kustomize "$folder" --selector="app.kubernetes.io/name notin ($worker, $api)"

if kubectl kustomize "$folder" | grep -q '^kind: CronJob'; then
  job=$(gateway create job "setup-temporal-$(date +%s)" --from=cronjob/setup-temporal --output=name)
  echo "waiting for $job"
  while :; do
    case " $(conditions_of "$job") " in
      *" Complete "*) break ;;
      *" Failed "*) gateway logs "$job" || true; echo "$job failed" >&2; exit 1 ;;
    esac
    sleep 2
  done
fi

kubectl apply --kustomize "$folder" --selector="app.kubernetes.io/name=$worker"
gateway rollout status "deployment/$worker"
kubectl apply --kustomize "$folder"
gateway rollout status "deployment/$api"
