"""An empty variable of Temporal's, as platforms and manifests leave it, counts as absent."""

from pathlib import Path

from tests.harness.phone import Owner
from tests.harness.processes import run_python
from tests.harness.stack import running_stack

EMPTY = dict.fromkeys(
    (
        "TEMPORAL_NAMESPACE",
        "TEMPORAL_API_KEY",
        "TEMPORAL_TLS",
        "TEMPORAL_TLS_CLIENT_CERT_PATH",
        "TEMPORAL_TLS_CLIENT_CERT_DATA",
        "TEMPORAL_TLS_CLIENT_KEY_PATH",
        "TEMPORAL_TLS_CLIENT_KEY_DATA",
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
        "TEMPORAL_TLS_SERVER_CA_CERT_DATA",
        "TEMPORAL_TLS_SERVER_NAME",
        "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION",
        "TEMPORAL_CONFIG_FILE",
        "TEMPORAL_PROFILE",
        "TEMPORAL_GRPC_META_X",
    ),
    "",
)


async def test_every_process_and_command_works_with_all_of_them_empty(tmp_path: Path) -> None:
    owner = Owner()
    async with running_stack(tmp_path, **EMPTY) as gateway:
        candidate = await gateway.core.accepted(owner)
        await gateway.phone.until_prompted("whatsapp", candidate["id"])
        await gateway.phone.says("whatsapp", owner, f"approve {candidate['id']}")
        decision = await gateway.phone.until_decided(candidate["id"])
        commands = [("tools.candidates", "list"), ("tools.setup_temporal",), ("tools.doctor",)]
        ends = [await run_python("-m", *command, environment=gateway.environment) for command in commands]

    assert decision["decision"] == "approved"
    assert [(code, output) for code, output in ends[:2] if code] == []
    assert "temporal.connection  " in ends[2][1]
    assert "problem      temporal" not in ends[2][1]
