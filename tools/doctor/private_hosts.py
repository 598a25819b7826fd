"""Which hosts may be spoken to in clear."""

import ipaddress


def is_private(host: str) -> bool:
    """Whether a host is on this machine or in its network, by its address or by a name that the world does not know."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".internal", ".local", ".cluster.local", ".localhost"))
