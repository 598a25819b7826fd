"""Bare words in thousands of conversations.

They decide nothing that was not meant, and owners are seldom asked which draft they mean.
"""

from dataclasses import dataclass
from math import log
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.decision import Outcome
from tests.domain.conversation.model import Conversation

APPROVED, REJECTED = Outcome.APPROVED, Outcome.REJECTED
LONGEST_READING, LONGEST_TRANSIT = 3.0, 1.0
"""From the last look at the chat to the word, and on to the edge. Together they stay within the
five seconds in which a word decides nothing."""
AT_A_GLANCE = 1.5
"""How soon owners read an answer that arrives while they look at the chat."""
A_PAUSE = 15 * 60.0
AGAIN_AFTER = 0.4
"""How soon an owner sends a word twice without looking again."""


def seconds(low: float, high: float) -> st.SearchStrategy[float]:
    return st.integers(int(low * 10), int(high * 10)).map(lambda tenths: tenths / 10)


@dataclass(frozen=True)
class PhoneEvent:
    kind: str
    gap: float
    which: int
    outcome: Outcome
    reading: float
    transit: float
    travels: float
    returns: float
    reported: float
    is_dated: bool


def events(*kinds: str) -> st.SearchStrategy[list[PhoneEvent]]:
    one = st.builds(
        PhoneEvent,
        kind=st.sampled_from(kinds),
        gap=st.one_of(seconds(0.1, 6), seconds(6, 90)),
        which=st.integers(0, 5),
        outcome=st.sampled_from([APPROVED, REJECTED]),
        reading=seconds(1.5, LONGEST_READING),
        transit=seconds(0.1, LONGEST_TRANSIT),
        travels=seconds(0.1, 3),
        returns=seconds(0.1, 8),
        reported=seconds(0.1, 4),
        is_dated=st.booleans(),
    )
    return st.lists(one, min_size=2, max_size=14)


def some_events(dice: Random, *kinds: str) -> list[PhoneEvent]:
    """Makes up a lively conversation: most of it happens within seconds."""
    return [
        PhoneEvent(
            kind=dice.choice(kinds),
            gap=dice.choice([0.3, 0.8, 2, 4, 7, 25]) * dice.uniform(0.5, 1.5),
            which=dice.randrange(6),
            outcome=dice.choice([APPROVED, REJECTED]),
            reading=dice.uniform(1.5, LONGEST_READING),
            transit=dice.uniform(0.1, LONGEST_TRANSIT),
            travels=dice.uniform(0.1, 2),
            returns=dice.uniform(0.1, 8),
            reported=dice.uniform(0.1, 2),
            is_dated=dice.random() < 0.5,
        )
        for _ in range(dice.randrange(4, 16))
    ]


def play(conversation: Conversation, happened: list[PhoneEvent]) -> None:
    at = 0.0
    for number, event in enumerate(happened):
        at += A_PAUSE if event.kind == "pause" else event.gap
        conversation.at(at, lambda event=event, number=number: _happen(conversation, event, number))  # type: ignore[misc]
    conversation.run()


def _happen(chat: Conversation, event: PhoneEvent, number: int) -> None:
    match event.kind:
        case "prompt" | "postponed" | "in parts" | "part failed":
            _send_prompt(chat, event, f"cr_{number}")
        case "buttons" | "decided elsewhere" | "named" | "free text":
            prompted = list(chat.asked_at)
            if prompted:
                _concern(chat, event, prompted[event.which % len(prompted)], f"m{number}")
        case "list":
            chat.list_open(f"m{number}")
        case "lost":
            chat.lose_memory()
        case "failed over":
            chat.fail_over(back=1.0)
        case "silent":
            chat.silence(lasts=event.returns)
        case "pause":
            pass
        case _:
            _write(chat, event, number)


def _send_prompt(chat: Conversation, event: PhoneEvent, id_: str) -> None:
    travels, returns, reported = event.travels, event.returns, event.reported
    address = event.which % chat.addresses
    if event.kind in IN_PARTS:
        fails = 1 + event.which % 2 if event.kind == "part failed" else 0
        chat.prompt_in_parts(id_, travels=travels, returns=returns, reported=reported, fails=fails, address=address)
    else:
        goes_out = event.kind == "prompt"
        chat.prompt(id_, travels=travels, returns=returns, reported=reported, goes_out=goes_out, address=address)


