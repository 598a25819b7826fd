"""Metrics, as Prometheus reads them."""

from dataclasses import dataclass

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Scrape:
    families: list[Metric]

    def value(self, name: str, **labels: str) -> float:
        """Add up the samples of a name that have these labels, among others; 0 if there are none."""
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
