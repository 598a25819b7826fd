"""Validates documents against JSON schemas.

On import, the libraries compile grammars for two seconds, which each test process would do.
"""

from typing import Any


def problems(document: object, schema: dict[str, Any]) -> list[str]:
    from jsonschema.validators import validator_for  # noqa: PLC0415  # see above

    return [error.message for error in validator_for(schema)(schema).iter_errors(document)]


def assert_kubernetes_takes(manifest: dict[str, Any]) -> None:
    import kubernetes_validate  # noqa: PLC0415  # see above

    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
