"""`python -m tools.setup_temporal`: the namespace after it ran."""

from datetime import timedelta
from uuid import uuid4

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from tests.harness.core import draft
from tests.harness.edges import another_edge
from tests.harness.processes import run_python
from tests.harness.stack import CORE_SECRET, Stack


async def prepared(stack: Stack, namespace: str, *arguments: str) -> tuple[int, str]:
    settings = {**stack.environment, "TEMPORAL_NAMESPACE": namespace}
    return await run_python("-m", "tools.setup_temporal", *arguments, environment=settings)


async def retention(stack: Stack, namespace: str) -> timedelta:
    request = DescribeNamespaceRequest(namespace=namespace)
    described = await stack.client.workflow_service.describe_namespace(request)
    return described.config.workflow_execution_retention_ttl.ToTimedelta()


async def test_new_namespace_takes_candidates_at_once(stack: Stack) -> None:
    namespace = f"approvals-{uuid4().hex[:8]}"

    code, said = await prepared(stack, namespace)

    assert code == 0, said
    assert await retention(stack, namespace) == timedelta(days=30)
    async with another_edge(stack, TEMPORAL_NAMESPACE=namespace) as edge:
        headers = {"Authorization": f"Bearer {CORE_SECRET}"}
        accepted = await edge.post("/candidate", json=draft(), headers=headers)
        listed = await edge.get("/activity", params={"brand_id": "b_nobody"}, headers=headers)
    assert (accepted.status_code, listed.status_code) == (202, 200)


async def test_second_run_shortens_the_retention_only_on_request(stack: Stack) -> None:
    namespace, kept = f"approvals-{uuid4().hex[:8]}", []

    for wish in ("--retention-days=45", "", "--retention-days=7"):
        code, said = await prepared(stack, namespace, *wish.split())
        assert code == 0, said
        kept.append((await retention(stack, namespace)).days)

    assert kept == [45, 45, 7]


async def test_namespace_that_temporal_refuses_is_reported_in_one_line(stack: Stack) -> None:
    code, said = await prepared(stack, "n" * 2000)

    assert code == 1
    assert len(said.splitlines()) == 1
    assert "could not be prepared" in said
