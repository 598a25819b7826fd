"""What copied and exported chats have before each message is removed."""

import time

import pytest

from domain.editing.chat_exports import without_headers

HEADERS = [
    "[24/11/2026, 14:05:11] Acme: ",  # iPhone
    "\u200e[24/11/26, 14:05:11] \u200eAcme Approvals: ",
    "[11/24/26, 2:05:11\u202fPM] Acme: ",
    "[24.11.26, 14:05:11] ~\u00a0Acme: ",
    "[24.11.2026 klo 14.05.11] Acme: ",
    "[2026/11/24 14:05:11] Acme: ",
    "[2026/11/24 下午2:05:11] Acme: ",
    "[2026. 11. 24. 오후 2:05:11] Acme: ",
    "[24/11/26, 2:05:11 p.\u00a0m.] Acme: ",
    "[24/11, 14:05] Acme: ",  # Android, several messages copied
    "[24/11, 2:05 pm] +1 555 123-4567: ",
    "[24.11., 14:05] Acme: ",
    "[14:05, 24/11/2026] +1 (555) 123-4567: ",  # WhatsApp Web
    "[2:05 PM, 11/24/2026] Acme: ",
    "[下午2:05, 2026/11/24] Acme: ",
    "[14:05, 24.11.2026] Acme: ",
    "24/11/2026, 14:05 - Acme: ",  # Android, exported
    "24.11.26, 14:05 - Acme: ",
    "11/24/26, 2:05\u202fPM - Acme-Bot: ",
    "28/3/2026, 9:29 p.\u00a0m. - Acme: ",
    "9/24/2026 11:30 a.m. - Acme: ",
    "2026-11-24, 2:05 p.m. - Acme: ",
    "30/08/26 18.00 - Acme: ",
]


@pytest.mark.parametrize("header", HEADERS)
def test_header_is_removed_from_each_message(header: str) -> None:
    assert without_headers(f"{header}We hear you: a fix\nis near.\n{header}\n{header}Bye") == (
        "We hear you: a fix\nis near.\n\nBye"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Open 24/11/2026, 14:05 - 18:00: all welcome",
        "[update] We fixed it: see below",
        "[1] Source: the docs",
        "[14:05] Acme: hello",
        "24/11: we open",
        "10:30 - Keynote: the year",
        "Ratio 3/4, at 10:30 - good",
        "│ [24/11/2026, 14:05:11] Acme: hello",
        "24/11/2026, 14:05 - no sender",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert without_headers(text) == text


def test_hostile_text_is_read_at_once() -> None:
    began = time.process_time()
    for piece in ["[1/1/1", "[1/1 1:11 ", "1/1/1 1:11 - ", "[1/1, 1:11] a", "[1:11, 1/1/1] ", "\u200e", "1/1/1 ", "[ "]:
        without_headers(piece * 10_000)
        without_headers(f"{piece}\n" * 10_000)

    assert time.process_time() - began < 10
