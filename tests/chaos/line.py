"""A provider's own connection to the simulator, which can be cut while the others continue."""

import asyncio
from contextlib import suppress

from tests.harness.processes import free_port

_HOST = "127.0.0.1"
_CHUNK = 65_536


class Line:
    """Listens unless it is cut or the simulator is down, so that both refuse connections."""

    def __init__(self, far_port: int) -> None:
        self.port = free_port()
        self.is_cut = False
        self._far_port = far_port
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def run(self) -> None:
        """Opens and closes the line as `is_cut` and the simulator require, until cancelled."""
        try:
            while True:
                if self.is_cut or not await self._far_end_listens():
                    self._hang_up()
                elif self._server is None:
                    self._server = await asyncio.start_server(self._carry, _HOST, self.port)
                await asyncio.sleep(0.1)
        finally:
            self._hang_up()

    async def _far_end_listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(_HOST, self._far_port)
        except OSError:
            return False
        writer.close()
        return True

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Passes bytes both ways until one end closes; then it aborts both connections."""
        try:
            far_reader, far_writer = await asyncio.open_connection(_HOST, self._far_port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._ends |= ends
        ways = [asyncio.create_task(_pump(reader, far_writer)), asyncio.create_task(_pump(far_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in ends:
                end.transport.abort()
            self._ends -= ends


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        await _flush(writer)


async def _flush(writer: asyncio.StreamWriter) -> None:
    """Sends what was written before it closes the connection."""
    writer.close()
    await writer.wait_closed()
