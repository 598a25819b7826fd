"""The limit on this process's open files; each connection is one."""

import resource

_ENOUGH = 65_536


def raise_limit() -> int:
    """Raises the limit up to 65,536, if allowed, and returns it. Many systems start at 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return _ENOUGH if soft == resource.RLIM_INFINITY else soft
