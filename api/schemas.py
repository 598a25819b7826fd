"""What the edge takes and gives, as OpenAPI shows it."""

import hashlib
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, TypeAdapter
from pydantic_core import to_json

from domain import identifiers
from domain.blank_text import is_blank
from domain.candidate import LONGEST_DEADLINE, LONGEST_TEXT, SHORTEST_DEADLINE, Approver, Draft, Persona, Platform
from domain.channels import Channel
from domain.decision import ApprovalState, CallbackState, Decision, Outcome
from domain.sending.sends import PromptStanding
from domain.submission import Submission
from engine.endings import EndedBy

_LONGEST_URL = 2048


def _no_path_trick(candidate_id: str) -> str:
    if candidate_id in {".", ".."}:
        raise ValueError("choose an id other than . and ..")
    return candidate_id


_HTTP_URL = TypeAdapter[HttpUrl](Annotated[HttpUrl, Field(max_length=_LONGEST_URL)])


def _web_address(text: str) -> str:
    """Give the address in its normalised form: nothing in it can break a line."""
    return str(_HTTP_URL.validate_python(text))


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("remove the unpaired surrogate characters") from None
    return text


def _visible(text: str) -> str:
    if is_blank(text):
        raise ValueError("must have a visible character")
    return text


def _none_if_blank(given: object) -> object:
    return None if isinstance(given, str) and is_blank(given) else given


def _readable_on(channel: Channel) -> AfterValidator:
    def check(text: str) -> str:
        Approver.read(channel, text)
        return text

    return AfterValidator(check)


_BLANK_IS_NONE = BeforeValidator(_none_if_blank)

Text = Annotated[str, AfterValidator(_encodable)]
CandidateId = Annotated[str, Field(pattern=f"^{identifiers.CANDIDATE_ID}$"), AfterValidator(_no_path_trick)]
BrandId = Annotated[str, Field(pattern=f"^{identifiers.BRAND_ID}$")]
Phone = Annotated[str, Field(max_length=160), _readable_on(Channel.WHATSAPP)]
IMessageAddress = Annotated[str, Field(max_length=320), _readable_on(Channel.IMESSAGE)]
WebAddress = Annotated[
    str, Field(max_length=_LONGEST_URL, json_schema_extra={"format": "uri"}), AfterValidator(_web_address)
]


_FIRST_FIELDS: dict[str, Any] = {
    "id": None,
    "brand_id": None,
    "platform": None,
    "source_ref": None,
    "proposed_text": None,
    "persona": None,
    "context_url": None,
    "risk_flags": [],
    "deadline_sec": 900,
    "owner_whatsapp": None,
    "owner_imessage": None,
}
"""The fields of a candidate in the first release, as it ordered them, with their defaults there."""


