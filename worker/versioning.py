"""The worker's version, and what happens to runs when another version becomes current."""

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

from adapters.config.settings import Settings, Versioning
from domain.identifiers import DEPLOYMENT

_UNVERSIONED = "unversioned"
"""Our own name, because the SDK would otherwise hash every loaded module at each start."""

_BEHAVIORS = {
    Versioning.AUTO_UPGRADE: VersioningBehavior.AUTO_UPGRADE,
    Versioning.PINNED: VersioningBehavior.PINNED,
}


def deployment_config(settings: Settings) -> WorkerDeploymentConfig:
    """Versions the worker if it has a build id.

    Nothing runs on it until an operator makes that version current.
    """
    version = WorkerDeploymentVersion(DEPLOYMENT, settings.worker_build_id or _UNVERSIONED)
    if not settings.worker_build_id:
        return WorkerDeploymentConfig(version, use_worker_versioning=False)
    return WorkerDeploymentConfig(
        version,
        use_worker_versioning=True,
        default_versioning_behavior=_BEHAVIORS[settings.worker_versioning],
    )
