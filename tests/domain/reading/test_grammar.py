"""What an owner's words mean, by the tables tests/data/words.*.json, one for each language."""

import json
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.candidate import LONGEST_NOTE
from domain.conversation.numbers import is_number
from domain.decision import Outcome, Verdict
from domain.reading.grammar import read
from domain.reading.phrases import EMOJI_SIGNS, SIGNS, phrases, table_of, written
from domain.reading.requests import (
    All,
    Command,
    Decide,
    DecideEach,
    EditHow,
    Hedge,
    Help,
    Kind,
    ListOpen,
    Misspelt,
    Regret,
    ShowPrompt,
    Stands,
    Thanks,
    UnclearEdit,
    Unsure,
)
from domain.reading.words import ENGLISH, Language
from tests.domain.examples import CANDIDATE_IDS, HOSTILE
from tests.harness.rows import each_row

LANGUAGES = {language.code: language for language in (ENGLISH,)}
TABLES = [
    (LANGUAGES[path.suffixes[0].removeprefix(".")], json.loads(path.read_text(encoding="utf-8")))
    for path in sorted((Path(__file__).parents[2] / "data").glob("words.*.json"))
]
JUDGEMENTS = [(language, group) for language, table in TABLES for group in table["judgements"]]
PLAIN = [(language, group, phrase) for language, group in JUDGEMENTS for phrase in group["phrases"]]
ASKING: dict[str, type[Command]] = {
    "edit how": EditHow,
    "unclear edit": UnclearEdit,
    "show": ShowPrompt,
    "list": ListOpen,
    "help": Help,
    "thanks": Thanks,
    "regret": Regret,
    "stands": Stands,
}

SPANISH = Language(
    "es", approve=("publica", "publícalo"), yes=("sí", "claro que sí"), please=("por favor",), fine=("está bien",)
)
POLISH = Language("pl", yes=("tak", "no"), no=("nie",), not_english=("no",))

_SPACES = st.text(" \t\n\r\u00a0\u2003", max_size=3)
_GAPS = st.text(" \t\n\r\u00a0\u2003", min_size=1, max_size=3)
_WORDLESS_IDS = CANDIDATE_IDS.filter(lambda id_: not is_number(id_.rstrip(".")) and phrases(id_, ENGLISH).signs in "w#")
"""Ids that are not words of the table."""
_NEW_TEXTS = st.text(st.characters(codec="utf-8"), max_size=80).map(str.strip).filter(lambda text: text[:1].isalpha())


def _rows(name: str) -> list[tuple[Language, Any]]:
    return [(language, row) for language, table in TABLES for row in table[name]]


@each_row([*PLAIN, *((language, group, phrase) for language, group in JUDGEMENTS for phrase in group["alone"])])
def test_phrase_gives_its_verdict(language: Language, group: dict[str, Any], phrase: str) -> None:
    assert read(phrase, language) == Decide(Verdict(Outcome(group["quoted"])), Kind(group["kind"]))


@each_row(PLAIN)
def test_phrase_takes_a_number_before_and_after_it(language: Language, group: dict[str, Any], phrase: str) -> None:
    decide = Decide(Verdict(Outcome(group["quoted"])), Kind(group["kind"]), ("4821",))

    assert read(f"{phrase} 4821", language) == decide
    assert read(f"4821 {phrase}", language) == decide


@pytest.mark.parametrize("group", [group for _, group in JUDGEMENTS])
def test_kind_tells_what_decides_bare_and_by_a_name(group: dict[str, Any]) -> None:
    decided = None if Kind(group["kind"]).needs_quotation else group["quoted"]

    assert group["bare"] == group["named"] == decided
    assert group["quoted"]


def test_many_ways_to_say_it_are_understood() -> None:
    counted = {Outcome.APPROVED: 0, Outcome.REJECTED: 0}
    for _, group in JUDGEMENTS:
        if group["bare"]:
            counted[Outcome(group["bare"])] += len(group["phrases"] + group["alone"])

    assert counted[Outcome.APPROVED] >= 60
    assert counted[Outcome.REJECTED] >= 25
    assert len(_rows("edits")) >= 15
    assert len(_rows("hedges") + _rows("nothing")) >= 40


