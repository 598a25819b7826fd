"""Changes the brands file of a running gateway, as an operator does."""

from pathlib import Path

from tests.harness.phone import Owner
from tests.harness.processes import until
from tests.harness.stack import Stack

END = "\n# end\n"


def section(brand_id: str, *owners: Owner, channel: str = "whatsapp", top: str = "", more: str = "") -> str:
    """Returns a brand's section, with its owners on one channel."""
    addresses = ", ".join(f'"{owner.address(channel)}"' for owner in owners)
    return f"[brands.{brand_id}]\n{top}\n[brands.{brand_id}.{channel}]\nowners = [{addresses}]\n{more}\n"


class StackBrands:
    def __init__(self, stack: Stack) -> None:
        self._path = Path(stack.environment["BRANDS_FILE"])
        self._readers = (stack.api, stack.worker)
        self._core = stack.core

    async def becomes(self, content: str, *, end: str = END) -> None:
        """Replaces it at once, as Kubernetes replaces a mounted ConfigMap.

        Waits until the api and the worker have read or refused it.
        """
        before = self._looks()
        new = self._path.with_suffix(".new")
        new.write_text(content + end, encoding="utf-8")
        new.replace(self._path)
        await until(lambda: all(now > then for now, then in zip(self._looks(), before, strict=True)))

    async def is_refused(self) -> bool:
        state = (await self._core.http.get("/readyz")).json()["dependencies"]["brands_file"]
        return str(state).startswith("the last good file is in use")

    def _looks(self) -> list[int]:
        """Counts how often each process has logged that it read or refused the file."""
        return [reader.output.count("brands_file_re") for reader in self._readers]
