"""The variables in env.example, for the tests of everything that must agree with it."""

import re

from tests.harness.processes import REPOSITORY

LINES = (REPOSITORY / "env.example").read_text(encoding="utf-8").splitlines()
VARIABLE = re.compile(r"(?P<off>#?)(?P<name>[A-Z_]+)=(?P<value>.*)")
VARIABLES = [match for line in LINES if (match := VARIABLE.fullmatch(line))]
DOCUMENTED = {variable["name"] for variable in VARIABLES}