@each_row(_rows("named"))
def test_names_are_taken_as_they_are_written(language: Language, row: dict[str, Any]) -> None:
    command = read(row["message"], language)

    assert isinstance(command, Decide)
    assert command.verdict == Verdict(Outcome(row["decides"]))
    assert not command.kind.needs_quotation
    assert command.names == tuple(row["names"])


@each_row(
    [
        (language, outcome, message)
        for language, table in TABLES
        for outcome, messages in table["all"].items()
        for message in messages
    ]
)
def test_verdict_on_everything_is_not_a_verdict_on_one(language: Language, outcome: str, message: str) -> None:
    assert read(message, language) == All(Verdict(Outcome(outcome)))


@each_row(_rows("edits"))
def test_edit_keeps_its_text_as_written(language: Language, row: dict[str, Any]) -> None:
    names = (row["name"],) if row["name"] else ()

    assert read(row["message"], language) == Decide(Verdict(Outcome.EDITED, row["text"]), Kind.VERB, names)


@each_row(_rows("notes"))
def test_rejection_keeps_its_note_as_written(language: Language, row: dict[str, Any]) -> None:
    command = read(row["message"], language)

    assert isinstance(command, Decide)
    assert command.verdict == Verdict(Outcome.REJECTED, note=row["note"])
    assert command.names == tuple(row["names"])


@each_row(
    [
        (language, kind, message)
        for language, table in TABLES
        for kind, messages in table["asking"].items()
        for message in messages
    ]
)
def test_known_words_that_decide_nothing_are_recognized(language: Language, kind: str, message: str) -> None:
    assert isinstance(read(message, language), ASKING[kind])


@pytest.mark.parametrize(
    ("message", "command"),
    [
        ("edit 4821", EditHow("4821")),
        ("edit cr_1", EditHow("cr_1")),
        ("edit: your text", EditHow()),
        ("edit 4821 7390", EditHow()),
        ("edit something", UnclearEdit("something")),
        ("edit 4821 7390 We hear you.", UnclearEdit("7390 We hear you.", "4821")),
        ("edit 4821, We hear you.", UnclearEdit("We hear you.", "4821")),
        ("edit cr_1 We hear\nyou.", UnclearEdit("We hear\nyou.", "cr_1")),
        ("edit 4821 make it shorter", UnclearEdit("make it shorter", "4821")),
        ("show 4821", ShowPrompt("4821")),
        ("4821", ShowPrompt("4821")),
        ("4821 7390", ShowPrompt()),
        ("show cr_1.", ShowPrompt("cr_1.")),
        ("undo 4821", Regret("4821")),
        ("sorry, I meant no 4821", Regret("4821")),
        ("what about 4821?", Stands("4821")),
        ("redo 4821", Hedge(("4821",))),
        ("yes 4821, but shorter", Hedge(("4821",), note="shorter")),
        ("make it *shorter*", Hedge()),
        ("yes 4821, no to the other", Hedge()),
        ("yes 4821, but shorter, or 7390", Hedge(("4821", "7390"))),
        ("yes 4821, but later", Hedge(("4821",), is_later=True)),
        ("no thanks 4821", Unsure(Verdict(Outcome.REJECTED), "4821")),
    ],
)
def test_unclear_command_has_the_name_in_it(message: str, command: Command) -> None:
    assert read(message) == command


@each_row(_rows("hedges"))
def test_known_word_with_more_than_is_known_decides_nothing(language: Language, message: str) -> None:
    command = read(message, language)

    assert isinstance(command, Hedge)
    assert not command.is_later


@each_row(_rows("wishes"))
def test_wish_and_reason_without_a_command_become_the_note_of_one(language: Language, row: dict[str, Any]) -> None:
    command = read(row["message"], language)

    assert command == Hedge(tuple(row["names"]), note=row["note"], skips=row["skips"])
    for verb in ("redo", "skip"):
        rejected = Verdict(Outcome.REJECTED, note=row["note"])
        assert read(f"{verb} 4821: {row['note']}", language) == Decide(rejected, Kind.VERB, ("4821",))


@each_row(_rows("places"))
def test_place_of_a_draft_does_not_name_it(language: Language, message: str) -> None:
    assert read(message, language) == Hedge()


@each_row(_rows("later"))
def test_wish_to_decide_later_is_told_from_other_hedges(language: Language, message: str) -> None:
    command = read(message, language)

    assert isinstance(command, Hedge)
    assert command.is_later


