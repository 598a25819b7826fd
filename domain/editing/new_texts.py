"""A text that an owner wants posted in place of a draft, or the reason to refuse it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.blank_text import is_blank
from domain.candidate import Candidate
from domain.channels import Channel
from domain.decision import Outcome, Verdict
from domain.editing.edits import cleaned, is_placeholder, same_as_draft
from domain.editing.lengths import over_maybe, over_surely
from domain.editing.prompt_copies import says_that_it_is_cut, still_has_our_lines
from domain.reading.commands_in_texts import holds_command
from domain.writing import refusals
from domain.writing.prompt_parts import prompt_parts
from domain.writing.wording import utf16_length

_LONGEST_QUESTION = 60
"""Characters of a question to us; a longer text that ends with a question mark might be a post."""


@dataclass(frozen=True)
class NewText:
    """A verdict with its cleaned text, and a warning to show with it."""

    verdict: Verdict
    warning: str | None = None


def read(message: str, channel: Channel, candidate: Candidate, verdict: Verdict) -> NewText | str:
    """Reads the text or note of a verdict; returns the words of a refusal if it cannot be accepted.

    `message` is the whole message that contained it. A text that equals the draft is an approval.
    """
    if verdict.note_excess:
        return refusals.note_too_long(candidate, verdict)
    if verdict.text is None:
        return NewText(verdict)
    if _may_be_cut(message, channel):
        return refusals.may_be_cut(candidate)
    return _taken(candidate, verdict, prompt_parts(candidate, channel))


def _taken(candidate: Candidate, verdict: Verdict, messages: Sequence[str]) -> NewText | str:
    """Reads an edit without what `messages`, those of the prompt, have around the draft."""
    text = cleaned(verdict.text or "", candidate.proposed_text, messages)
    if not text or is_placeholder(text):
        return refusals.placeholder(candidate)
    if same_as_draft(text, candidate.proposed_text):
        return NewText(Verdict(Outcome.APPROVED))
    return _why_not(text, candidate, messages) or _measured(candidate, replace(verdict, text=text))


def _why_not(text: str, candidate: Candidate, messages: Sequence[str]) -> str | None:
    """Returns a refusal if a text contains what was hardly meant to be posted."""
    if is_blank(text):
        return refusals.placeholder(candidate)
    if still_has_our_lines(text, candidate.proposed_text, messages):
        return refusals.our_lines(candidate)
    if says_that_it_is_cut(text, candidate.proposed_text):
        return refusals.cut_note(candidate)
    if holds_command(text) and not holds_command(candidate.proposed_text):
        return refusals.holds_command(candidate)
    return None


def may_be_meant(text: str, draft: str) -> bool:
    """Returns whether free words might be a text to post.

    Emoji without words are not, and neither is a short question about the draft.
    """
    written = text.strip()
    if not any(map(str.isalnum, written)):
        return False
    is_question = written.endswith("?") and len(written) <= _LONGEST_QUESTION
    return not is_question or draft.strip().endswith("?")


def _measured(candidate: Candidate, verdict: Verdict) -> NewText | str:
    if verdict.excess:
        return refusals.too_long(candidate, verdict)
    measured = verdict.text or "", candidate.platform, candidate.longest_post
    if over := over_surely(*measured):
        return refusals.too_long_for_platform(candidate, over)
    return NewText(verdict, refusals.may_be_too_long(candidate, over) if (over := over_maybe(*measured)) else None)


def _may_be_cut(message: str, channel: Channel) -> bool:
    cut_from = channel.traits.cuts_replies_from
    return cut_from is not None and utf16_length(message) >= cut_from
