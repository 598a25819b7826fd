"""The reconciliation finds each kind of broken promise in made-up evidence."""

from dataclasses import replace
from typing import Any

import pytest

from domain.conversation.numbers import number_of
from domain.identifiers import webhook_id
from tests.chaos.asked import asked_after_outages
from tests.chaos.breaches import Evidence
from tests.chaos.chances import Chances
from tests.chaos.ledger import Kill, Ledger, Outage, Posted, Said
from tests.chaos.lives import (
    REFUSED,
    UNKNOWN,
    WITHHELD,
    CoresEnd,
    Handed,
    Life,
    Look,
    RecordedDecision,
    RecordedReport,
    Send,
    Signaled,
    Wish,
)
from tests.chaos.outside import Arrival, DeliveredDecision, Outside
from tests.chaos.plan import Plan
from tests.chaos.reconcile import reconcile
from tests.harness.rows import each_row

WHATSAPP, IMESSAGE, STRANGER = "whatsapp:+15550000102", "imessage:owner102@example.com", "whatsapp:+15550000999"
NUMBER = number_of("cr_1")
PROMPT = f"b_1 on X · {NUMBER}\n│ Draft\n\nUntil 14:05 UTC. Without an answer it is not posted.\nId: cr_1\n"
RECEIPT = f"Approved on WhatsApp: {NUMBER} “Draft”. It needs no answer any more."
BODY = {
    "id": "cr_1",
    "deadline_sec": 60,
    "proposed_text": "Draft",
    "owner_whatsapp": WHATSAPP,
    "owner_imessage": IMESSAGE.partition(":")[2],
}
DECIDED = RecordedDecision("approved", "Draft", WHATSAPP, 20.0, 9_000, read_until=12, event=15, recorded_at=20.1)
REPLY = Signaled(10, "whatsapp/SM1", WHATSAPP, ("approved", None), 19.5)
SENDS = (
    Send("prompt/whatsapp/1/1", 5, 3, WHATSAPP, PROMPT, 10.5, 10.6, 11.0, "sent"),
    Send("prompt/imessage/2/1", 6, 3, IMESSAGE, PROMPT, 10.5, 10.6, 11.0, "sent"),
    Send("message/imessage/1", 16, 12, IMESSAGE, RECEIPT, 20.1, 20.2, 20.3, "sent"),
)
LIFE = Life("cr_1", "b_1", "COMPLETED", 10.0, 70.0, (REPLY,), SENDS, decided=DECIDED)
SAID = Said("SM1", "whatsapp", WHATSAPP, "approve cr_1", "by id", 0, ("cr_1",), ("approved", None), acked_at=19.8)
SAID.words.append(f"Got it: post {NUMBER} “Draft”")
DELIVERED = DeliveredDecision("cr_1", "approved", "Draft", WHATSAPP, 9_000, webhook_id("cr_1"))
ARRIVED = (Arrival(WHATSAPP, PROMPT, 10.7), Arrival(IMESSAGE, PROMPT, 10.7), Arrival(IMESSAGE, RECEIPT, 20.25))
ANSWER = Arrival(WHATSAPP, f"Got it: post {NUMBER} “Draft”", 19.8)


def evidence(
    *, life: Life | None = LIFE, outside: Outside | None = None, said: Said = SAID, kills: tuple[Kill, ...] = ()
) -> Evidence:
    ledger = Ledger({"cr_1": Posted(BODY, 9.9, 10.1)}, {said.key: said}, list(kills))
    seen = outside or Outside(ARRIVED, (*ARRIVED, ANSWER), (DELIVERED, DELIVERED))
    return Evidence(Plan(seed=1), ledger, {life.id: life} if life else {}, seen)


def lived(**changes: Any) -> Evidence:
    return evidence(life=replace(LIFE, **changes))


def saw(*requests: Arrival, delivered: tuple[DeliveredDecision, ...] = (DELIVERED,), without: str = "-") -> Evidence:
    """Returns evidence with more requests, and without the messages that contain a text."""
    shown = tuple(message for message in (*ARRIVED, *requests, ANSWER) if without not in message.text)
    return evidence(outside=Outside((*ARRIVED, *requests), shown, delivered))


def decided(**changes: Any) -> Evidence:
    return lived(decided=replace(DECIDED, **changes))