@each_row(
    [
        (language, outcome, message)
        for language, table in TABLES
        for outcome, messages in table["unsure"].items()
        for message in messages
    ]
)
def test_words_that_might_not_be_a_verdict_are_asked_about(language: Language, outcome: str, message: str) -> None:
    command = read(message, language)

    assert isinstance(command, Unsure)
    assert command.verdict == Verdict(Outcome(outcome))


@each_row(_rows("misspelt"))
def test_misspelt_verdict_decides_nothing(language: Language, row: dict[str, Any]) -> None:
    command = read(row["message"], language)

    assert isinstance(command, Misspelt)
    assert command.word == row["word"]
    names = command.meant.names if isinstance(command.meant, Decide) else (command.meant.name,)
    assert list(names) == row["names"]


@each_row(_rows("each"))
def test_several_verdicts_in_one_message_are_separated(language: Language, row: dict[str, Any]) -> None:
    command = read(row["message"], language)

    assert isinstance(command, DecideEach)
    assert [(part.verdict, part.names) for part in command.parts] == [
        (Verdict(Outcome(part["decides"]), part.get("text"), part.get("note")), tuple(part["names"]))
        for part in row["parts"]
    ]


@each_row(_rows("nothing"))
def test_unknown_text_is_not_a_command(language: Language, message: str) -> None:
    assert read(message, language) is None


@each_row(_rows("never_bare"))
def test_words_of_carriers_and_single_letters_never_decide_bare(language: Language, word: str) -> None:
    command = read(word, language)

    assert not isinstance(command, Decide) or command.kind.needs_quotation


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_every_phrase_of_a_table_has_one_meaning(language: Language) -> None:
    table = table_of(language).signs

    for field, sign in SIGNS.items():
        for phrase in getattr(language, field):
            assert table[written(phrase)] == sign, phrase
    for sign, every in EMOJI_SIGNS.items():
        for emoji in every:
            assert table[written(emoji)] == sign, emoji


def test_every_field_of_a_language_is_read() -> None:
    others = {"code", "placeholders", "instructions", "changes", "not_english", "conditions", "suggested", "noted"}
    others |= {"wishes", "wishes_after_asking", "asking"}

    assert {field.name for field in fields(Language)} == SIGNS.keys() | others
    assert len(set(SIGNS.values())) == len(SIGNS)


@pytest.mark.parametrize(
    "message",
    ["sí", "Sí", "si", "SI\u0301 4821", "claro que si", "publícalo por favor", "Publicalo, por favor", "sí, approve"],
)
def test_language_is_understood_with_and_without_its_accents(message: str) -> None:
    command = read(message, SPANISH)

    assert isinstance(command, Decide)
    assert command.verdict == Verdict(Outcome.APPROVED)
    assert not isinstance(read(message), Decide)


def test_english_is_understood_in_addition_to_a_language() -> None:
    assert read("no 4821", SPANISH) == read("no 4821")
    assert read("please publica", SPANISH) == Decide(Verdict(Outcome.APPROVED), Kind.VERB)


def test_english_word_with_another_meaning_in_a_language_is_removed() -> None:
    assert read("no", POLISH) == Decide(Verdict(Outcome.APPROVED), Kind.ANSWER)
    assert read("no", Language("cs", not_english=("no",))) is None
    assert read("nope", POLISH) == Decide(Verdict(Outcome.REJECTED), Kind.ANSWER)


def test_accent_makes_a_different_word() -> None:
    """A person who writes "nó" does not mean the English "no"."""
    assert read("nó") is None


@pytest.mark.parametrize(
    "invisible", ["\u200b", "\u200e", "\u2060", "\ufeff", "\u034f", "\u00ad", "\ufe0f", "\U0001f3fd"]
)
def test_marks_that_nobody_sees_change_nothing(invisible: str) -> None:
    message = invisible.join(["", "yes", " ", "48", "21", ""])

    assert read(message) == Decide(Verdict(Outcome.APPROVED), Kind.ANSWER, ("4821",))


