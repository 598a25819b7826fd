"""Every problem of BRANDS_FILE is reported with its brand and key before anything starts."""

import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.config import settings
from adapters.config.brands import Brands, BrandsFileError
from adapters.config.brands_file import BrandRules, IMessageRules, WhatsAppRules
from adapters.redis.slots import Limits
from domain.candidate import Platform
from domain.channels import Channel
from tests.harness.brands import END
from tests.harness.processes import REPOSITORY
from tests.harness.stack import environment, load

ACME, GLOBEX = "b_acme", "b.globex"


def brands_of(tmp_path: Path, content: str, **changes: str) -> Brands:
    (tmp_path / "brands.toml").write_text(content + END, encoding="utf-8")
    return Brands(tmp_path / "brands.toml", load(environment(**changes)).globals)


def changed(brands: Brands) -> None:
    """Checks twice, because a file is read once it has stopped changing."""
    brands.look()
    brands.look()


def test_sample_says_what_its_comments_say() -> None:
    loaded = load(environment())
    brands = Brands(REPOSITORY / "brands.example.toml", loaded.globals)
    acme, globex, other = (brands.of(brand_id) for brand_id in (ACME, GLOBEX, "b_other"))
    spacing = timedelta(seconds=5)

    assert [str(owner) for listed in acme.owners.values() for owner in listed] == [
        "whatsapp:+15551110001",
        "whatsapp:+15551110002",
        "imessage:approvals@acme.example",
    ]
    assert acme.owners_only
    assert brands.limits(ACME, Channel.WHATSAPP) == Limits(10, 4, spacing)
    assert brands.limits(ACME, Channel.IMESSAGE) == loaded.limits[Channel.IMESSAGE]
    assert (globex.channels, list(globex.owners)) == ((Channel.WHATSAPP,), [Channel.WHATSAPP])
    assert {channel: owners[0] for channel, owners in other.owners.items()} == loaded.fallback_owners
    assert (acme.name, acme.longest_posts, globex.name) == ("Acme", {Platform.X: 25_000}, None)
    assert acme.utc_offset_at(datetime(2026, 1, 1, tzinfo=UTC)) == timedelta(hours=-6)
    assert globex.utc_offset_at(datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_keys_are_documented_and_there() -> None:
    text = (REPOSITORY / "docs/brands.md").read_text(encoding="utf-8")
    brand, channels = re.findall(r"^\| key of (?:.*\n)\| --.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    sections = {"whatsapp", "imessage"}

    assert set(first_cells(brand)) == BrandRules.model_fields.keys() - sections
    assert set(first_cells(channels)) == WhatsAppRules.model_fields.keys() == IMessageRules.model_fields.keys()


def first_cells(rows: str) -> list[str]:
    return [key for row in rows.splitlines() for key in re.findall("`(.+?)`", row.split("|")[1])]


def test_deadline_of_a_brand_is_a_candidates_own_within_its_bounds() -> None:
    brands = Brands(REPOSITORY / "brands.example.toml", load(environment()).globals)
    wanted = [timedelta(seconds=seconds) for seconds in (10, 1800, 604800)]

    acme, other = (
        [brands.of(brand_id).time_to_decide(time, is_named=True) for time in wanted] for brand_id in (ACME, "b_other")
    )

    assert acme == [timedelta(minutes=15), timedelta(minutes=30), timedelta(days=1)]
    assert other == wanted
    assert brands.of(ACME).time_to_decide(timedelta(minutes=15), is_named=False) == timedelta(hours=1)


def test_name_and_time_zone_of_the_settings_hold_for_brands_that_have_none(tmp_path: Path) -> None:
    content = "[brands.b_own]\nname = 'Acme'\ntime_zone = 'Asia/Kolkata'\n[brands.b_none]"
    brands = brands_of(tmp_path, content, BRAND_NAME="Globex", TIME_ZONE="Europe/Lisbon")
    winter, summer = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)

    shown = {
        brand_id: (
            brands.of(brand_id).name,
            *(brands.of(brand_id).utc_offset_at(moment) for moment in (winter, summer)),
        )
        for brand_id in ("b_own", "b_none", "b_unlisted")
    }

    globex = ("Globex", timedelta(0), timedelta(hours=1))
    assert shown == {
        "b_own": ("Acme", timedelta(hours=5, minutes=30), timedelta(hours=5, minutes=30)),
        "b_none": globex,
        "b_unlisted": globex,
    }


def test_raising_a_brands_limits_is_not_undone_by_a_recipients_that_nobody_set(tmp_path: Path) -> None:
    unset = {"RECIPIENT_BUCKET_CAPACITY": "", "RECIPIENT_BUCKET_REFILL_PER_HOUR": ""}
    content = "[brands.b.whatsapp]\nbucket_capacity = 70\nbucket_refill_per_min = 700"

    derived = brands_of(tmp_path, content, **unset).recipient_limits()

    assert (derived.capacity, derived.refill_per_hour) == (280, 168000)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "brands: is required"),
        ("[brands", "is not TOML in UTF-8: "),
        ("[brand.b]", "brand: is not a known key"),
        ('[brands."a b"]', "brands.a b: String should match pattern"),
        ("[brands.b.c]", "brands.b.c: is not a known key"),
        ("[brands.b.whatsapp]\nowner = []", "brands.b.whatsapp.owner: is not a known key"),
        ("[brands.b]\nchannels = ['sms']", "brands.b.channels.entry 1: Input should be 'whatsapp' or 'imessage'"),
        ("[brands.b]\nchannels = []", "brands.b.channels: List should have at least 1 item"),
        ("[brands.b]\nchannels = ['imessage']", "brands.b.channels.entry 1: imessage is not configured"),
        ("[brands.b.imessage]", "brands.b: imessage is not configured"),
        ("[brands.b.whatsapp]\nowners = ['+15551110001']", "brands.b.whatsapp.owners.entry 1: use whatsapp:+"),
        (
            "[brands.b.whatsapp]\nowners = ['whatsapp:+15551110001', 'whatsapp:+1 555 111 0001']",
            "brands.b.whatsapp.owners: lists an entry twice",
        ),
        (
            "[brands.b.whatsapp]\nowners = ['whatsapp:+525587654321', 'whatsapp:+5215587654321']",
            "brands.b.whatsapp.owners: lists one person twice",
        ),
        (
            "[brands.b.whatsapp]\nowners = ['whatsapp:+15551110001', 'whatsapp:+4915551110001']",
            "brands.b.whatsapp.owners.entry 2: must be among RECIPIENTS_ALLOWED",
        ),
        ("[brands.b]\nowners_only = true", "brands.b: owners_only needs owners"),
        ("[brands.b]\nchannels = ['whatsapp', 'whatsapp']", "brands.b.channels: lists an entry twice"),
        ("[brands.b.whatsapp]\nbucket_refill_per_min = 1e-13", "brands.b.whatsapp.bucket_refill_per_min: Input should"),
        ("[brands.b]\ndeadline_sec = 9", "brands.b.deadline_sec: Input should be greater than or equal to 10"),
        ("[brands.b]\nname = ''", "brands.b.name: must be one line"),
        ('[brands.b]\nname = "a\\nb"', "brands.b.name: must be one line"),
        (f"[brands.b]\nname = '{'x' * 61}'", "brands.b.name: String should have at most 60 characters"),
        ("[brands.b]\ntime_zone = 'CEST'", "brands.b.time_zone: must be an IANA time zone"),
        ("[brands.b]\ntime_zone = 'America'", "brands.b.time_zone: must be an IANA time zone"),
        ("[brands.b]\ntime_zone = '../../etc/passwd'", "brands.b.time_zone: must be an IANA time zone"),
        ("[brands.b]\ntime_zone = ''", "brands.b.time_zone: must be an IANA time zone"),
        ("[brands.b]\nlongest = { facebook = 1 }", "brands.b.longest.facebook: Input should be 'x', 'reddit' or"),
        ("[brands.b]\nlongest.x = 0", "brands.b.longest.x: Input should be greater"),
        ("[brands.b]\nlongest.x = '280'", "brands.b.longest.x: Input should be a valid integer"),
        ("[brands.b]\nmin_deadline_sec = 60\nmax_deadline_sec = 30", "brands.b: min_deadline_sec, deadline_sec"),
        ("[brands.b.whatsapp]\nbucket_capacity = 0", "brands.b.whatsapp.bucket_capacity: Input should be greater"),
        ("[brands.b.whatsapp]\nbucket_capacity = true", "brands.b.whatsapp.bucket_capacity: Input should be a valid"),
        ("[brands.b.whatsapp]\nbucket_refill_per_min = inf", "brands.b.whatsapp.bucket_refill_per_min: Input should"),
        ("[brands.b.whatsapp]\nmin_spacing_sec = -1", "brands.b.whatsapp.min_spacing_sec: Input should be greater"),
    ],
)
def test_unsound_file_is_refused_with_the_brand_and_the_key(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(BrandsFileError) as refused:
        brands_of(tmp_path, content, PHOTON_BASE_URL="", RECIPIENTS_ALLOWED="whatsapp:+1*, whatsapp:+52*")

    assert any(found.startswith(problem) for found in refused.value.problems), refused.value.problems


def test_brand_whose_owners_are_on_none_of_its_channels_is_refused(tmp_path: Path) -> None:
    """All its candidates would be rejected, because there would be nobody to ask."""
    with pytest.raises(BrandsFileError, match="none on its channels"):
        brands_of(tmp_path, "[brands.b]\nchannels = ['whatsapp']\n[brands.b.imessage]\nowners = ['a@example.com']")


def test_start_is_refused_with_every_problem_and_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "brands.toml"
    file.write_text(
        "[brands.b_one]\nleak = 'x'\ndeadline_sec = 'leak'\n[brands.b_two.imessage]\nowners = ['leak', 'a@b.com']"
        + END,
        encoding="utf-8",
    )
    for name, value in environment(BRANDS_FILE=str(file), PUBLIC_BASE_URL="http://an_edge.example").items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit) as ended:
        settings.load()
    with pytest.raises(settings.SettingsError) as told:
        settings.read(settings.Settings)

    output = capsys.readouterr().err
    assert ended.value.code == 2
    url, *of_brands = [line.strip() for line in output.splitlines()[1:]]
    assert [url, *of_brands] == told.value.problems
    assert url.startswith("PUBLIC_BASE_URL ")
    assert [line.rpartition(": ")[0] for line in of_brands] == [
        f"BRANDS_FILE: brands.{key}" for key in ("b_one.deadline_sec", "b_one.leak", "b_two.imessage.owners.entry 1")
    ]
    assert "leak" not in output.replace("b_one.leak", "")


