"""Traces by OpenTelemetry; nothing of it is imported where no collector is named."""
