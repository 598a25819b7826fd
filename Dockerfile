# One image for each role: `make images`, or docker build --target api …, docker build --target worker …
# Pin the base by digest where you build: --build-arg PYTHON=python:3.11-slim@sha256:…
ARG PYTHON=python:3.11-slim

FROM ${PYTHON} AS dependencies
WORKDIR /build
COPY requirements.lock .
# Without pip of its own; wheels only, so that no code of a dependency runs while it is installed. Removed is what the
# gateway never imports: the Rust sources of Temporal's SDK, and Twilio's client, a quarter of all bytes.
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --disable-pip-version-check \
      --no-deps --require-hashes --only-binary :all: -r requirements.lock \
 && rm -r /opt/venv/lib/python3*/site-packages/temporalio/bridge/sdk-core \
      /opt/venv/lib/python3*/site-packages/temporalio/bridge/src \
      /opt/venv/lib/python3*/site-packages/twilio/rest

FROM ${PYTHON} AS gateway
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=dependencies /opt/venv /opt/venv
# All that .dockerignore lets through: the product, and the tools of operators.
COPY . .
# Readable whatever the umask of the checkout. Byte code for all that the gateway imports, the standard library's included,
# which Python's own image lacks: nothing can be written later. A module that is missing stops the build here.
RUN chmod -R a+rX . \
 && PYTHONDONTWRITEBYTECODE="" python -c "import importlib, pkgutil; [importlib.import_module(m.name) for m in pkgutil.walk_packages(['.']) if not m.name.endswith('__main__')]" \
 && python -m compileall -q .
# Owns nothing and writes nothing: the file system may be read-only. By number, so that Kubernetes can see that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM

# The version is that of pyproject.toml; the revision is the commit, if the build names it.
ARG PYTHON
ARG VERSION=0.2.0
ARG REVISION
LABEL org.opencontainers.image.title="BrandPilot approval gateway" \
      org.opencontainers.image.description="Asks a brand's owner on WhatsApp and iMessage to approve drafts" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${PYTHON}"

# A container is reached from outside of it, by either family.
ENV HOST=0.0.0.0,::

# The health checks ask this machine, whatever proxy is set for the world. A worker without METRICS_PORT cannot be asked;
# one that has not polled Temporal yet is starting, for longer than an outage of Temporal's should last.
FROM gateway AS worker
ENV METRICS_PORT=9464
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=15m --start-interval=2s \
  CMD ["python", "-m", "worker.health"]
CMD ["python", "-m", "worker"]

FROM gateway AS api
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --start-interval=2s \
  CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(f\"http://localhost:{os.environ.get('PORT') or 8080}/healthz\", timeout=4)"]
CMD ["python", "-m", "api"]

# Both in one process, for small deployments: asked as the api is, at PORT alone. It needs 95 s to end.
FROM api AS standalone
CMD ["python", "-m", "standalone"]