class CandidateIn(BaseModel):
    """A draft that needs its owner's approval."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "cr_8f9a1b2c",
                    "brand_id": "b_acme",
                    "platform": "linkedin",
                    "source_ref": "urn:li:activity:7130",
                    "proposed_text": "Thanks for the kind words! The beta opens on Monday.",
                    "persona": "smart",
                    "context_url": "https://www.linkedin.com/feed/update/urn:li:activity:7130",
                    "risk_flags": ["mentions a date"],
                    "deadline_sec": 900,
                    "owner_whatsapp": "whatsapp:+15551234567",
                    "owner_imessage": "owner@example.com",
                    "source_text": "Tried the beta at a friend's. When can I have it?",
                    "source_author": "Jane Doe",
                }
            ]
        }
    )

    id: CandidateId
    brand_id: BrandId
    platform: Platform
    source_ref: Annotated[Text, Field(max_length=256, description="id of the post that is answered")]
    proposed_text: Annotated[
        Text, Field(min_length=1, max_length=LONGEST_TEXT, description="the draft"), AfterValidator(_visible)
    ]
    persona: Persona
    context_url: Annotated[WebAddress, Field(description="the post")]
    risk_flags: Annotated[list[Annotated[Text, Field(max_length=64)]], Field(max_length=20)] = []
    deadline_sec: Annotated[
        int,
        Field(
            ge=SHORTEST_DEADLINE.total_seconds(),
            le=LONGEST_DEADLINE.total_seconds(),
            description="seconds from acceptance until the candidate expires, within the brand's bounds; "
            "left out: the brand's own, if it has one",
        ),
    ] = 900
    owner_whatsapp: Annotated[
        Phone | None, _BLANK_IS_NONE, Field(description="null or blank: the brand's owners, or OWNER_WA_NUMBER")
    ] = None
    owner_imessage: Annotated[
        IMessageAddress | None, _BLANK_IS_NONE, Field(description="null or blank: the brand's owners, or PHOTON_TO")
    ] = None
    source_text: Annotated[
        Annotated[Text, Field(max_length=2000)] | None,
        _BLANK_IS_NONE,
        Field(description="the text of the post, which the prompt quotes; blank is null"),
    ] = None
    source_author: Annotated[
        Annotated[Text, Field(max_length=100)] | None, _BLANK_IS_NONE, Field(description="who wrote it; blank is null")
    ] = None
    replaces: Annotated[
        CandidateId | None,
        _BLANK_IS_NONE,
        Field(
            description="a candidate of the same brand, undecided or expired, that this one takes the place of: that "
            "one expires (core:replaced), unless its owner decides first; then this one does (system:overtaken) and "
            "nobody is asked about it; blank is null"
        ),
    ] = None

    @property
    def content_hash(self) -> str:
        """Equal for two requests that say the same in the fields of the first release, in every release.

        It is the first release's own: with defaults and all, in its own order. Later fields are compared with what the
        candidate keeps of them (`Submission.repeats`): a release that does not know a field cannot hash it.
        """
        said = self.model_dump(mode="json", exclude_defaults=True)
        content = to_json({name: said.get(name, default) for name, default in _FIRST_FIELDS.items()})
        return hashlib.sha256(content).hexdigest()

    def submission(self) -> Submission:
        named = {Channel.WHATSAPP: self.owner_whatsapp, Channel.IMESSAGE: self.owner_imessage}
        draft = Draft(
            id=self.id,
            brand_id=self.brand_id,
            platform=self.platform,
            source_ref=self.source_ref,
            proposed_text=self.proposed_text,
            persona=self.persona,
            context_url=self.context_url,
            risk_flags=tuple(self.risk_flags),
            source_text=self.source_text,
            source_author=self.source_author,
            replaces=self.replaces,
        )
        return Submission(
            draft,
            owners={channel: Approver.read(channel, address) for channel, address in named.items() if address},
            time_to_decide=timedelta(seconds=self.deadline_sec),
            is_time_named="deadline_sec" in self.model_fields_set,
            content_hash=self.content_hash,
        )


_VIA = "where the decision came from: whatsapp, imessage, operator, core or system; later versions may name more"
_NUMBER = "by which owners name the candidate; made from its id, and not unique"


class CandidateAccepted(BaseModel):
    status: Literal["accepted", "duplicate"]
    candidate_id: str
    channels: Annotated[list[Channel], Field(description="those that will be prompted")]
    number: Annotated[str, Field(description=_NUMBER)]
    deadline: Annotated[datetime, Field(description="to within a second; GET /candidate/{id} has it exactly")]


class CandidateWithdrawn(BaseModel):
    status: Literal["withdrawing"]
    candidate_id: str


class Activity(BaseModel):
    id: str
    brand_id: str
    platform: Platform
    proposed_text: str
    state: ApprovalState
    created_at: datetime
    decided_at: datetime | None = None
    decision: Outcome | None = None
    final_text: str | None = None
    decider: str | None = None
    via: Annotated[str | None, Field(description=_VIA, examples=["whatsapp"])] = None
    latency_ms: int | None = None


class PromptOut(BaseModel):
    """What became of the prompt of one approver."""

    channel: Channel
    standing: PromptStanding
    code: Annotated[str | None, Field(description="the provider's, of the last failure")] = None
    reason: Annotated[str | None, Field(description="what that code means")] = None


class Ended(BaseModel):
    """How a run ended that made no decision."""

    by: Annotated[EndedBy, Field(description="`operator` terminated it, or `engine` at one of its limits")]
    reason: Annotated[str, Field(description="in the operator's or the engine's words")]


class CandidateOut(Activity):
    number: Annotated[str, Field(description=_NUMBER)]
    source_ref: str
    replaces: Annotated[str | None, Field(description="the candidate whose place it takes")] = None
    replaced_by: Annotated[str | None, Field(description="the candidate that took its place")] = None
    note: Annotated[str | None, Field(description="what the owner tells the agent with a rejection")] = None
    reason: Annotated[str | None, Field(description="why no prompt could be delivered, by the provider's code")] = None
    channels: list[Channel]
    prompts: Annotated[list[PromptOut], Field(description="one for each approver")]
    deadline: datetime
    callback: Annotated[CallbackState | None, Field(description="null before the decision")]
    ended: Annotated[
        Ended | None, Field(description="set where no decision comes any more; the id stays taken: post a new one")
    ] = None


class ActivityPage(BaseModel):
    brand_id: str
    count: Annotated[int, Field(description="entries on this page")]
    activities: list[Activity]
    next_cursor: Annotated[str | None, Field(description="null on the last page")]


class Decided(BaseModel):
    """A candidate's decision, which came before what was asked."""

    id: str
    decision: Outcome
    final_text: str | None
    decider: str
    latency_ms: int
    decided_at: datetime
    replaced_by: Annotated[str | None, Field(description="the candidate that took its place")]

    @classmethod
    def of(cls, candidate_id: str, decision: Decision) -> Self:
        return cls(
            id=candidate_id,
            decision=decision.outcome,
            final_text=decision.final_text,
            decider=decision.decider,
            latency_ms=decision.latency_ms,
            decided_at=decision.decided_at,
            replaced_by=decision.replaced_by,
        )


