#!/bin/sh
# Deletes the settings and secrets of revisions to which no rollback is possible any more. Each
# change leaves a ConfigMap or a Secret behind, and a Deployment keeps its last five revisions.
set -eu

gateway() {
  kubectl --namespace approval-gateway "$@"
}

used=$(gateway get deployments,replicasets,cronjobs,jobs,pods \
  --output='jsonpath={..configMapRef.name} {..secretRef.name} {..configMap.name} {..secretName}')
made=$(gateway get configmaps,secrets --selector=app.kubernetes.io/part-of=approval-gateway --output=name)
for one in $made; do
  case " $used " in
    *" ${one#*/} "*) ;;
    *) gateway delete "$one" ;;
  esac
done