def sent(number: int, **changes: Any) -> tuple[Send, ...]:
    return tuple(replace(send, **changes) if index == number else send for index, send in enumerate(SENDS))


AGAIN = replace(
    SENDS[0],
    id="prompt/whatsapp/1/1/repeated",
    event=9,
    knowing=7,
    text=f"(repeated, in case)\n{PROMPT}",
    scheduled_at=14.9,
    started_at=15,
)
LOOK = Look(6, WHATSAPP, ("in another wording", PROMPT), 10.6, answered=7, answered_at=14.8)
"""A look just before Twilio accepted the message."""


def repeated(
    first_end: str, *reports: RecordedReport, again: tuple[Send, ...] = (AGAIN,), looks: tuple[Look, ...] = (LOOK,)
) -> Evidence:
    seen = (*ARRIVED, *(Arrival(WHATSAPP, send.text, send.scheduled_at + 0.2) for send in again))
    life = replace(LIFE, sends=(*sent(0, end=first_end), *again), reports=reports, looks=looks)
    return evidence(life=life, outside=Outside(seen, (*seen, ANSWER), (DELIVERED,)))


def unwritten(**changes: Any) -> Evidence:
    return evidence(said=replace(SAID, **changes))


def untold() -> Evidence:
    seen = Outside(ARRIVED[:2], (*ARRIVED[:2], ANSWER), (DELIVERED,))
    return evidence(life=replace(LIFE, sends=SENDS[:2]), outside=seen)


def refused() -> Evidence:
    found = evidence()
    found.ledger.posted["cr_1"].acked_at = None
    return found


def answered_wrongly() -> Evidence:
    found = evidence()
    found.ledger.wrong_answers.append("cr_1 got 500")
    return found


LATE = Send("prompt/whatsapp/1/2", 17, 12, WHATSAPP, "(2/2)\nrest", 21, 21, 22, "sent")
GIVEN_UP = replace(LATE, event=9, scheduled_at=12, started_at=None, end=WITHHELD)

TOGETHER = "2 drafts are closed, and need no answer any more:\ncr_1: approved on WhatsApp.\ncr_2: expired."


def handed(*told: str) -> Evidence:
    """Returns evidence in which these messages tell a receipt that was passed to the chat's run."""
    receipts = (Handed(IMESSAGE, RECEIPT, "cr_1: approved on WhatsApp."),)
    life = replace(LIFE, sends=SENDS[:2], handed=receipts)
    seen = (*ARRIVED[:2], *(Arrival(IMESSAGE, text, 20.25) for text in told))
    return evidence(life=life, outside=Outside(seen, (*seen, ANSWER), (DELIVERED,)))


OTHER = number_of("cr_2")
EARLIER = Arrival(WHATSAPP, f"b_2 on X · {OTHER}\n│ Other\n\nId: cr_2\n", 2)
"""Another prompt in the same chat; the word in `spoken` arrives at 19.5, and decides cr_1."""


def spoken(*others: Arrival, kills: tuple[Kill, ...] = (), other: Life | None = None, **changes: Any) -> Evidence:
    """Returns evidence in which a bare word decides cr_1 in a chat with other messages."""
    word: dict[str, Any] = {"text": "yes", "kind": "bare", "about": (), "written_at": 19.5}
    said = replace(SAID, **(word | changes))
    reply = replace(REPLY, key=said.key, sender=said.sender)
    life = replace(LIFE, replies=(reply,), decided=replace(DECIDED, decider=said.sender))
    shown = tuple(replace(message, to=said.sender) for message in others)
    found = evidence(life=life, said=said, kills=kills, outside=Outside((), (*ARRIVED[:2], *shown), (DELIVERED,)))
    found.ledger.posted["cr_2"] = Posted(BODY | {"id": "cr_2"}, 0.9, 1.1)
    found.lives["cr_2"] = other or Life("cr_2", "b_2", "COMPLETED", 1.0, 61.0)
    return found


SEVERAL = replace(SAID, about=("cr_1", "cr_2"), written_at=19.5)


def half_taken() -> Evidence:
    """Returns evidence in which a verdict on two candidates reaches only the first."""
    found = evidence(said=SEVERAL)
    found.ledger.posted["cr_2"] = Posted(BODY | {"id": "cr_2"}, 0.9, 1.1)
    found.lives["cr_2"] = replace(LIFE, id="cr_2", replies=(), decided=None)
    return found