def test_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(BrandsFileError, match="cannot be read: No such file or directory"):
        Brands(tmp_path / "brands.toml", load(environment()).globals)


def test_mounted_folder_that_is_switched_is_read_again(tmp_path: Path) -> None:
    """Kubernetes changes a ConfigMap by replacing the link to its folder, never the file."""
    for number in (1, 2):
        (tmp_path / f"..{number}").mkdir()
        content = f"[brands.b]\ndeadline_sec = {number}00"
        (tmp_path / f"..{number}" / "brands.toml").write_text(content + END, encoding="utf-8")
        long_ago = time.time() - 60 * number
        os.utime(tmp_path / f"..{number}" / "brands.toml", (long_ago, long_ago))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "brands.toml").symlink_to("..data/brands.toml")
    brands = Brands(tmp_path / "brands.toml", load(environment()).globals)
    before = brands.of("b").deadline

    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").replace(tmp_path / "..data")
    changed(brands)

    assert (before, brands.of("b").deadline) == (timedelta(seconds=100), timedelta(seconds=200))


def test_file_that_is_just_being_written_is_left_alone(tmp_path: Path) -> None:
    brands = brands_of(tmp_path, "[brands.b]\ndeadline_sec = 100")
    file = tmp_path / "brands.toml"

    file.write_text("[brands.b]\n# end\n", encoding="utf-8")
    brands.look()
    os.utime(file, ns=(0, 0))
    brands.look()
    at_once = brands.of("b").deadline
    brands.look()

    assert (at_once, brands.of("b").deadline) == (timedelta(seconds=100), None)


