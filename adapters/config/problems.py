"""Problems in an operator's configuration."""


class ProblemsError(ValueError):
    """One line per problem, with its place. No value is shown: it may be a secret or an address."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