def replacing(outcome: str, decider: str, *, recorded_at: float = 10.1, **changes: Any) -> Evidence:
    """Returns evidence in which cr_1 replaces a candidate with this decision."""
    found = evidence(life=replace(LIFE, **changes))
    found.ledger.posted["cr_1"].body = BODY | {"replaces": "cr_0"}
    old = RecordedDecision(outcome, None, decider, recorded_at, 0, read_until=5, event=6, recorded_at=recorded_at)
    found.lives["cr_0"] = Life("cr_0", "b_1", "COMPLETED", 1.0, 61.0, decided=old)
    return found


OVERTAKEN = replace(DECIDED, outcome="expired", final_text=None, decider="system:overtaken")
SHOWN_AGAIN = replace(AGAIN, text=PROMPT, lane="chat")
NEEDLESS = {"unmarked repetition", "prompt out of turn", "repeated without need", "repeated without a look"}

VIOLATIONS: dict[str, Evidence] = {
    "bare word decided what it should not": spoken(EARLIER),
    "prompt out of turn": lived(sends=sent(0, lane="chat")),
    "approved unseen": lived(sends=SENDS[1:]),
    "lost candidate": evidence(life=None),
    "run did not end": lived(status="RUNNING"),
    "no decision": lived(decided=None),
    "workflow task failed": lived(failures=("NON_DETERMINISTIC_ERROR: …",)),
    "wrong time of acceptance": lived(accepted_at=11.0, deadline=71.0),
    "wrong deadline": lived(deadline=80.0),
    "decision not delivered": saw(delivered=()),
    "two decisions": saw(delivered=(DELIVERED, replace(DELIVERED, outcome="rejected"))),
    "wrong delivery": saw(delivered=(replace(DELIVERED, final_text="Other"),)),
    "decision without a candidate": refused(),
    "run without a candidate": refused(),
    "wrong answer to core": answered_wrongly(),
    "reply not accepted": unwritten(acked_at=None),
    "reply that nobody wrote": unwritten(message_id="SM2"),
    "reply from somebody else": unwritten(sender=IMESSAGE),
    "reply misread": unwritten(verdict=("rejected", None)),
    "reply to the wrong candidate": unwritten(about=("cr_2",)),
    "lost reply": lived(replies=(replace(REPLY, key="whatsapp/SM0"),)),
    "stranger answered": unwritten(kind="stranger", words=["already approved"]),
    "sent to somebody else": lived(sends=(*SENDS, replace(GIVEN_UP, approver=STRANGER))),
    "second prompt": saw(Arrival(WHATSAPP, PROMPT, 14)),
    "second receipt": saw(Arrival(IMESSAGE, RECEIPT, 24)),
    "repeated without need": repeated("sent"),
    "unmarked repetition": repeated(UNKNOWN, again=(replace(AGAIN, text=PROMPT),)),
    "repeated without a look": repeated(UNKNOWN, looks=()),
    "not found at Twilio": repeated(UNKNOWN, looks=(replace(LOOK, scheduled_at=12),)),
    "gave up after a temporary failure": lived(sends=sent(0, end=REFUSED, code="20003")),
    "send after the decision": lived(sends=(*SENDS, LATE)),
    "no receipt": untold(),
    "two answers to one post": replacing("approved", IMESSAGE),
    "overtaken by nobody": replacing("expired", "system:timeout", decided=OVERTAKEN, replies=(), sends=()),
    "asked before the old one ended": replacing("expired", "core:replaced", recorded_at=11),
    "withdrawn by nobody": lived(cores_ends=(CoresEnd(9),)),
    "wrong decision": lived(cores_ends=(CoresEnd(9, "cr_2"),)),
    "not asked": evidence(life=replace(LIFE, sends=(), decided=None, deadline=130.0), outside=Outside()),
    "prompt without a run": saw(Arrival(STRANGER, PROMPT, 12)),
    "sent, but not on the phone": saw(without="no answer any more"),
    "spacing": saw(Arrival(IMESSAGE, "cr_0 is edited.", 20.5)),
}


@each_row(VIOLATIONS)
def test_each_broken_promise_is_found(kind: str) -> None:
    assert kind in {breach.kind for breach in reconcile(VIOLATIONS[kind]) if not breach.unavoidable}


