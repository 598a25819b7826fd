"""What a chaos run does, all of it drawn from one seed.

Each actor, and each candidate and prompt, has random numbers of its own, so that the seed alone says what is done. When
it is done depends on the machine too: a seed repeats the kinds of harm, never the exact moments.
"""

import random
from dataclasses import dataclass

BRANDS = 12
OWNERS = 9
"""So many that some chats are crowded, and in others one prompt at a time is open."""


@dataclass(frozen=True)
class Plan:
    """Durations are in seconds; `rate` is candidates a second."""

    seed: int
    seconds: float = 90
    rate: float = 0.7
    shortest_deadline: int = 15
    longest_deadline: int = 75
    patient_deadline: int = 180
    """At least, of each third candidate: they outlive every outage."""
    calm: float = 2
    """Seconds between the return of what was killed and the next kill, on average."""
    spacing: float = 3
    recipient_spacing: float = 1.5
    capacity: int = 4
    refill_per_min: float = 20
    recipient_capacity: int = 6
    recipient_refill_per_hour: float = 900
    standalone: bool = False
    """Whether the gateway is one process, in place of an api and two workers."""
    limited: bool = False
    """Whether Temporal limits the namespace's calls after every other start."""
    calls_per_sec: int = 15
    """That limit; a calm gateway with a few open candidates makes about as many."""

    def dice(self, *subject: object) -> random.Random:
        """Give the random numbers of one subject."""
        return random.Random("/".join(map(str, (self.seed, *subject))))  # noqa: S311  # a dice, no secret

    @property
    def shortest_outage(self) -> float:
        return min(30, self.longest_outage)

    @property
    def longest_outage(self) -> float:
        """Three minutes, or as much as leaves a short run some time without one."""
        return min(180, 0.4 * self.seconds)

    @property
    def deadline_of_the_patient(self) -> int:
        return max(self.patient_deadline, self.longest_deadline, round(2 * self.longest_outage))

    @property
    def environment(self) -> dict[str, str]:
        """Give the gateway's settings: nobody is asked in the stead of an owner that a candidate does not name."""
        return {
            "CORE_DECISION_WEBHOOK_FORMAT": "extended",
            "OWNER_WA_NUMBER": "",
            "PHOTON_TO": "",
            "MIN_SPACING_SEC": str(self.spacing),
            "RECIPIENT_SPACING_SEC": str(self.recipient_spacing),
            "RECIPIENT_BUCKET_CAPACITY": str(self.recipient_capacity),
            "RECIPIENT_BUCKET_REFILL_PER_HOUR": str(self.recipient_refill_per_hour),
            "WA_BUCKET_CAPACITY": str(self.capacity),
            "IMSG_BUCKET_CAPACITY": str(self.capacity),
            "WA_BUCKET_REFILL_PER_MIN": str(self.refill_per_min),
            "IMSG_BUCKET_REFILL_PER_MIN": str(self.refill_per_min),
        }
