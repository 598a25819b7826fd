"""A repetition is marked, and follows an unknown outcome or a return.

On WhatsApp it also follows a look at Twilio's list that found nothing. A prompt that an owner wants
to see again is unmarked and out of turn, and what was sent before it does not matter any more.
"""

from collections.abc import Iterator

from tests.chaos.breaches import Breach, Evidence, clock
from tests.chaos.lives import SENT, UNKNOWN, Life, Send
from tests.chaos.origins import SAME_MOMENT
from tests.chaos.outside import Arrival


def check_repetitions(evidence: Evidence) -> Iterator[Breach]:
    for life in evidence.lives.values():
        yield from _check_turns(life)
        for again in (send for send in life.sends if send.is_repetition):
            earlier = [s for s in life.prompts_to(again.approver) if s.part == again.part and s.event < again.event]
            if not again.is_marked:
                yield from _check_wish(life, earlier, again)
                continue
            earlier = _since_last_wish(earlier)
            yield from _check_need(life, earlier, again)
            if earlier and again.approver.startswith("whatsapp:") and not _returned(life, earlier[-1], again):
                yield from _check_look(evidence, life, earlier, again)
            yield from _check_arrivals(evidence, life, earlier, again)


def _check_turns(life: Life) -> Iterator[Breach]:
    """Checks that only what its owner wants to see is sent before the brand's turn."""
    for send in life.sends:
        is_out_of_turn = send.is_first_part and not send.takes_brand_slot
        if is_out_of_turn and not life.wanted_by(send.approver, send.knowing):
            yield Breach("prompt out of turn", life.id, f"{send.id} to {send.approver}")


def _check_wish(life: Life, earlier: list[Send], again: Send) -> Iterator[Breach]:
    shown_again = sum(send.is_repetition and not send.is_marked for send in [*earlier, again])
    if shown_again > life.wanted_by(again.approver, again.knowing):
        yield Breach("unmarked repetition", life.id, f"{again.id} to {again.approver}")


def _since_last_wish(earlier: list[Send]) -> list[Send]:
    unmarked = [number for number, send in enumerate(earlier) if not send.is_marked]
    return earlier[unmarked[-1] :] if unmarked else earlier


def _check_need(life: Life, earlier: list[Send], again: Send) -> Iterator[Breach]:
    """Checks that no attempt was proven, and that one was in doubt or had come back."""
    proven = [send.id for send in earlier if _proven(life, send, again)]
    in_doubt = [send for send in earlier if send.end == UNKNOWN or _returned(life, send, again)]
    if proven or not in_doubt:
        ends = ", ".join(f"{send.id} {send.end}" for send in earlier)
        yield Breach("repeated without need", life.id, f"{again.id}, although {proven} had arrived; {ends}")


def _proven(life: Life, send: Send, again: Send) -> bool:
    reported = [event for event in life.reports_on(send, arrived=True) if event < again.knowing]
    failed = [event for event in life.reports_on(send, arrived=False) if event < again.knowing]
    return not failed and (send.end == SENT or bool(reported))


def _returned(life: Life, send: Send, again: Send) -> bool:
    return any(report.came_back and report.event < again.knowing for report in life.reports_of(send))


def _check_look(evidence: Evidence, life: Life, earlier: list[Send], again: Send) -> Iterator[Breach]:
    """Checks that a look after the last attempt found nothing.

    The simulated list never lags behind the phone.
    """
    looks = [
        look
        for look in life.looks
        if look.approver == again.approver
        and earlier[0].text in look.texts
        and earlier[-1].event < look.event
        and look.answered is not None
        and look.answered < again.event
    ]
    if not looks:
        yield Breach("repeated without a look", life.id, f"{again.id} after {earlier[-1].id} {earlier[-1].end}")
        return
    last = looks[-1]
    listed = [m for m in _arrivals(evidence, earlier) if m.at < last.scheduled_at - SAME_MOMENT]
    if listed and not last.found:
        seen = f"arrived {clock(listed[0].at)}, looked for {clock(last.scheduled_at)}"
        yield Breach("not found at Twilio", life.id, f"{again.id}: {seen}")


def _check_arrivals(evidence: Evidence, life: Life, earlier: list[Send], again: Send) -> Iterator[Breach]:
    """Reports what an owner reads twice: it had come back, or its outcome was unknown."""
    before = [m for m in _arrivals(evidence, earlier) if m.at < again.scheduled_at]
    after = [m for m in _arrivals(evidence, [again]) if m.at >= again.scheduled_at - SAME_MOMENT]
    if before and after:
        moments = ", ".join(clock(message.at) for message in (before[0], after[0]))
        yield Breach("prompt twice, marked", life.id, f"{again.id}: {moments}; {_why(earlier)}", unavoidable=True)


def _arrivals(evidence: Evidence, sends: list[Send]) -> list[Arrival]:
    texts = {(send.approver, send.text) for send in sends}
    return [message for message in evidence.outside.messages if (message.to, message.text) in texts]


def _why(earlier: list[Send]) -> str:
    return ", ".join(send.reason or send.end for send in earlier)