def test_kept_promises_are_not_reported() -> None:
    assert reconcile(evidence()) == []


def test_receipt_of_a_chats_run_arrives_once_either_on_its_own_or_with_others() -> None:
    def kinds(*told: str) -> set[str]:
        return {breach.kind for breach in reconcile(handed(*told))}

    assert kinds(RECEIPT) == kinds(TOGETHER) == set()
    assert "second receipt" in kinds(RECEIPT, TOGETHER)
    assert kinds() == kinds("Which one? cr_1: approved on WhatsApp.") == {"no receipt"}


def test_receipt_is_owed_to_a_chat_with_a_prompt_unless_every_prompt_came_back_or_was_refused() -> None:
    def kinds(*reports: RecordedReport) -> set[str]:
        again = replace(AGAIN, text=PROMPT, end=REFUSED, code="21211")
        life = replace(LIFE, sends=(SENDS[0], again), reports=reports)
        return {breach.kind for breach in reconcile(evidence(life=life, outside=Outside((), ARRIVED[:1], ())))}

    assert "no receipt" in kinds()
    assert "no receipt" not in kinds(RecordedReport(8, "whatsapp/1/1", arrived=False, code="63018"))


def bare_word_breaches(found: Evidence) -> set[tuple[str, bool]]:
    kinds = {(breach.kind, breach.unavoidable) for breach in reconcile(found)}
    return {(kind, unavoidable) for kind, unavoidable in kinds if "bare word" in kind}


WRONG = {("bare word decided what it should not", False)}


def test_bare_word_does_not_decide_the_newer_of_two_prompts_whose_ends_were_not_told() -> None:
    """The first version decided the newest, even if the word was meant for an earlier one."""
    decided = Life("cr_2", "b_2", "COMPLETED", 1.0, 61.0, decided=replace(DECIDED, decided_at=16, recorded_at=16))
    told = Arrival(
        WHATSAPP, f"2 drafts are closed, and need no answer any more:\n{OTHER} “Other”: skipped on iMessage.", 17
    )

    assert bare_word_breaches(spoken(EARLIER)) == WRONG
    assert bare_word_breaches(spoken(EARLIER, other=decided)) == WRONG
    assert bare_word_breaches(spoken(EARLIER, told)) == WRONG, "an open candidate has no end yet"
    assert bare_word_breaches(spoken(EARLIER, replace(told, at=21), other=decided)) == WRONG, "told too late"
    part = replace(EARLIER, text=f"b_2 on X · {OTHER} (1/2)\n│ Other")
    assert bare_word_breaches(spoken(part)) == WRONG

    assert bare_word_breaches(spoken(EARLIER, told, other=decided)) == set()
    assert bare_word_breaches(spoken(replace(EARLIER, at=19.2))) == set(), "they might have crossed"
    assert bare_word_breaches(spoken(replace(EARLIER, came_back=True))) == set()
    own = replace(decided, replies=(replace(REPLY, key="whatsapp/SM0", received_at=15),))
    assert ("bare word decided what it should not", False) not in bare_word_breaches(spoken(EARLIER, other=own))


def test_bare_word_decides_only_what_the_chat_showed_when_it_was_written() -> None:
    assert bare_word_breaches(spoken(channel="imessage", sender=IMESSAGE, written_at=5, acked_at=19.8)) == WRONG
    late = {("late bare word decided what came after it", True)}
    assert bare_word_breaches(spoken(written_at=5, acked_at=19.8)) == late, "Twilio gives no date"
    assert bare_word_breaches(spoken(written_at=5, acked_at=6)) == WRONG


def test_bare_word_decides_nothing_whose_end_was_told() -> None:
    ended = replace(ARRIVED[2], to=WHATSAPP, at=70.5)
    assert bare_word_breaches(spoken(ended, written_at=80, acked_at=81)) == WRONG


