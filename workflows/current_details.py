"""The notes that operators read at the top of a run's page in the Temporal UI."""

from temporalio import workflow


class CurrentDetails:
    """One line per subject, with its latest note."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    def note(self, subject: str, what: str) -> None:
        self._notes[subject] = what
        workflow.set_current_details("\n".join(f"- **{name}**: {note}" for name, note in self._notes.items()))
