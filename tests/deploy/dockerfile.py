"""The Dockerfile with one instruction per line, and each of its stages."""

import re

from tests.harness.processes import REPOSITORY

DOCKERFILE = re.sub(r" \\\n\s*", " ", (REPOSITORY / "Dockerfile").read_text(encoding="utf-8"))
STAGES = dict(re.findall(r"^FROM \S+ AS (\w+)\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL))