def test_wrong_bare_word_is_unavoidable_if_valkey_lost_its_memory() -> None:
    flush = Kill("valkey", 12, 13)
    decided = Life("cr_2", "b_2", "COMPLETED", 1.0, 61.0, decided=replace(DECIDED, decided_at=16, recorded_at=16))
    named = {("bare word across a flush of Valkey", True)}
    listed = Life("cr_2", "b_2", "COMPLETED", 1.0, 61.0, sends=(replace(SENDS[0], scheduled_at=1, ended_at=2),))

    assert bare_word_breaches(spoken(EARLIER, kills=(flush,), other=decided)) == named
    assert bare_word_breaches(spoken(EARLIER, kills=(flush,))) == named, "no search finds it yet"
    assert bare_word_breaches(spoken(EARLIER, kills=(flush,), other=listed)) == WRONG
    temporal = Kill("temporal", 10, 11)
    assert bare_word_breaches(spoken(EARLIER, kills=(flush, temporal), other=listed)) == named


def test_verdict_on_several_counts_for_all_or_for_none() -> None:
    assert "lost reply" in {breach.kind for breach in reconcile(half_taken())}
    none_taken = half_taken()
    none_taken.lives["cr_1"] = replace(LIFE, replies=(), decided=None)
    assert "lost reply" in {breach.kind for breach in reconcile(none_taken)}
    none_taken.lives["cr_2"] = replace(LIFE, id="cr_2", replies=(), decided=replace(DECIDED, decided_at=15))
    assert "lost reply" not in {breach.kind for breach in reconcile(none_taken)}


def test_owner_who_wants_to_see_the_prompt_gets_it_unmarked_and_out_of_turn() -> None:
    wish = Wish(7, SAID.key, WHATSAPP)

    def kinds(*wishes: Wish, again: tuple[Send, ...] = (SHOWN_AGAIN,)) -> set[str]:
        found = repeated("sent", again=again, looks=())
        life = replace(found.lives["cr_1"], wishes=wishes)
        return {b.kind for b in reconcile(replace(found, lives={"cr_1": life}))} & NEEDLESS

    assert kinds(replace(wish, event=6)) == set()
    assert kinds(wish) == {"unmarked repetition", "prompt out of turn"}
    marked = replace(AGAIN, id=f"{AGAIN.id}/2", event=10, knowing=9)
    needless = {"repeated without need", "repeated without a look"}
    assert kinds(replace(wish, event=6), again=(SHOWN_AGAIN, marked)) == needless
    in_doubt = replace(SHOWN_AGAIN, end=UNKNOWN)
    assert kinds(replace(wish, event=6), again=(in_doubt, marked)) == {"repeated without a look"}


def test_approval_can_be_refused_if_its_chat_might_lack_the_whole_prompt() -> None:
    skipped = replace(REPLY, event=11, key="whatsapp/SM2", verdict=("rejected", "too salesy"), received_at=19.6)
    later = replace(DECIDED, outcome="rejected", final_text=None, note="too salesy")

    def is_wrong(**changes: Any) -> bool:
        found = lived(replies=(REPLY, skipped), decided=later, **changes)
        return "wrong decision" in {breach.kind for breach in reconcile(found)}

    assert is_wrong()
    assert not is_wrong(sends=sent(0, ended_at=19.8))
    assert not is_wrong(reports=(RecordedReport(8, "whatsapp/1/1", arrived=False, code="63018"),))


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "rejected", "final_text": None},
        {"final_text": "Something else"},
        {"decider": IMESSAGE},
        {"note": "too salesy"},
        {"outcome": "expired", "final_text": None, "decider": "system:timeout"},
        {"read_until": 9},
    ],
)
def test_decision_other_than_the_first_valid_reply_is_wrong(changes: dict[str, Any]) -> None:
    assert "wrong decision" in {breach.kind for breach in reconcile(decided(**changes))}


@pytest.mark.parametrize("reply", [replace(REPLY, sender=STRANGER), replace(REPLY, received_at=70.5)])
def test_reply_from_a_stranger_or_after_the_deadline_does_not_justify_a_decision(reply: Signaled) -> None:
    assert "wrong decision" in {breach.kind for breach in reconcile(lived(replies=(reply,)))}


