# One image for each role: docker build --target api …, docker build --target worker …
# Pin the base by digest where you build: --build-arg PYTHON=python:3.11-slim@sha256:…
ARG PYTHON=python:3.11-slim

FROM ${PYTHON} AS dependencies
WORKDIR /build
COPY requirements.lock .
# Without pip of its own; wheels only, so that no code of a dependency runs while it is installed.
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
      --no-deps --require-hashes --only-binary :all: -r requirements.lock

FROM ${PYTHON} AS gateway
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=dependencies /opt/venv /opt/venv
# All that .dockerignore lets through: the product, and the tools of operators.
COPY . .
RUN python -m compileall -q .
# Owns nothing and writes nothing: the file system may be read-only. By number, so that Kubernetes can see that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM

# A container is reached from outside of it, by either family.
ENV HOST=0.0.0.0,::

# The health checks ask this machine, whatever proxy is set for the world. A worker without METRICS_PORT cannot be asked.
FROM gateway AS worker
ENV METRICS_PORT=9464
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request as r; port = os.environ['METRICS_PORT']; port and r.build_opener(r.ProxyHandler({})).open(f\"http://localhost:{port}/metrics\", timeout=4)"]
CMD ["python", "-m", "worker"]

FROM gateway AS api
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(f\"http://localhost:{os.environ.get('PORT') or 8080}/healthz\", timeout=4)"]
CMD ["python", "-m", "api"]

# Both in one process, for small deployments: asked as the api is, at PORT alone. It needs 95 s to end.
FROM api AS standalone
CMD ["python", "-m", "standalone"]
