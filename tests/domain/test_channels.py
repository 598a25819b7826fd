"""One table says what a channel can do.

Code that asks for a particular channel would have to be found when a third one is added.
"""

import ast
from collections.abc import Iterator

import pytest

from domain.channels import Channel
from tests.harness.processes import REPOSITORY

PRODUCT = ("activities", "adapters", "api", "domain", "engine", "tools", "worker", "workflows")
WIRING = {"api/app.py", "worker/app.py"}
"""The only modules, one per process, that know which channels are switched on."""

NAMING = WIRING | {
    "domain/channels.py",  # the table
    "adapters/config/brands_file.py",  # BRANDS_FILE has a section for each
    "adapters/config/setting_types.py",
    "adapters/config/settings.py",
    "adapters/redis/health.py",  # an imaginary chat, on any channel
    "adapters/twilio/forms.py",
    "api/routes/bridged_messages.py",
    "api/routes/whatsapp.py",
    "api/schemas/candidate.py",  # core names owners in a field for each
    "api/schemas/fields.py",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yields the parsed modules that mention channels."""
    for folder in PRODUCT:
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if any(word in text for word in (Channel.__name__, *Channel)):
                yield str(path.relative_to(REPOSITORY)), ast.parse(text)


def names_one(node: ast.AST) -> bool:
    """Returns whether a node is one channel, such as `Channel.WHATSAPP`."""
    if not (isinstance(node, ast.Attribute) and node.attr in Channel.__members__):
        return False
    return isinstance(node.value, ast.Name) and node.value.id == Channel.__name__


def compared_in(node: ast.AST) -> list[ast.AST]:
    """Returns the nodes that a node compares.

    They are the sides of a comparison, the members of a side, or a case's pattern.
    """
    if isinstance(node, ast.match_case):
        return list(ast.walk(node.pattern))
    if not isinstance(node, ast.Compare):
        return []
    sides: list[ast.AST] = [node.left, *node.comparators]
    return [*sides, *(one for side in sides for one in getattr(side, "elts", ()))]


def asks_which(node: ast.AST) -> bool:
    """Returns whether a node compares something with one channel, or with its text."""
    return any(
        names_one(each) or (isinstance(each, ast.Constant) and each.value in set(Channel)) for each in compared_in(node)
    )


def test_only_settings_adapters_wiring_and_its_own_route_name_one_channel() -> None:
    naming = {path for path, module in modules() if any(map(names_one, ast.walk(module)))}

    assert naming == NAMING


def test_nobody_but_the_wiring_asks_which_channel_it_is() -> None:
    asking = {path for path, module in modules() if any(map(asks_which, ast.walk(module)))}

    assert asking <= WIRING


def test_every_channel_has_a_row_and_a_prefix_of_its_own() -> None:
    prefixes = [channel.traits.prefix for channel in Channel]

    assert len(set(prefixes)) == len(prefixes)


@pytest.mark.parametrize(
    ("address", "channel"),
    [
        ("whatsapp:+15551234567", Channel.WHATSAPP),
        ("WhatsApp:+49*", Channel.WHATSAPP),
        ("owner@example.com", Channel.IMESSAGE),
        ("+15551234567", Channel.IMESSAGE),
        ("whatsapp", Channel.IMESSAGE),
    ],
)
def test_address_belongs_to_the_channel_whose_prefix_it_has(address: str, channel: Channel) -> None:
    assert Channel.of_address(address) is channel
