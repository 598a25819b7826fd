"""An OpenTelemetry collector that stores the spans it receives by OTLP over HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from tests.harness.processes import free_port


class Collector:
    """The spans and requests received; requests hang while `answering` is not set."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[ResourceSpans] = []
        self.requests = 0
        self.answering = threading.Event()
        self.answering.set()

    @property
    def spans(self) -> list[Span]:
        return [span for part in self.received for scope in part.scope_spans for span in scope.spans]

    def services(self) -> dict[str, set[str]]:
        """Returns the names of the spans that each service sent."""
        names: dict[str, set[str]] = {}
        for part in self.received:
            (service,) = (each.value.string_value for each in part.resource.attributes if each.key == "service.name")
            names.setdefault(service, set()).update(span.name for scope in part.scope_spans for span in scope.spans)
        return names


@contextmanager
def collecting() -> Iterator[Collector]:
    port = free_port()
    collector = Collector(f"http://127.0.0.1:{port}")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.requests += 1
            collector.answering.wait()
            collector.received += ExportTraceServiceRequest.FromString(body).resource_spans
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return  # the client has gone

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.answering.set()
        server.shutdown()
        server.server_close()
        thread.join()
