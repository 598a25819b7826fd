"""Which version of the code this worker says that it is, and what becomes of runs when another is made current."""

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

from adapters.config.settings import Settings, Versioning
from domain.identifiers import DEPLOYMENT

_UNVERSIONED = "unversioned"
"""Without a name of ours, the SDK would hash every loaded module at each start to make one."""

_BEHAVIORS = {
    Versioning.AUTO_UPGRADE: VersioningBehavior.AUTO_UPGRADE,
    Versioning.PINNED: VersioningBehavior.PINNED,
}


def deployment_config(settings: Settings) -> WorkerDeploymentConfig:
    """Version the worker if it has a build id; then nothing runs on it until an operator makes that version current."""
    version = WorkerDeploymentVersion(DEPLOYMENT, settings.worker_build_id or _UNVERSIONED)
    if not settings.worker_build_id:
        return WorkerDeploymentConfig(version, use_worker_versioning=False)
    return WorkerDeploymentConfig(
        version,
        use_worker_versioning=True,
        default_versioning_behavior=_BEHAVIORS[settings.worker_versioning],
    )
