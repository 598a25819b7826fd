"""Brands differ in owners, of whom the first answer decides, and limits; their file can change."""

import asyncio
from datetime import datetime, timedelta

import pytest

from engine.candidates import Candidates
from tests.harness.asking import asked_everywhere
from tests.harness.brands import END, StackBrands, section
from tests.harness.chats import until_read
from tests.harness.core import draft, without
from tests.harness.naming import label
from tests.harness.operator import until_details
from tests.harness.phone import Owner
from tests.harness.scrape import complete_scrape
from tests.harness.stack import Stack

pytestmark = pytest.mark.faults


async def prompted(stack: Stack, candidate_id: str, *owners: Owner, channel: str = "whatsapp") -> None:
    for owner in owners:
        await stack.phone.until_message(channel, owner, f"Id: {candidate_id}\n")


async def decision_of(stack: Stack, candidate_id: str) -> tuple[str, str]:
    decided = await stack.phone.until_decided(candidate_id)
    return decided["decision"], decided["decider"]


async def test_first_answer_of_several_owners_wins_and_the_others_are_told(
    stack: Stack, brands_file: StackBrands
) -> None:
    first, second, third = Owner(), Owner(), Owner()
    await brands_file.becomes(
        section("b_several", first, second) + f'[brands.b_several.imessage]\nowners = ["{third.imessage}"]\n'
    )
    candidate = await stack.core.accepted(brand_id="b_several")
    candidate_id = candidate["id"]
    await prompted(stack, candidate_id, first, second)
    await prompted(stack, candidate_id, third, channel="imessage")
    run = stack.run_of(candidate_id)
    for chat in ("WhatsApp, approver 1", "WhatsApp, approver 2", "iMessage"):
        await until_details(run, f"- **{chat}**: asked")
    await stack.phone.says("whatsapp", second, f"approve {candidate_id}")

    assert await decision_of(stack, candidate_id) == ("approved", second.whatsapp)
    words = f"Approved by another owner on WhatsApp: {label(candidate)}. It needs no answer any more."
    assert (await stack.phone.until_message("whatsapp", first, "no answer any more"))["text"] == words
    receipt = await stack.phone.until_message("imessage", third, "no answer any more")
    assert receipt["text"] == words.replace(" by another owner", "")
    late = await stack.phone.says("whatsapp", first, f"skip {candidate_id}")
    assert late.words == [
        f"{label(candidate)}: already approved by another owner on WhatsApp. Your message changes nothing."
    ]


async def test_two_owners_at_the_same_moment_make_one_decision_and_the_other_learns_of_it(
    stack: Stack, brands_file: StackBrands
) -> None:
    owners = [Owner(), Owner()]
    await brands_file.becomes(section("b_at_once", *owners))
    candidate_id = (await stack.core.accepted(brand_id="b_at_once"))["id"]
    await prompted(stack, candidate_id, *owners)

    await asyncio.gather(
        *(
            stack.phone.says("whatsapp", owner, f"{verb} {candidate_id}")
            for owner, verb in zip(owners, ("approve", "skip"), strict=True)
        )
    )

    decision = await decision_of(stack, candidate_id)
    winner = next(owner for owner in owners if owner.whatsapp == decision[1])
    loser = next(owner for owner in owners if owner is not winner)
    assert decision[0] == ("approved" if winner is owners[0] else "rejected")
    told = await stack.phone.until_message("whatsapp", loser, "by another owner on WhatsApp")
    assert f"{'approved' if winner is owners[0] else 'skipped'} by another owner" in told["text"].lower()
    await stack.run_of(candidate_id).result()
    assert len(await stack.phone.decisions(candidate_id)) == 1
    assert not [text for text in await stack.phone.texts("whatsapp", winner) if "another owner" in text]


