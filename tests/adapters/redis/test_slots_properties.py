"""Generated schedules, with the invariants that each must keep."""

import asyncio
import time
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from adapters.redis.slots import RedisSlots
from domain.sending.slots import SlotQuestion, SlotStatus
from tests.harness.slots import (
    MILLISECONDS,
    Grant,
    assert_spaced,
    assert_within_bucket,
    granted,
    hold,
    question,
    slots_of,
)

pytestmark = pytest.mark.faults


@dataclass(frozen=True)
class AskerPlan:
    """An asker, in seconds.

    After a grant it may ask again several times, and it may leave before.
    """

    accepted_before: int
    comes_after: float
    lasts: float
    repeats: int
    leaves_after: float | None


@dataclass
class Asker:
    question: SlotQuestion
    grants: list[Grant] = field(default_factory=list)
    answered: SlotStatus | None = None
    waits: list[tuple[float, float, float]] = field(default_factory=list)
    """When it was told to wait, when it is due, and when it asks again or leaves."""

    @property
    def start(self) -> Grant | None:
        """The grant that counts.

        An asker that asks again did not use the previous one, and returns its tokens.
        """
        return self.grants[-1] if self.grants and self.answered is SlotStatus.GO else None

    async def live(self, slots: RedisSlots, plan: AskerPlan) -> None:
        await asyncio.sleep(plan.comes_after)
        try:
            async with asyncio.timeout(plan.leaves_after):
                while await self._ask(slots) is SlotStatus.WAIT:  # noqa: ASYNC110  # the answer says when to ask again
                    await asyncio.sleep(max(0.0, self.waits[-1][1] - time.time()))
        except TimeoutError:
            await slots.leave(self.question)
        for _ in range(plan.repeats if self.grants else 0):
            await self._ask(slots)
        await slots.leave(self.question)

    async def _ask(self, slots: RedisSlots) -> SlotStatus:
        asked = time.time()
        if self.waits:
            told, due, _ = self.waits[-1]
            self.waits[-1] = (told, due, asked)
        answer = await slots.ask(self.question)
        answered, self.answered = time.time(), answer.status
        if answer.status is SlotStatus.GO:
            self.grants.append(Grant(self.question, asked, answered))
        if answer.status is SlotStatus.WAIT:
            self.waits.append((answered, asked + answer.wait.total_seconds(), answered))
        return answer.status


plans = st.builds(
    AskerPlan,
    accepted_before=st.integers(0, 9).map(lambda number: number * 10),
    comes_after=st.floats(0, 0.3),
    lasts=st.floats(0.1, 0.7),
    repeats=st.integers(0, 2),
    leaves_after=st.none() | st.floats(0, 0.3),
)
brands = st.tuples(st.integers(1, 3), st.sampled_from([4.0, 8.0, 20.0]), st.sampled_from([0.05, 0.1, 0.2]))


@dataclass(frozen=True)
class PostponedSender:
    """A message that the provider postpones during an outage, in seconds.

    Each pause is twice the previous one.
    """

    brand: int
    recipient: int
    accepted_before: int
    comes_after: float
    first_pause: float
    longest_pause: float

    async def sent(self, slots: RedisSlots, asked: SlotQuestion, back_at: float) -> Grant | None:
        """Returns the start that is no longer postponed."""
        await asyncio.sleep(self.comes_after)
        pause = self.first_pause
        while grant := await hold(slots, asked):
            if grant.asked >= back_at:
                return grant
            await asyncio.sleep(pause)
            pause = min(2 * pause, self.longest_pause)
        return None


senders = st.builds(
    PostponedSender,
    brand=st.integers(0, 1),
    recipient=st.integers(0, 1),
    accepted_before=st.integers(0, 9).map(lambda number: number * 10),
    comes_after=st.floats(0, 1),
    first_pause=st.sampled_from([0.02, 0.05, 0.1]),
    longest_pause=st.sampled_from([0.1, 0.3, 0.8]),
)
OUTAGE = 2.0


@settings(max_examples=60)
@given(capacity=st.integers(1, 4), asked=st.lists(st.integers(0, 7), max_size=20))
async def test_repeated_questions_take_one_token_each(redis: Redis, capacity: int, asked: list[int]) -> None:
    slots = slots_of(redis, capacity=capacity, per_second=0.001)
    brand = question().brand_id
    questions = [question(brand) for _ in range(8)]

    answers = [await granted(slots, questions[number]) for number in asked]

    first_come = list(dict.fromkeys(asked))[:capacity]
    assert answers == [number in first_come for number in asked]


@settings(max_examples=8)
@given(schedules=st.lists(st.tuples(brands, st.lists(plans, min_size=3, max_size=9)), min_size=6, max_size=6))
async def test_any_schedule_keeps_bucket_spacing_and_order(
    redis: Redis, schedules: list[tuple[tuple[int, float, float], list[AskerPlan]]]
) -> None:
    async with asyncio.TaskGroup() as brands_at_once:
        for limits, planned in schedules:
            brands_at_once.create_task(check_brand(redis, limits, planned))