def _concern(chat: Conversation, event: PhoneEvent, id_: str, key: str) -> None:
    """Acts on a candidate that was prompted for."""
    match event.kind:
        case "buttons":
            chat.offer_buttons(id_, travels=event.travels, reported=event.reported, goes_out=event.which % 3 > 0)
        case "decided elsewhere":
            chat.decide_elsewhere(id_, receipt_after=event.reported, travels=event.travels)
        case "named":
            chat.verdict(key, id_, event.outcome)
        case "free text":
            chat.propose(key, id_)


def _write(chat: Conversation, event: PhoneEvent, number: int) -> None:
    """Writes now what was read a while ago; it arrives later, perhaps much later, or twice."""
    written, outcome = chat.now, event.outcome
    looked = written - min(event.reading, AT_A_GLANCE)
    read = chat.read_by(written - event.reading, looked)
    meant = read[event.which % len(read)] if read else None
    if event.kind == "change of mind":
        mine = [
            v for v in chat.facts.verdicts if v[0] <= written - event.reading and written + LONGEST_TRANSIT - v[0] < 60
        ]
        if not mine or chat.phone.asked_back_between(mine[-1][0], looked):
            return
        _, meant, previous = mine[-1]
        outcome = APPROVED if previous is REJECTED else REJECTED
    late = event.kind in {"late word", "redelivered"}
    arrives = written + event.transit + (event.which * 15 if late else 0)
    is_dated = event.is_dated or event.kind == "late word"
    missed_at = written + event.transit if event.kind == "redelivered" else None
    for again in range(2 if event.kind == "twice" else 1):
        key = f"m{number}/{again}"
        chat.at(
            arrives + again * AGAIN_AFTER,
            lambda key=key: chat.word(  # type: ignore[misc]
                key,
                outcome,
                meant=meant,
                written=written,
                is_dated=is_dated,
                missed_at=missed_at,
                is_thumb=event.kind == "thumb",
            ),
        )


def nothing_is_decided_that_was_not_meant(conversation: Conversation) -> None:
    wrong = [heard for heard in conversation.heard if heard.decided and heard.decided != heard.meant]
    assert not wrong, (wrong, conversation.phone.seen)


def nothing_is_decided_but_what_the_rule_names(conversation: Conversation) -> None:
    wrong = [heard for heard in conversation.heard if heard.decided and heard.decided != heard.named]
    assert not wrong, (wrong, conversation.facts)


EVERYDAY = ("prompt", "prompt", "postponed", "named", "word", "word", "word", "twice", "list")
IN_PARTS = ("in parts", "part failed")
ODD = ("late word", "redelivered", "change of mind", "thumb")
TEXTS = ("free text", "free text", "buttons", "pause")


@given(events(*EVERYDAY, *IN_PARTS, "decided elsewhere", *ODD, *TEXTS), seconds(0, 60), st.integers(1, 2))
@settings(max_examples=100)
def test_nothing_is_decided_that_was_not_meant_however_far_searches_are_behind(
    happened: list[PhoneEvent], lag: float, addresses: int
) -> None:
    conversation = Conversation(lag, addresses)
    play(conversation, happened)
    nothing_is_decided_that_was_not_meant(conversation)
    nothing_is_decided_but_what_the_rule_names(conversation)


