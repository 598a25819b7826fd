"""The schema of BRANDS_FILE, and the checks that it fits the settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationInfo,
    model_validator,
)

from adapters.config.brand_display import BrandName, TimeZone
from adapters.redis.slots import LONGEST_SPACING, Limits
from domain import identifiers
from domain.candidate import LONGEST_DEADLINE, SHORTEST_DEADLINE, Approver, Platform
from domain.channels import Channel
from domain.owners.recipients import AllowedRecipients

_MOST_OWNERS = 20

Capacity = Annotated[StrictInt, Field(ge=1)]
Refill = Annotated[float, Field(ge=0.001, allow_inf_nan=False)]
Spacing = Annotated[float, Field(ge=0, le=LONGEST_SPACING.total_seconds())]
Deadline = Annotated[StrictInt, Field(ge=SHORTEST_DEADLINE.total_seconds(), le=LONGEST_DEADLINE.total_seconds())]
BrandId = Annotated[str, Field(pattern=f"^{identifiers.BRAND_ID}$")]


@dataclass(frozen=True)
class Globals:
    """The settings that apply where the file has no value.

    A recipient limit of None is derived from what brands can need.
    """

    brand_name: str | None
    time_zone: tzinfo | None
    channels: Sequence[Channel]
    fallback_owners: Mapping[Channel, Approver]
    allowed: AllowedRecipients
    limits: Mapping[Channel, Limits]
    recipient_capacity: int | None
    recipient_refill_per_hour: float | None
    recipient_spacing: timedelta


def _owner(channel: Channel) -> AfterValidator:
    def check(address: str, info: ValidationInfo) -> Approver:
        owner = Approver.read(channel, address)
        if not _globals(info).allowed.allows(owner):
            raise ValueError("must be among RECIPIENTS_ALLOWED")
        return owner

    return AfterValidator(check)


def _distinct(entries: list[Any]) -> list[Any]:
    if len(set(entries)) < len(entries):
        raise ValueError("lists an entry twice")
    return entries


def _persons(owners: list[Approver]) -> list[Approver]:
    """Rejects two numbers that WhatsApp treats as one, because one person would be asked twice."""
    if len({min(map(str, owner.forms)) for owner in owners}) < len(owners):
        raise ValueError("lists one person twice")
    return owners


def _switched_on(channel: Channel, info: ValidationInfo) -> Channel:
    if channel not in _globals(info).channels:
        raise ValueError(f"{channel} is not configured in the settings")
    return channel


def _globals(info: ValidationInfo) -> Globals:
    assert isinstance(info.context, Globals)
    return info.context


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChannelRules(_Rules):
    owners: list[Any] = []
    bucket_capacity: Capacity | None = None
    bucket_refill_per_min: Refill | None = None
    min_spacing_sec: Spacing | None = None

    def limits(self, otherwise: Limits) -> Limits:
        spacing = None if self.min_spacing_sec is None else timedelta(seconds=self.min_spacing_sec)
        return Limits(
            self.bucket_capacity or otherwise.capacity,
            self.bucket_refill_per_min or otherwise.refill_per_minute,
            otherwise.spacing if spacing is None else spacing,
        )


class WhatsAppRules(ChannelRules):
    owners: Annotated[
        list[Annotated[str, _owner(Channel.WHATSAPP)]],
        Field(max_length=_MOST_OWNERS),
        AfterValidator(_distinct),
        AfterValidator(_persons),
    ] = []


class IMessageRules(ChannelRules):
    owners: Annotated[
        list[Annotated[str, _owner(Channel.IMESSAGE)]], Field(max_length=_MOST_OWNERS), AfterValidator(_distinct)
    ] = []


class BrandRules(_Rules):
    """A brand's section; None means that the settings apply."""

    name: BrandName | None = None
    time_zone: TimeZone | None = None
    longest: Mapping[Platform, Annotated[StrictInt, Field(ge=1)]] = {}
    channels: (
        Annotated[
            list[Annotated[Channel, AfterValidator(_switched_on)]], Field(min_length=1), AfterValidator(_distinct)
        ]
        | None
    ) = None
    owners_only: StrictBool = False
    deadline_sec: Deadline | None = None
    min_deadline_sec: Deadline | None = None
    max_deadline_sec: Deadline | None = None
    whatsapp: WhatsAppRules | None = None
    imessage: IMessageRules | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self, info: ValidationInfo) -> Self:
        given = [channel for channel, rules in self._sections.items() if rules]
        off = [channel for channel in given if channel not in _globals(info).channels]
        times = [sec for sec in (self.min_deadline_sec, self.deadline_sec, self.max_deadline_sec) if sec]
        problems = [f"{channel} is not configured in the settings" for channel in off]
        if times != sorted(times):
            problems.append("min_deadline_sec, deadline_sec and max_deadline_sec must be in ascending order")
        listing = {channel for channel in given if self.on(channel).owners}
        if self.owners_only and not listing:
            problems.append("owners_only needs owners")
        if listing and self.channels and listing.isdisjoint(self.channels):
            problems.append("lists owners, but none on its channels, so nobody could be asked")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def on(self, channel: Channel) -> ChannelRules:
        return self._sections[channel] or ChannelRules()

    @property
    def _sections(self) -> Mapping[Channel, ChannelRules | None]:
        return {Channel.WHATSAPP: self.whatsapp, Channel.IMESSAGE: self.imessage}


class BrandsFile(_Rules):
    """The whole file.

    One without a [brands] table is rejected, because it may be the wrong file.
    """

    brands: dict[BrandId, BrandRules]


def problem(detail: Any) -> str:
    """Returns one of Pydantic's problems, with its brand and key."""
    *place, last = [part for part in detail["loc"] if part != "[key]"] or ["the file"]
    where = ".".join(str(part) if isinstance(part, str) else f"entry {part + 1}" for part in [*place, last])
    messages = {"missing": "is required", "extra_forbidden": "is not a known key"}
    return f"{ascii(where)[1:-1]}: {messages.get(detail['type'], detail['msg'].removeprefix('Value error, '))}"
