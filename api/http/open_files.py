"""How many files this process may have open; each connection is one."""

import resource

_ENOUGH = 65_536


def raise_limit() -> int:
    """Raise the limit as far as this process may, within reason; return it. Systems begin with 1,024 often."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return _ENOUGH if soft == resource.RLIM_INFINITY else soft
