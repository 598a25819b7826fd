"""What the edge takes and gives, as OpenAPI shows it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StrictBool,
    TypeAdapter,
    model_validator,
)
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
                    "brand_id": "b_demo",
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
        },
    )

    id: Annotated[
        CandidateId, Field(description="chosen by you; the same id with the same content again is the same candidate")
    ]
    brand_id: Annotated[BrandId, Field(description="in whose name the draft speaks; rate limits are a brand's")]
    platform: Annotated[Platform, Field(description="where it is to be posted")]
    source_ref: Annotated[Text, Field(max_length=256, description="id of the post that is answered")]
    proposed_text: Annotated[
        Text, Field(min_length=1, max_length=LONGEST_TEXT, description="the draft"), AfterValidator(_visible)
    ]
    persona: Annotated[Persona, Field(description="in whose manner the draft is written")]
    context_url: Annotated[WebAddress, Field(description="the post")]
    risk_flags: Annotated[
        list[Annotated[Text, Field(max_length=64)]],
        Field(max_length=20, description="what the owner should look at, shown in the prompt; left out: nothing"),
    ] = []
    deadline_sec: Annotated[
        int,
        Field(
            ge=SHORTEST_DEADLINE.total_seconds(),
            le=LONGEST_DEADLINE.total_seconds(),
            description="seconds from acceptance until the candidate expires, within the brand's bounds; "
            "left out: the brand's own, or 900",
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
    urgent: Annotated[
        StrictBool,
        Field(
            description="asks the owner also in quiet hours; there are none yet, so it changes nothing; left out: false"
        ),
    ] = False
    replaces: Annotated[
        CandidateId | None,
        _BLANK_IS_NONE,
        Field(
            description="a candidate of the same brand, undecided or expired, that this one takes the place of: that "
            "one expires (core:replaced), unless its owner decides first; then this one does (system:overtaken) and "
            "nobody is asked about it; blank is null"
        ),
    ] = None

    _unknown_fields: Sequence[str] = PrivateAttr(())

    @model_validator(mode="wrap")
    @classmethod
    def _note_unknown_fields(cls, given: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Note their names; Pydantic's own way to keep them would refuse a name that cannot be encoded."""
        request = validate(given)
        if isinstance(given, dict):
            request._unknown_fields = [  # noqa: SLF001  # its own
                name for name in given if name not in cls.model_fields
            ]
        return request

    @property
    def unknown_fields(self) -> Sequence[str]:
        return self._unknown_fields

    @property
    def content_hash(self) -> str:
        """Equal for two requests that say the same in the fields of the first release, in every release.

        It is the first release's own: with defaults and all, in its own order. Later fields are compared with what the
        candidate keeps of them (`Submission.repeats`): a release that does not know a field cannot hash it.
        """
        said = self.model_dump(mode="json", include=set(_FIRST_FIELDS), exclude_defaults=True)
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


VIA = "where the decision came from: whatsapp, imessage, operator, core or system; later versions may name more"
_NUMBER = "by which owners name the candidate; made from its id, and not unique"


FINAL_TEXT = "what to post: the draft if approved, the owner's text if edited, else null"
DECIDER = (
    "who decided: an owner, `whatsapp:+…` or `imessage:…`; `operator:<name>`; you, `core:withdrawn`, `core:replaced`; "
    "nobody in time, `system:timeout`; no prompt arrived, `system:undeliverable`; the candidate that it should have "
    "replaced was decided first, `system:overtaken`"
)
LATENCY = "milliseconds from the first prompt sent to the decision; from acceptance if there was no prompt"
_CANDIDATE_ID = "the candidate's id, as you chose it"
_CHANNELS = "where its owners are asked"