def test_expiry_is_right_after_the_deadline_or_once_every_channel_refused() -> None:
    def kinds(at: float, decider: str, *ends: str, reports: tuple[RecordedReport, ...] = ()) -> set[str]:
        expired = replace(DECIDED, outcome="expired", final_text=None, decider=decider, decided_at=at)
        sends = tuple(replace(send, end=end, code="400") for send, end in zip(SENDS, ends, strict=False))
        found = reconcile(lived(replies=(), sends=sends, decided=expired, reports=reports))
        return {breach.kind for breach in found}

    assert "wrong decision" not in kinds(70, "system:timeout", "sent", "sent")
    assert "wrong decision" in kinds(69, "system:timeout", "sent", "sent")
    assert "wrong decision" not in kinds(12, "system:undeliverable", REFUSED, REFUSED)
    assert "wrong decision" in kinds(12, "system:undeliverable", "sent", REFUSED)
    failed = RecordedReport(8, "whatsapp/1/1", arrived=False, code="63024")
    assert "wrong decision" not in kinds(12, "system:undeliverable", "sent", REFUSED, reports=(failed,))
    passing = replace(failed, code="63018")
    assert "wrong decision" in kinds(12, "system:undeliverable", "sent", REFUSED, reports=(passing,))


def test_request_after_the_decision_is_allowed_only_if_it_was_under_way() -> None:
    def kinds(send: Send) -> set[str]:
        late = Arrival(send.approver, send.text, 21.5)
        seen = Outside((*ARRIVED, late), (*ARRIVED, late, ANSWER), (DELIVERED,))
        return {breach.kind for breach in reconcile(evidence(life=replace(LIFE, sends=(*SENDS, send)), outside=seen))}

    assert "send after the decision" in kinds(GIVEN_UP)
    assert "send after the decision" not in kinds(replace(GIVEN_UP, started_at=20.0, end=UNKNOWN))


def test_repetition_is_needless_if_the_run_knew_of_an_arrival() -> None:
    def kinds(report: RecordedReport) -> set[str]:
        return {breach.kind for breach in reconcile(repeated(UNKNOWN, report))}

    assert "repeated without need" in kinds(RecordedReport(6, "whatsapp/1/1"))
    assert "repeated without need" not in kinds(RecordedReport(8, "whatsapp/1/1"))
    assert "repeated without need" not in kinds(RecordedReport(6, "whatsapp/1/2"))


def test_each_of_several_repetitions_follows_a_doubt_and_a_look_or_a_return() -> None:
    second = replace(AGAIN, id="prompt/whatsapp/1/1/repeated/2", event=14, knowing=13, scheduled_at=18)
    look = replace(LOOK, event=11, scheduled_at=14.9, answered=12)

    def kinds(
        first_end: str, *reports: RecordedReport, looks: tuple[Look, ...] = (LOOK, look), end: str = UNKNOWN
    ) -> set[str]:
        again = (replace(AGAIN, end=end), second)
        found = repeated(first_end, *reports, again=again, looks=looks)
        gone = tuple(message for message in found.outside.messages if message.to != WHATSAPP)
        found = replace(found, outside=replace(found.outside, messages=(*gone, ANSWER)))
        return {breach.kind for breach in reconcile(found)} - {"sent, but not on the phone", "no receipt"}

    assert kinds(UNKNOWN) == set()
    assert kinds(UNKNOWN, looks=(LOOK,)) == {"repeated without a look"}
    assert kinds(UNKNOWN, RecordedReport(12, "whatsapp/1/1")) == {"repeated without need"}
    assert kinds(UNKNOWN, RecordedReport(12, "whatsapp/1/1/repeated")) == {"repeated without need"}
    assert kinds(UNKNOWN, end="sent") == {"repeated without need"}
    came_back = RecordedReport(12, "whatsapp/1/1/repeated", arrived=False, code="63018")
    assert kinds(UNKNOWN, came_back, looks=(LOOK,)) == set()


def test_answer_by_both_the_edge_and_the_run_is_reported() -> None:
    twice = saw(Arrival(IMESSAGE, RECEIPT, 24))
    twice = replace(twice, answers=(replace(SENDS[2], id="answer"),))

    assert {(breach.kind, breach.unavoidable) for breach in reconcile(twice)} == {("answer twice", True)}

    again = replace(SENDS[2], approver=WHATSAPP, text="cr_1: already approved on iMessage.")
    read = tuple(Arrival(WHATSAPP, again.text, at) for at in (21.0, 22.0))
    outside = Outside(ARRIVED, (*ARRIVED, *read, ANSWER), (DELIVERED,))

    def kinds(*words: str) -> set[str]:
        said = replace(SAID, words=[*SAID.words, *words])
        found = evidence(life=replace(LIFE, sends=(*SENDS, again)), outside=outside, said=said)
        return {breach.kind for breach in reconcile(found)} & {"answer twice", "second receipt"}

    assert kinds() == {"second receipt"}
    assert kinds(again.text) == {"answer twice"}