@given(st.sampled_from(["approve", "APPROVE", "aPProve"]), _WORDLESS_IDS, _SPACES, _GAPS, _SPACES)
@example("approve", "launchday", "", " ", "")
@example("approve", "cr_1.", "", " ", "")
def test_id_is_taken_as_written_in_any_white_space(verb: str, id_: str, before: str, gap: str, after: str) -> None:
    approve = Decide(Verdict(Outcome.APPROVED), Kind.VERB, (id_,))

    assert read(f"{before}{verb}{gap}{id_}{after}") == approve


@given(_WORDLESS_IDS, _GAPS, _SPACES, _NEW_TEXTS)
def test_edit_takes_everything_after_the_first_colon(id_: str, gap: str, space: str, text: str) -> None:
    command = read(f"Edit{gap}{id_}{space}:{space}{text}")

    assert command in (Decide(Verdict(Outcome.EDITED, text), Kind.VERB, (id_,)), UnclearEdit(text, id_))


@given(_NEW_TEXTS)
def test_edit_by_number_needs_no_colon(text: str) -> None:
    command = read(f"edit 4821 {text}")

    assert not isinstance(command, Decide) or command == Decide(Verdict(Outcome.EDITED, text), Kind.VERB, ("4821",))


def test_long_text_is_taken_whole() -> None:
    text = "We hear you: " * 2000

    assert read(f"edit 4821: {text}") == Decide(Verdict(Outcome.EDITED, text.strip()), Kind.VERB, ("4821",))
    assert read(f"edit 4821 {text}") == Decide(Verdict(Outcome.EDITED, text.strip()), Kind.VERB, ("4821",))


def test_note_says_by_how_much_it_is_too_long() -> None:
    command = read("redo 4821: " + "x" * (LONGEST_NOTE + 7))

    assert isinstance(command, Decide)
    assert command.verdict.note_excess == 7
    assert Verdict(Outcome.REJECTED, note="x" * LONGEST_NOTE).note_excess == 0
    assert Verdict(Outcome.REJECTED).note_excess == 0


_KNOWN_PIECES = st.sampled_from([*table_of(ENGLISH).signs, ":", ",", ".", "?", "-", "4821", "cr_1", "\n", "“", "”"])


@given(st.one_of(st.text(max_size=60), HOSTILE, st.lists(_KNOWN_PIECES, max_size=12).map(" ".join)))
@example("\N{LATIN SMALL LETTER LONG S}kip cr_1")
@example("SKİP cr_1")
@example("sk\N{LATIN SMALL LETTER DOTLESS I}p")
@example("approve \N{KELVIN SIGN}")
@example("()")
@example("**")
@example('"')
def test_any_message_can_be_read(text: str) -> None:
    command = read(text)

    if isinstance(command, Decide):
        assert (command.verdict.outcome is Outcome.EDITED) == bool(command.verdict.text)
        assert command.verdict.outcome is Outcome.REJECTED or command.verdict.note is None
        assert command.verdict.outcome is not Outcome.EDITED or len(command.names) <= 1


@given(
    st.lists(
        st.sampled_from(["approve", "post it", "yes", "👍", "skip", "no", "👎", "don't post", ",", "4821"]), max_size=6
    )
)
def test_bare_words_that_contradict_each_other_do_not_decide(words: list[str]) -> None:
    """The exception is a verb after its answer, as in "yes, skip it"."""
    said_yes = {"approve", "post it", "👍"} & set(words)
    said_no = {"skip", "no", "👎", "don't post"} & set(words)

    assert not (said_yes and said_no) or not isinstance(read(" ".join(words)), Decide)


PIECES = [
    *(
        "yes ",
        "y",
        "👍",
        "ok, ",
        ". ",
        "! ",
        "4821 ",
        "cr_1,",
        "edit ",
        "edit: ",
        "skip: ",
        "no no, ",
        "please ",
        "🙏 ",
    ),
    *("e\u0301\u0327", "\u0301\u0327", "(", '"', "don't ", "- ", "&", "#", "?", "\u200b", ":", "4,821 ", "k f ", " "),
]


def test_hostile_message_is_read_in_bounded_time() -> None:
    """The limit does not measure speed: an exponential pattern takes minutes."""
    messages = [start + piece * (20_000 // len(piece)) for start in ("", "edit ", "skip 4821: ") for piece in PIECES]
    began = time.process_time()
    for message in messages:
        read(message)

    assert time.process_time() - began < len(messages) / 2
