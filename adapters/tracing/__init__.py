"""Traces by OpenTelemetry, which is imported only if a collector is configured."""
