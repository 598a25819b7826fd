"""`python -m tests.wire`: writes the golden file of the current version."""

import json
import tomllib

from tests import wire
from tests.harness.processes import REPOSITORY

version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
golden = {"names": wire.names(), "values": {name: wire.encoded(value) for name, value in wire.SAMPLES.items()}}
(wire.FOLDER / f"{version}.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