def test_unavoidable_breaches_are_reported() -> None:
    lost = lived(sends=sent(2, end=UNKNOWN, reason="its worker was lost"))
    lost = replace(lost, outside=Outside(ARRIVED[:2], (*ARRIVED[:2], ANSWER), (DELIVERED,)))
    kinds = {breach.kind for found in (repeated(UNKNOWN), lost) for breach in reconcile(found) if breach.unavoidable}

    assert kinds == {"prompt twice, marked", "no receipt"}
    assert all(breach.unavoidable for found in (repeated(UNKNOWN), lost) for breach in reconcile(found))


def crowd(*starts: float, one_owner: bool = False, late: float = 0) -> Evidence:
    """Returns evidence in which one brand asks many owners, or many brands ask one owner.

    Each request is about a different candidate, and arrives `late` seconds after its slot.
    """
    found = evidence(outside=Outside())
    lives, requests = {}, []
    for number, at in enumerate(starts, start=2):
        owner = WHATSAPP if one_owner else f"whatsapp:+1555000{number:04}"
        send = replace(SENDS[0], approver=owner, text=f"{PROMPT}{number}", started_at=at - late)
        brand = f"b_{number}" if one_owner else "b_1"
        lives[f"cr_{number}"] = Life(f"cr_{number}", brand, "COMPLETED", 0, 60, sends=(send,))
        requests.append(Arrival(owner, send.text, at))
    return replace(found, lives=lives, outside=Outside(tuple(requests)))


def overtaken(late: float) -> Evidence:
    """Returns evidence in which the second of two requests has the earlier slot, and is late."""
    found = crowd(10, 12)
    life = found.lives["cr_3"]
    return replace(
        found, lives=found.lives | {"cr_3": replace(life, sends=(replace(life.sends[0], started_at=12 - late),))}
    )


def limits(found: Evidence, *kills: Kill) -> set[tuple[str, bool]]:
    found.ledger.kills.extend(kills)
    names = ("spacing", "bucket")
    return {(breach.kind, breach.unavoidable) for breach in reconcile(found) if breach.kind.startswith(names)}


def test_two_prompts_of_a_brand_start_no_closer_than_its_spacing_unless_valkey_was_flushed() -> None:
    assert limits(crowd(0, 3, 6)) == set()
    assert limits(crowd(0, 2, 6)) == {("spacing", False)}
    assert limits(crowd(0, 2, 6, late=0.9)) == {("spacing", False)}
    assert limits(crowd(0, 2, 6, late=1.1)) == set()
    assert limits(overtaken(late=4.9)) == {("spacing", False)}
    assert limits(overtaken(late=5.1)) == set()
    assert limits(crowd(0, 2, 6), Kill("simulator", -2, -0.5)) == set()
    assert limits(crowd(0, 2, 6), Kill("simulator", -2, -1.5)) == {("spacing", False)}
    assert limits(crowd(0, 2, 6), Kill("valkey", 1, 1.5)) == {("spacing across a flush of Valkey", True)}
    assert limits(crowd(0, 2, 6), Kill("valkey", 4, 5)) == {("spacing", False)}


def test_no_period_has_more_prompts_than_the_bucket_allows() -> None:
    plan = Plan(seed=1, spacing=1, refill_per_min=6)
    assert limits(replace(crowd(0, 2, 4, 6, 16), plan=plan)) == set()
    assert limits(replace(crowd(0, 2, 4, 6, 8), plan=plan)) == {("bucket", False)}
    flushed = {("bucket across a flush of Valkey", True)}
    assert limits(replace(crowd(0, 2, 4, 6, 8), plan=plan), Kill("valkey", 5, 5.5)) == flushed


def test_owner_of_many_brands_is_asked_no_more_than_the_recipients_bucket_allows() -> None:
    plan = Plan(seed=1, recipient_spacing=1, recipient_capacity=3, recipient_refill_per_hour=360)
    assert limits(replace(crowd(0, 2, 4, 14, one_owner=True), plan=plan)) == set()
    assert limits(replace(crowd(0, 2, 4, 6, one_owner=True), plan=plan)) == {("bucket", False)}