@pytest.mark.parametrize("is_under_way", [False, True])
async def test_bare_verb_is_about_what_its_own_sender_was_asked(
    stack: Stack, brands_file: StackBrands, *, is_under_way: bool
) -> None:
    """The second owner's prompt waits for its slot, and nobody approves what they have not read."""
    owners = [Owner(), Owner()]
    brand_id = f"b_unread_{is_under_way}"
    await brands_file.becomes(section(brand_id, *owners, more="min_spacing_sec = 60"))
    if is_under_way:
        await stack.phone.fault("twilio.messages", match=brand_id, times=1, accept=True, hang=True)
    candidate = await asked_everywhere(stack, "" if is_under_way else "whatsapp", None, brand_id=brand_id)
    prompt = await stack.phone.until_prompted("whatsapp", candidate["id"])
    reader = next(owner for owner in owners if owner.whatsapp == prompt["address"])
    other = next(owner for owner in owners if owner is not reader)

    unasked = await stack.phone.says("whatsapp", other, "approve")
    assert unasked.words == [
        "Nothing was decided. 1 draft is open that you were not asked about here yet. To see it send list"
    ]
    await until_read(stack, "whatsapp", reader, candidate)
    said = await stack.phone.says("whatsapp", reader, "approve")

    assert said.words == [f"Got it: post {label(candidate)}"]
    assert await decision_of(stack, candidate["id"]) == ("approved", reader.whatsapp)
    assert not [text for text in await stack.phone.texts("whatsapp", other) if candidate["id"] in text]


async def test_owner_of_another_brand_gets_nowhere(stack: Stack, brands_file: StackBrands) -> None:
    owner, neighbor, stranger = Owner(), Owner(), Owner()
    await brands_file.becomes(section("b_mine", owner) + section("b_theirs", neighbor))
    candidate = await asked_everywhere(stack, "whatsapp", None, brand_id="b_mine")

    unknown = f"Nothing was decided: no draft here has the number or id {candidate['id']}.\nNothing is open."
    answers = {f"approve {candidate['id']}": unknown, "approve": "Nothing is open. Your message changes nothing."}
    for text, answer in answers.items():
        assert (await stack.phone.says("whatsapp", neighbor, text)).words == [answer]
        said = await stack.phone.says("whatsapp", stranger, text)
        assert said.words == [""]

    await until_read(stack, "whatsapp", owner, candidate)
    await stack.phone.says("whatsapp", owner, "skip")
    assert await decision_of(stack, candidate["id"]) == ("rejected", owner.whatsapp)


async def test_candidate_continues_with_the_owners_who_can_be_reached(stack: Stack, brands_file: StackBrands) -> None:
    gone, reached = Owner(), Owner()
    await brands_file.becomes(section("b_one_gone", gone, reached))
    await stack.phone.fault("twilio.messages", match=gone.whatsapp, status=400, code=21211)
    candidate_id = (await stack.core.accepted(brand_id="b_one_gone"))["id"]
    await prompted(stack, candidate_id, reached)
    await until_details(stack.run_of(candidate_id), "approver 1**: part 1 refused")
    await stack.phone.says("whatsapp", reached, f"approve {candidate_id}")

    assert await decision_of(stack, candidate_id) == ("approved", reached.whatsapp)


async def test_limits_of_brands_apply_independently(stack: Stack, brands_file: StackBrands) -> None:
    patient, busy = Owner(), Owner()
    await brands_file.becomes(
        section("b_patient", patient, more="bucket_capacity = 1\nbucket_refill_per_min = 0.01")
        + section("b_busy", busy, more="min_spacing_sec = 0")
    )
    posted = {
        brand_id: [(await stack.core.accepted(brand_id=brand_id, deadline_sec=15))["id"] for _ in range(3)]
        for brand_id in ("b_patient", "b_busy")
    }

    await asyncio.gather(*(prompted(stack, candidate_id, busy) for candidate_id in posted["b_busy"]))

    await prompted(stack, posted["b_patient"][0], patient)
    for candidate_id in posted["b_patient"][1:]:
        await until_details(stack.run_of(candidate_id), "part 1 not sent: no slot is left in time")


async def test_changed_file_applies_to_the_next_candidate_and_not_to_a_waiting_one(
    stack: Stack, brands_file: StackBrands
) -> None:
    before, after = Owner(), Owner()
    await brands_file.becomes(section("b_changed", before, top="deadline_sec = 600"))
    waiting = await posted_without_a_deadline(stack, "b_changed")
    await brands_file.becomes(section("b_changed", after, top="deadline_sec = 1200"))
    following = await posted_without_a_deadline(stack, "b_changed")
    await brands_file.becomes(section("b_changed", before, more="bucket_capacity = 0"))
    last = await posted_without_a_deadline(stack, "b_changed")

    for candidate_id, owner, seconds in ((waiting, before, 600), (following, after, 1200), (last, after, 1200)):
        await prompted(stack, candidate_id, owner)
        shown = await stack.core.candidate(candidate_id)
        assert moment(shown["deadline"]) - moment(shown["created_at"]) == timedelta(seconds=seconds)
        await stack.phone.says("whatsapp", owner, f"approve {candidate_id}")
        assert await decision_of(stack, candidate_id) == ("approved", owner.whatsapp)


