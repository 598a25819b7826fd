"""Reads metrics as Prometheus does."""

from dataclasses import dataclass

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.harness.processes import until

READ_ELSEWHERE = (
    "gateway_open_candidates",
    "gateway_parked_candidates",
    "gateway_ended_candidates",
    "gateway_task_queue_pollers",
    "gateway_task_queue_backlog",
    "gateway_redis_memory_bytes",
    "gateway_redis_memory_max_bytes",
)
"""Gauges that a scrape lacks if Temporal or Redis does not answer in time."""


@dataclass(frozen=True)
class Scrape:
    families: list[Metric]

    def value(self, name: str, **labels: str) -> float:
        """Returns the sum of a name's samples with at least these labels; 0 if there are none."""
        samples = [sample for family in self.families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())

    def has(self, name: str) -> bool:
        return any(sample.name == name for family in self.families for sample in family.samples)

    @property
    def series(self) -> set[tuple[str, frozenset[tuple[str, str]]]]:
        return {(s.name, frozenset(s.labels.items())) for family in self.families for s in family.samples}


async def scrape(url: str) -> Scrape:
    async with httpx.AsyncClient() as http:
        response = (await http.get(url, timeout=10)).raise_for_status()
    return Scrape(list(text_string_to_metric_families(response.text)))


async def complete_scrape(edge_url: str) -> Scrape:
    """Scrapes an edge until no gauge is missing; on a busy machine, some can be."""
    return await until(lambda: scrape(f"{edge_url}/metrics"), lambda scraped: all(map(scraped.has, READ_ELSEWHERE)))