async def check_brand(redis: Redis, limits: tuple[int, float, float], planned: list[AskerPlan]) -> None:
    capacity, per_second, spacing = limits
    slots = slots_of(redis, capacity=capacity, per_second=per_second, spacing=spacing)
    brand = question().brand_id
    askers = [Asker(question(brand, accepted=-plan.accepted_before, lasts=plan.lasts)) for plan in planned]
    await asyncio.gather(*(asker.live(slots, plan) for asker, plan in zip(askers, planned, strict=True)))

    firsts = sorted((asker.grants[0] for asker in askers if asker.grants), key=lambda grant: grant.answered)
    assert_spaced(firsts, spacing)
    assert_within_bucket(starts_of(askers), capacity, per_second)
    pace = max(spacing, 1 / per_second)
    for grant in firsts:
        assert grant.asked <= grant.question.latest_start.timestamp() + MILLISECONDS
        assert not [asker for asker in askers if overtaken(asker, grant, grace=pace / 2)]


@settings(max_examples=8)
@given(
    limits=st.tuples(st.integers(1, 3), st.sampled_from([4.0, 8.0])),
    planned=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), plans), min_size=6, max_size=20),
)
async def test_any_schedule_keeps_the_buckets_of_recipients_that_brands_share(
    redis: Redis, limits: tuple[int, float], planned: list[tuple[int, int, AskerPlan]]
) -> None:
    capacity, per_second = limits
    slots = slots_of(redis, spacing=0.05, recipient_capacity=capacity, recipient_per_second=per_second)
    shared = [question() for _ in range(3)]
    askers = [
        Asker(
            question(
                shared[brand].brand_id,
                accepted=-plan.accepted_before,
                lasts=plan.lasts,
                to=shared[recipient].approver.handle,
            )
        )
        for brand, recipient, plan in planned
    ]
    await asyncio.gather(*(asker.live(slots, plan) for asker, (*_, plan) in zip(askers, planned, strict=True)))

    firsts = sorted((asker.grants[0] for asker in askers if asker.grants), key=lambda grant: grant.answered)
    for of in shared:
        assert_spaced([grant for grant in firsts if grant.question.brand_id == of.brand_id], 0.05)
        assert_within_bucket(
            [start for start in starts_of(askers) if start.question.approver == of.approver], capacity, per_second
        )


@settings(max_examples=6)
@given(
    outages=st.lists(
        st.tuples(
            st.tuples(st.integers(1, 4), st.sampled_from([2.0, 4.0]), st.sampled_from([0.01, 0.05])),
            st.tuples(st.integers(2, 5), st.sampled_from([2.0, 4.0])),
            st.lists(senders, min_size=2, max_size=9),
        ),
        min_size=8,
        max_size=8,
    )
)
async def test_messages_that_are_sent_after_an_outage_keep_both_buckets_and_the_spacing(
    redis: Redis, outages: list[tuple[tuple[int, float, float], tuple[int, float], list[PostponedSender]]]
) -> None:
    """Only the start that sends counts. Starts in vain, and others' starts in between, do not."""
    async with asyncio.TaskGroup() as outages_at_once:
        for brand, recipient, planned in outages:
            outages_at_once.create_task(check_outage(redis, brand, recipient, planned))


async def check_outage(
    redis: Redis, brand: tuple[int, float, float], recipient: tuple[int, float], planned: list[PostponedSender]
) -> None:
    capacity, per_second, spacing = brand
    slots = slots_of(
        redis,
        capacity=capacity,
        per_second=per_second,
        spacing=spacing,
        recipient_capacity=recipient[0],
        recipient_per_second=recipient[1],
    )
    brands, recipients = [question() for _ in range(2)], [question() for _ in range(2)]
    asked = [
        question(
            brands[sender.brand].brand_id,
            accepted=-sender.accepted_before,
            to=recipients[sender.recipient].approver.handle,
        )
        for sender in planned
    ]
    back_at = time.time() + OUTAGE
    sent = await asyncio.gather(*(sender.sent(slots, one, back_at) for sender, one in zip(planned, asked, strict=True)))

    starts = sorted((grant for grant in sent if grant), key=lambda grant: grant.answered)
    assert len(starts) == len(planned)
    for of in brands:
        of_brand = [grant for grant in starts if grant.question.brand_id == of.brand_id]
        assert_spaced(of_brand, spacing)
        assert_within_bucket(of_brand, capacity, per_second)
    for of in recipients:
        assert_within_bucket([grant for grant in starts if grant.question.approver == of.approver], *recipient)


def starts_of(askers: list[Asker]) -> list[Grant]:
    return sorted((asker.start for asker in askers if asker.start), key=lambda grant: grant.answered)


def overtaken(asker: Asker, grant: Grant, grace: float) -> bool:
    """Returns whether an on-time asker was passed by one accepted more than a second later."""
    earlier = (grant.question.accepted_at - asker.question.accepted_at).total_seconds() > 1
    in_time = grant.answered < asker.question.latest_start.timestamp()
    waited = any(told < grant.asked and grant.answered < min(due + grace, back) for told, due, back in asker.waits)
    return earlier and in_time and waited
