# One image for each role: `make images`, or docker build --target api …, docker build --target
# worker … In your build, pin the base by digest: --build-arg PYTHON=python:3.11-slim@sha256:…
ARG PYTHON=python:3.11-slim

FROM ${PYTHON} AS dependencies
WORKDIR /build
COPY requirements.lock .
# The environment has no pip, and only wheels are installed, so that no dependency runs code during
# installation. The removed files, which the gateway never imports, are a quarter of all bytes: the
# Rust sources of Temporal's SDK, and Twilio's client.
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
# .dockerignore leaves only the product and the operators' tools.
COPY . .
# Makes files readable with any umask of the checkout. Compiles everything that the gateway imports,
# including the standard library, which Python's image does not compile, because nothing can be
# written later. A missing module stops the build here.
RUN chmod -R a+rX . \
 && PYTHONDONTWRITEBYTECODE="" python -c "import importlib, pkgutil; [importlib.import_module(m.name) for m in pkgutil.walk_packages(['.']) if not m.name.endswith('__main__')]" \
 && python -m compileall -q .
# This user owns and writes nothing, so the file system can be read-only. It is a number, so that
# Kubernetes can see that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM

# The version is the one in pyproject.toml; the revision is the commit, if the build sets it.
ARG PYTHON
ARG VERSION=0.2.0
ARG REVISION
LABEL org.opencontainers.image.title="BrandPilot approval gateway" \
      org.opencontainers.image.description="Asks a brand's owner on WhatsApp and iMessage to approve drafts" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${PYTHON}"

# A container is reached from outside, over IPv4 or IPv6.
ENV HOST=0.0.0.0,::

# The health checks ask this machine, and ignore any proxy settings. A worker without METRICS_PORT
# cannot be asked. A process counts as starting until it has reached Temporal once (a worker: has
# polled); the start period is longer than an outage of Temporal should last.
FROM gateway AS worker
ENV METRICS_PORT=9464
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=15m --start-interval=2s \
  CMD ["python", "-m", "worker.health"]
CMD ["python", "-m", "worker"]

FROM gateway AS api
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=15m --start-interval=2s \
  CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(f\"http://localhost:{os.environ.get('PORT') or 8080}/readyz?latched=true\", timeout=4)"]
CMD ["python", "-m", "api"]

# Both in one process, for small deployments. Its health check asks PORT, as the api's does. It
# needs up to 90 s to stop.
FROM api AS standalone
CMD ["python", "-m", "standalone"]
