"""The commands of deploy/nginx/README.md: a certificate, its renewal, and the firewall."""

import asyncio
import re
import shutil
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.faults.test_front_door_stall import WAITS
from tests.harness.acme import acme_server, needs_certbot
from tests.harness.nginx import NAME, Through, debians_nginx, guide_of, needs_nginx, on_this_machine
from tests.harness.processes import free_port, until
from tests.harness.stack import Stack

OWN_NAME = "approvals.your-domain.com"
"""The name in the guide's commands, which the reader replaces."""

NFT = shutil.which("nft")


@needs_nginx
@needs_certbot
async def test_certificate_is_obtained_and_renewed_by_the_commands_of_the_guide(stack: Stack, tmp_path: Path) -> None:
    """Port 80 is enough for the challenge, and nginx uses each new certificate."""
    port, http_port = free_port(), free_port()
    ports, api = {"443": port, "80": http_port}, httpx.URL(stack.gateway_url).port or 0
    here = {"/etc/nginx": str(tmp_path), "/var/www/acme": str(tmp_path / "acme"), OWN_NAME: NAME}
    nginx = debians_nginx(tmp_path)
    async with acme_server(tmp_path, http_port) as server:
        guide = guide_of(tmp_path, **server.environment)
        await guide.run("Install", 0, here)
        for site in (tmp_path / "sites-available").iterdir():
            text = on_this_machine(site.read_text(encoding="utf-8"), tmp_path, ports, [api])
            site.write_text(text.replace("/etc/letsencrypt", str(tmp_path / "letsencrypt")), encoding="utf-8")
        try:
            await nginx.start()
            await guide.run("Certificate", 0, here)
            trust = ssl.create_default_context(cadata=server.root)
            first = await until(lambda: certificate(port, trust))
            async with httpx.AsyncClient(base_url=f"https://{NAME}", transport=Through(port, trust)) as https:
                answer = await https.get("/")
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_port}", headers={"Host": NAME}) as http:
                refused = await http.post("/candidate", json={})

            await guide.run_inline("sudo certbot renew --dry-run", {"--dry-run": "--force-renewal"})
            await until(lambda: certificate(port, trust), lambda served: served != first)
        finally:
            await nginx.stop()

    assert answer.json()["status"] == "ok"
    assert refused.status_code == httpx.codes.FORBIDDEN


async def certificate(port: int, trust: ssl.SSLContext) -> bytes:
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=NAME)
    try:
        return bytes(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
    finally:
        writer.close()


@needs_nginx
async def test_commands_of_the_guide_give_nginx_the_connections_of_all_waits(tmp_path: Path) -> None:
    """Each wait takes two, and nginx accepts the changed file."""
    debians_nginx(tmp_path)
    await guide_of(tmp_path).run("Connections", 0, {"/etc/nginx": str(tmp_path)})
    (connections,) = re.findall(r"worker_connections (\d+);", (tmp_path / "nginx.conf").read_text(encoding="utf-8"))

    assert int(connections) > 2 * WAITS


def may_check_rules() -> bool:
    return NFT is not None and subprocess.run([NFT, "list", "tables"], capture_output=True, check=False).returncode == 0  # noqa: S603


@pytest.mark.skipif(not may_check_rules(), reason="nft is not installed, or the user may not use it")
async def test_firewall_of_the_guide_is_valid(tmp_path: Path) -> None:
    """The block's last line checks the file, before it enables the service."""
    guide = guide_of(tmp_path)

    await guide.run("Firewall", 0, {"/etc/nftables.conf": str(tmp_path / "nftables.conf")})

    assert "tcp dport { 22, 80, 443 } accept" in (tmp_path / "nftables.conf").read_text(encoding="utf-8")