async def test_candidate_keeps_how_its_brand_was_shown_when_it_was_accepted(
    stack: Stack, brands_file: StackBrands
) -> None:
    shown = 'name = "Acme"\ntime_zone = "America/Mexico_City"\nlongest = { x = 25000, reddit = 500 }'
    await brands_file.becomes(section("b_shown", Owner(), top=shown))
    known, other = await stack.core.accepted(brand_id="b_shown"), await stack.core.accepted(platform="reddit")
    await brands_file.becomes(section("b_shown", Owner(), top='name = "Globex"'))

    kept = [(await Candidates(stack.client).read(body["id"])).candidate for body in (known, other)]

    assert [(candidate.brand_name, candidate.utc_offset, candidate.longest_post) for candidate in kept] == [
        ("Acme", timedelta(hours=-6), 25_000),
        (None, None, None),
    ]


async def test_invalid_change_is_named_in_the_log_and_at_readyz_until_it_is_fixed(
    stack: Stack, brands_file: StackBrands
) -> None:
    async def state() -> str:
        return str((await stack.core.http.get("/readyz")).json()["dependencies"]["brands_file"])

    await brands_file.becomes("[brands.b_unsound]\nowner = []")
    refused = await state()
    await brands_file.becomes("[brands.b_unsound]")

    assert refused.startswith("the last good file is in use")
    assert "brands.b_unsound.owner: is not a known key" in stack.api.output
    assert not (await state()).startswith("the last good file is in use")


@pytest.mark.parametrize("change", ["cut", "gone"])
async def test_draft_of_a_brand_that_the_file_lost_never_reaches_the_fallback_owners(
    stack: Stack, brands_file: StackBrands, change: str
) -> None:
    owner, brand_id = Owner(), f"b_lost_{change}"
    await brands_file.becomes(section("b_stays") + section(brand_id, owner))
    await brands_file.becomes(section("b_stays"), end="" if change == "cut" else END)

    candidate_id = (await stack.core.accepted(brand_id=brand_id))["id"]

    await prompted(stack, candidate_id, owner)
    assert (await stack.core.candidate(candidate_id))["channels"] == ["whatsapp"], "the fallback owners have both"
    state = (await stack.core.http.get("/readyz")).json()["dependencies"]["brands_file"]
    assert state.startswith("the last good file" if change == "cut" else "brands that are gone from the file: ")
    if change == "gone":
        scraped = await complete_scrape(stack.gateway_url)
        assert scraped.has("gateway_brands_vanished")


async def test_only_the_named_owner_is_asked_unless_only_listed_ones_can_be(
    stack: Stack, brands_file: StackBrands
) -> None:
    listed, named = Owner(), Owner()
    await brands_file.becomes(section("b_open", listed) + section("b_closed", listed, top="owners_only = true"))

    candidate_id = (await stack.core.accepted(brand_id="b_open", owner_whatsapp=named.whatsapp))["id"]
    refused = await stack.core.post(draft(brand_id="b_closed", owner_whatsapp=named.whatsapp))

    await prompted(stack, candidate_id, named)
    assert (await stack.core.candidate(candidate_id))["channels"] == ["whatsapp"], "the fallback owner is for others"
    assert not await stack.phone.texts("whatsapp", listed)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("owner_whatsapp: not among the brand's owners")
    accepted = await stack.core.accepted(brand_id="b_closed", owner_whatsapp=listed.whatsapp)

    await brands_file.becomes(section("b_closed", named, top="owners_only = true"))
    again = await stack.core.post(accepted)
    assert again.json()["status"] == "duplicate", "what was accepted stays so, though its owner is listed no more"


async def posted_without_a_deadline(stack: Stack, brand_id: str) -> str:
    candidate = draft(brand_id=brand_id)
    assert (await stack.core.post(without(candidate, "deadline_sec"))).status_code == 202
    return candidate["id"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
