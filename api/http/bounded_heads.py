"""Requests whose head has no end: refused before they fill the memory, for the parser itself has no bound."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 16 * 1024
"""Bytes that may have come without its end; what one read brings beyond them is in memory anyway."""


class BoundedHeads(HttpToolsProtocol):
    """Answers 400 and hangs up, as to whatever else is no HTTP."""

    _head: int | None = 0
    """Bytes so far of the head that is being received; None in a body."""

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