WAITING = Life("cr_1", "b_1", "COMPLETED", 10.0, 370.0, sends=tuple(sent(0, end=UNKNOWN, ended_at=26)[:1]))
"""A candidate with six minutes, accepted while Twilio was away; its first send had no outcome."""

REPEATED_ONCE = (*WAITING.sends, replace(AGAIN, scheduled_at=86, ended_at=101, end=UNKNOWN))
EXPIRED = RecordedDecision("expired", None, "system:timeout", 370, 360_000, read_until=99, event=99, recorded_at=370)


def unasked(*kills: Kill, until: float = 190, seen: tuple[Arrival, ...] = (), **changes: Any) -> set[str]:
    life = replace(WAITING, **({"decided": EXPIRED} | changes))
    found = evidence(life=life, outside=Outside(seen, seen), kills=kills)
    found.ledger.posted["cr_1"].body = BODY | {"deadline_sec": 360, "owner_imessage": None}
    found.ledger.outages.append(Outage("whatsapp", "hangs", 5, until))
    return {breach.kind for breach in reconcile(found)} & {"not asked"}


def test_owner_who_has_time_left_when_an_outage_ends_is_asked() -> None:
    assert unasked(sends=()) == {"not asked"}
    assert unasked() == {"not asked"}
    assert unasked(sends=REPEATED_ONCE) == {"not asked"}
    assert unasked(sends=sent(0, end=WITHHELD, ended_at=370)[:1]) == {"not asked"}
    assert unasked(sends=sent(0, end="sent", ended_at=12)[:1]) == {"not asked"}

    assert unasked(seen=(Arrival(WHATSAPP, AGAIN.text, 229),)) == set()
    assert unasked(sends=REPEATED_ONCE, decided=replace(EXPIRED, recorded_at=248)) == set()
    assert unasked(until=300) == set()
    assert unasked(sends=sent(0, end=REFUSED, code="21211")[:1]) == set()


def test_time_does_not_count_while_processes_are_away_or_others_have_their_turn() -> None:
    assert unasked(Kill("temporal", 200, 250), sends=REPEATED_ONCE) == {"not asked"}
    assert unasked(Kill("temporal", 220, 280), sends=REPEATED_ONCE) == set()
    assert unasked(Kill("temporal", 200, 250), Kill("worker 1", 240, 285), sends=REPEATED_ONCE) == set()
    assert unasked(Kill("api", 220, 310), sends=REPEATED_ONCE) == {"not asked"}

    def is_clear(turns_of_others: int) -> bool:
        chance = Chances(crowd(*range(100, 100 + 3 * turns_of_others, 3))).of(WAITING, WHATSAPP)
        return chance is not None and chance.was_clear

    assert is_clear(2)
    assert not is_clear(70)


def test_repetition_is_due_by_its_schedule_which_ends_on_imessage() -> None:
    def due(number: int, channel: str = "whatsapp", reason: str = "") -> float:
        name = f"prompt/{channel}/1/1" + ("" if number == 0 else "/repeated" if number == 1 else f"/repeated/{number}")
        approver = WHATSAPP if channel == "whatsapp" else IMESSAGE
        last = replace(SENDS[0], id=name, approver=approver, ended_at=1000, end=UNKNOWN, reason=reason)
        life = replace(WAITING, deadline=1e6, sends=(last,))
        chance = Chances(evidence(life=life)).of(life, approver)
        return chance.since - 1000 if chance else -1

    assert [due(number) for number in range(6)] == [60, 240, 600, 2700, 3600, 3600]
    assert [due(number, "imessage") for number in range(6)] == [60, 240, 600, 2700, -1, -1]
    assert due(0, reason="its worker was lost") == 5


def test_chats_asked_after_an_outage_are_counted_and_those_that_had_to_be() -> None:
    def counted(until: float, at: float) -> tuple[int, int]:
        seen = (Arrival(WHATSAPP, AGAIN.text, at),)
        found = evidence(life=WAITING, outside=Outside(seen, seen))
        found.ledger.outages.append(Outage("whatsapp", "hangs", 5, until))
        return asked_after_outages(found)

    assert counted(190, 195) == (1, 1)
    assert counted(300, 301) == (1, 0)
    assert counted(5, 195) == (0, 0)
