"""The decider says where a decision came from."""

import pytest

from domain.decision import kind_of, source_of


@pytest.mark.parametrize(
    ("decider", "via", "kind"),
    [
        ("whatsapp:+15551234567", "whatsapp", "whatsapp"),
        ("whatsapp:US.ab12", "whatsapp", "whatsapp"),
        ("imessage:owner@example.com", "imessage", "imessage"),
        ("operator:ann", "operator", "operator"),
        ("operator:cancelled", "operator", "operator"),
        ("operator:core:ann", "operator", "operator"),
        ("core:withdrawn", "core", "core"),
        ("core:replaced", "core", "core"),
        ("system:timeout", "system", "timeout"),
        ("system:undeliverable", "system", "undeliverable"),
        ("system:overtaken", "system", "overtaken"),
    ],
)
def test_decider_says_where_a_decision_came_from_and_the_systems_reason(decider: str, via: str, kind: str) -> None:
    assert (source_of(decider), kind_of(decider)) == (via, kind)
