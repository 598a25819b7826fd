"""What is wrong with what an operator wrote."""


class ProblemsError(ValueError):
    """Each problem in a line, with its place, and no value: a value may be a secret or an address."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