@pytest.mark.parametrize(
    ("kinds", "most_lag"),
    [
        ((*EVERYDAY, *IN_PARTS, *TEXTS, "decided elsewhere", *ODD), 60),
        ((*EVERYDAY, *TEXTS, "late word", "silent"), 0.2),
        ((*EVERYDAY, *IN_PARTS, *TEXTS, "late word", "lost"), 0.2),
        ((*EVERYDAY, "decided elsewhere", "late word", "failed over"), 0.2),
    ],
    ids=["searches behind", "Redis silent", "Redis lost", "Redis failed over"],
)
def test_nothing_is_decided_that_was_not_meant_in_thousands_of_lively_conversations(
    kinds: tuple[str, ...], most_lag: float
) -> None:
    """A search finds what Redis has forgotten; a failure of both at once is one fault too many.

    If Redis forgot that a candidate was asked about, a search does not find it either once it was
    decided elsewhere and its receipt is still to be sent. A failover forgets a question about a
    text from the last second, so that a yes can then post the draft.
    """
    decided = dict.fromkeys(["draft", "text"], 0)
    for seed in range(1500):
        dice = Random(seed)  # noqa: S311  # a conversation that can be played again
        conversation = Conversation(dice.uniform(0, most_lag), dice.choice([1, 2]))
        play(conversation, some_events(dice, *kinds))
        nothing_is_decided_that_was_not_meant(conversation)
        if most_lag > 1:
            nothing_is_decided_but_what_the_rule_names(conversation)
        for heard in conversation.heard:
            if heard.decided:
                decided["text" if " as " in heard.decided else "draft"] += 1
    assert decided["draft"] > 100
    assert decided["text"] > 20 or not set(TEXTS) & set(kinds)


def reaction(dice: Random) -> float:
    """Returns how long an owner takes to read and answer a prompt: ten seconds on average.

    Nine of ten owners take between 5.6 and 18 seconds.
    """
    return dice.lognormvariate(log(10), 0.35)


def burst(dice: Random) -> Conversation:
    """Sends three prompts 20 s apart, each answered in turn.

    The owner answers a question at once, and a list by its id.
    """
    chat = Conversation(lag=dice.uniform(0.2, 2))
    ids, free_at = ["cr_0", "cr_1", "cr_2"], 0.0
    for number, id_ in enumerate(ids):
        travels = dice.uniform(0.3, 1.5)
        shown_at = 20.0 * number + travels
        chat.at(20.0 * number, lambda id_=id_, travels=travels: _prompt(chat, dice, id_, travels))  # type: ignore[misc]
        answered_at = max(shown_at, free_at) + reaction(dice)
        free_at = answered_at + 1
        chat.at(answered_at, lambda id_=id_: _answer(chat, dice, id_, 0))  # type: ignore[misc]
    chat.run()
    return chat


def _prompt(chat: Conversation, dice: Random, id_: str, travels: float) -> None:
    chat.prompt(id_, travels=travels, returns=dice.uniform(0.1, 0.5), reported=dice.uniform(0.1, 0.8))


def _answer(chat: Conversation, dice: Random, id_: str, asked_back: int) -> None:
    chat.word(f"{id_}/{asked_back}", APPROVED, meant=id_, written=chat.now)
    if chat.heard[-1].decided:
        return
    again = chat.now + dice.uniform(3.5, 8)
    if asked_back == 0 and (last := chat.memories[0].last) and last.subject:
        chat.at(again, lambda: _answer(chat, dice, id_, 1))
    else:
        chat.at(again, lambda: chat.verdict(f"{id_}/named", id_, APPROVED))


def test_owner_who_answers_a_burst_in_turn_is_asked_again_at_most_once_in_six() -> None:
    dice = Random(1)  # noqa: S311  # bursts that can be played again
    bursts = 2500
    heard = [heard for _ in range(bursts) for heard in burst(dice).heard]

    asked_back = sum(one.decided is None for one in heard) / (3 * bursts)

    assert [one for one in heard if one.decided not in {None, one.meant}] == []
    assert asked_back <= 1 / 6, f"{asked_back:.1%} of {3 * bursts} verdicts"


def test_owner_who_answers_a_question_every_second_is_heard() -> None:
    chat = Conversation()
    chat.at(0, lambda: chat.prompt("cr_0", travels=0.1, returns=0.1, reported=0.1))
    for number in range(1, 6):
        chat.at(
            number,
            lambda number=number: chat.word(  # type: ignore[misc]
                f"m{number}", APPROVED, meant="cr_0", written=chat.now
            ),
        )
    chat.run()

    assert "cr_0" in [heard.decided for heard in chat.heard]