async def test_changed_file_is_read_by_itself_and_aside_of_the_loop(tmp_path: Path) -> None:
    """The event loop keeps running.

    While a test blocks it, only another thread can read the file.
    """
    brands = brands_of(tmp_path, "[brands.b]\ndeadline_sec = 100")

    with brands.followed():
        (tmp_path / "brands.toml").write_text(f"[brands.b]\ndeadline_sec = 200{END}", encoding="utf-8")
        while brands.of("b").deadline == timedelta(seconds=100):
            time.sleep(0.05)  # noqa: ASYNC251  # blocks the loop on purpose

    assert brands.of("b").deadline == timedelta(seconds=200)


@pytest.mark.parametrize("kept", [0, 0.5, 1])
def test_file_that_is_cut_short_changes_nothing_though_it_is_sound_toml(tmp_path: Path, kept: float) -> None:
    first, second = "[brands.b]\ndeadline_sec = 100\n", "[brands.c]\ndeadline_sec = 200\n"
    brands = brands_of(tmp_path, first + second)
    cut = ["", first, first + second][int(kept * 2)]

    (tmp_path / "brands.toml").write_text(cut, encoding="utf-8")
    changed(brands)

    assert [brands.of(brand_id).deadline for brand_id in ("b", "c")] == [timedelta(seconds=100), timedelta(seconds=200)]
    assert brands.vanished() == 0
    assert brands.state().startswith("the last good file is in use")
    with pytest.raises(BrandsFileError, match="must have `# end` as its last line"):
        Brands(tmp_path / "brands.toml", load(environment()).globals)