class Problem(BaseModel):
    detail: Annotated[str, Field(description="what the caller can do about it")]
    candidate_id: Annotated[str | None, Field(description="the candidate that was not accepted, or withdrawn")] = None
    decided: Annotated[Decided | None, Field(description="where a decision forbids what was asked: that one")] = None


class InvalidField(BaseModel):
    type: str
    loc: list[str | int]
    msg: str


class InvalidRequest(BaseModel):
    detail: list[InvalidField] | str
    candidate_id: Annotated[str | None, Field(description="the candidate that was not accepted")] = None


class _BridgedMessage(BaseModel):
    """What the sidecar may say of a message, in either form, as its SDK has it; ids are row numbers of one database."""

    id: Text | int | None = None
    text: Text | None = None
    chat_id: Annotated[object, Field(alias="chatId")] = None
    is_group_chat: Annotated[bool | None, Field(alias="isGroupChat")] = None
    is_from_me: Annotated[bool | None, Field(alias="isFromMe")] = None
    service: object = None
    attachments: list[object] | None = None
    reaction: object = None
    thread_originator_guid: Annotated[object, Field(alias="threadOriginatorGuid")] = None
    thread_root_message_id: Annotated[object, Field(alias="threadRootMessageId")] = None
    reply_to_message_id: Annotated[object, Field(alias="replyToMessageId")] = None

    @property
    def replied_to(self) -> object:
        """The message that a thread reply quotes; the sidecar's sends give no ids to compare it with."""
        return self.thread_originator_guid or self.thread_root_message_id or self.reply_to_message_id


class PlainIMessage(_BridgedMessage):
    """The sidecar's first form; one that says nothing of groups must leave their messages out itself."""

    sender: Annotated[str, Field(alias="from", max_length=320)]
    timestamp: Text | int | float | None = None


class EventMessage(_BridgedMessage):
    sender: Annotated[str | None, Field(max_length=320)] = None
    date: Text | int | float | None = None


class IMessageEvent(BaseModel):
    """The sidecar's second form."""

    event: str
    message: EventMessage
    timestamp: Text | int | float | None = None


class IMessageReceived(BaseModel):
    status: Literal["accepted", "ignored"]