class Answer(BaseModel):
    """What a route answers: all of its fields are there, also where they have a default here."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class CandidateAccepted(Answer):
    status: Annotated[
        Literal["accepted", "duplicate"],
        Field(description="`duplicate`: the same was accepted before, and nothing is sent again"),
    ]
    candidate_id: Annotated[str, Field(description=_CANDIDATE_ID)]
    channels: Annotated[list[Channel], Field(description=_CHANNELS)]
    number: Annotated[str, Field(description=_NUMBER)]
    deadline: Annotated[datetime, Field(description="to within a second; GET /candidate/{id} has it exactly")]
    warnings: Annotated[
        list[str], Field(description="fields that were ignored because they are not known; ten at most")
    ]


class CandidateWithdrawn(Answer):
    status: Annotated[Literal["withdrawing"], Field(description="it counts at once, unless it was decided before")]
    candidate_id: Annotated[str, Field(description=_CANDIDATE_ID)]


class Activity(Answer):
    id: Annotated[str, Field(description=_CANDIDATE_ID)]
    brand_id: Annotated[str, Field(description="in whose name the draft speaks")]
    platform: Annotated[Platform, Field(description="where it is to be posted")]
    proposed_text: Annotated[str, Field(description="the draft")]
    state: Annotated[
        ApprovalState,
        Field(description="`new`: accepted, and nobody was asked yet; `prompted`: somebody was; else the decision"),
    ]
    created_at: Annotated[datetime, Field(description="when it was accepted")]
    decided_at: Annotated[datetime | None, Field(description="null before the decision")] = None
    decision: Annotated[Outcome | None, Field(description="null before the decision")] = None
    final_text: Annotated[str | None, Field(description=FINAL_TEXT)] = None
    decider: Annotated[str | None, Field(description=DECIDER, examples=["whatsapp:+15551234567"])] = None
    via: Annotated[str | None, Field(description=VIA, examples=["whatsapp"])] = None
    latency_ms: Annotated[int | None, Field(description=LATENCY)] = None


class PromptOut(Answer):
    """What became of the prompt of one approver."""

    channel: Annotated[Channel, Field(description="where the approver is asked")]
    standing: Annotated[
        PromptStanding, Field(description="`waiting`: for its turn; `failed`: this approver is not asked any more")
    ]
    code: Annotated[str | None, Field(description="the provider's, of the last failure")] = None
    reason: Annotated[str | None, Field(description="what that code means")] = None


class Ended(Answer):
    """How a run ended that made no decision."""

    by: Annotated[EndedBy, Field(description="`operator` terminated it, or `engine` at one of its limits")]
    reason: Annotated[str, Field(description="in the operator's or the engine's words")]


class CandidateOut(Activity):
    number: Annotated[str, Field(description=_NUMBER)]
    source_ref: Annotated[str, Field(description="id of the post that is answered")]
    replaces: Annotated[str | None, Field(description="the candidate whose place it takes")] = None
    replaced_by: Annotated[str | None, Field(description="the candidate that took its place")] = None
    note: Annotated[str | None, Field(description="what the owner tells the agent with a rejection")] = None
    reason: Annotated[str | None, Field(description="why no prompt could be delivered, by the provider's code")] = None
    channels: Annotated[list[Channel], Field(description=_CHANNELS)]
    prompts: Annotated[list[PromptOut], Field(description="one for each approver")]
    deadline: Annotated[datetime, Field(description="when it expires, unless it is decided before")]
    callback: Annotated[
        CallbackState | None,
        Field(
            description="how the delivery of the decision to you stands: `parked` waits for an operator; null before"
        ),
    ]
    ended: Annotated[
        Ended | None, Field(description="set where no decision comes any more; the id stays taken: post a new one")
    ] = None


class ActivityPage(Answer):
    brand_id: Annotated[str | None, Field(description="as it was asked for; null for all brands")]
    count: Annotated[int, Field(description="entries on this page")]
    activities: Annotated[
        list[Activity], Field(description="undecided ones, the newest first; then decided ones, the last decided first")
    ]
    next_cursor: Annotated[str | None, Field(description="null on the last page")]


class Decided(Answer):
    """A candidate's decision, which came before what was asked."""

    id: Annotated[str, Field(description="the candidate that is decided")]
    decision: Annotated[Outcome, Field(description="made once, and never another")]
    final_text: Annotated[str | None, Field(description=FINAL_TEXT)]
    decider: Annotated[str, Field(description=DECIDER)]
    latency_ms: Annotated[int, Field(description=LATENCY)]
    decided_at: Annotated[datetime, Field(description="when it was decided")]
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


class InvalidField(Answer):
    type: Annotated[str, Field(description="what is wrong, as a name for programs")]
    loc: Annotated[list[str | int], Field(description="where: `body`, `query` or `path`, then the field")]
    msg: Annotated[str, Field(description="what is wrong, in words")]


class InvalidRequest(BaseModel):
    detail: Annotated[
        list[InvalidField] | str, Field(description="every problem at once, or one that no field of its own has")
    ]
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


class IMessageReceived(Answer):
    status: Literal["accepted", "ignored"]
