"""Rejects header sections over 16 KiB; the parser has no limit."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 16 * 1024
"""Bytes received before the head is complete. One read can exceed this; it is in memory anyway."""


class BoundedHeads(HttpToolsProtocol):
    """Answers 400 and closes the connection, as for any other malformed HTTP."""

    _head: int | None = 0
    """Bytes received so far of the current head; None in a body."""

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > LONGEST_HEAD:
            self.send_400_response("The request's head is too long.")

    def on_headers_complete(self) -> None:
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._head = 0
        super().on_message_complete()