def test_longer_file_than_any_of_brands_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(BrandsFileError, match="is longer than 1048576 bytes"):
        brands_of(tmp_path, "[brands]\n" + "#" * 1024 * 1024)


def test_brand_that_vanishes_keeps_its_last_rules_and_its_owners_until_it_is_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise its drafts would go to the fallback owners, who may be another brand's."""
    acme = '[brands.b.whatsapp]\nowners = ["whatsapp:+15551110001"]\nbucket_capacity = 3\n'
    brands = brands_of(tmp_path, acme + "[brands.c]")
    (owner,) = owners = brands.of("b").owners[Channel.WHATSAPP]
    file = tmp_path / "brands.toml"

    file.write_text("[brands.c]\ndeadline_sec = 100\n# end\n", encoding="utf-8")
    changed(brands)
    said = capsys.readouterr().out
    gone = (brands.of("b").owners[Channel.WHATSAPP], brands.limits("b", Channel.WHATSAPP).capacity, brands.vanished())
    state = brands.state()
    file.write_text(acme.replace("0001", "0002") + "[brands.c]\n# end\n", encoding="utf-8")
    changed(brands)

    assert gone == (owners, 3, 1)
    assert state.startswith("brands that are gone from the file: 1;")
    assert brands.of("c").deadline is None
    assert "brands_vanished" in said
    assert owner.handle not in said
    assert (brands.vanished(), brands.state()) == (0, "ok")
    assert not brands.is_owner(owner)


def test_file_that_goes_away_leaves_what_it_said(tmp_path: Path) -> None:
    brands = brands_of(tmp_path, "[brands.b]\ndeadline_sec = 100")

    (tmp_path / "brands.toml").unlink()
    changed(brands)

    assert brands.of("b").deadline == timedelta(seconds=100)
    assert brands.state().startswith("the last good file is in use")
