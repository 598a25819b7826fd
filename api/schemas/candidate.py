"""The candidate that core submits."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StrictBool,
    model_validator,
)
from pydantic_core import to_json

from api.schemas.fields import BLANK_IS_NONE, BrandId, CandidateId, IMessageAddress, Phone, Text, WebAddress, visible
from domain.candidate import LONGEST_DEADLINE, LONGEST_TEXT, SHORTEST_DEADLINE, Approver, Draft, Persona, Platform
from domain.channels import Channel
from domain.submission import Submission

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
"""The first release's candidate fields, in its order and with its defaults."""


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
        CandidateId, Field(description="an id of your choice; the same id with the same content is the same candidate")
    ]
    brand_id: Annotated[BrandId, Field(description="the brand that the draft speaks for; rate limits apply per brand")]
    platform: Annotated[Platform, Field(description="the platform to post on")]
    source_ref: Annotated[Text, Field(max_length=256, description="id of the post that the draft answers")]
    proposed_text: Annotated[
        Text, Field(min_length=1, max_length=LONGEST_TEXT, description="the draft"), AfterValidator(visible)
    ]
    persona: Annotated[Persona, Field(description="the style in which the draft is written")]
    context_url: Annotated[WebAddress, Field(description="URL of the post")]
    risk_flags: Annotated[
        list[Annotated[Text, Field(max_length=64)]],
        Field(max_length=20, description="points for the owner to check, shown in the prompt; default: none"),
    ] = []
    deadline_sec: Annotated[
        int,
        Field(
            ge=SHORTEST_DEADLINE.total_seconds(),
            le=LONGEST_DEADLINE.total_seconds(),
            description="seconds from acceptance until the candidate expires, within the brand's bounds; "
            "default: the brand's, or 900",
        ),
    ] = 900
    owner_whatsapp: Annotated[
        Phone | None,
        BLANK_IS_NONE,
        Field(description="the owner's WhatsApp number; null or blank: the brand's owners, or OWNER_WA_NUMBER"),
    ] = None
    owner_imessage: Annotated[
        IMessageAddress | None,
        BLANK_IS_NONE,
        Field(description="the owner's iMessage address; null or blank: the brand's owners, or PHOTON_TO"),
    ] = None
    source_text: Annotated[
        Annotated[Text, Field(max_length=2000)] | None,
        BLANK_IS_NONE,
        Field(description="the text of the post, quoted in the prompt; blank counts as null"),
    ] = None
    source_author: Annotated[
        Annotated[Text, Field(max_length=100)] | None,
        BLANK_IS_NONE,
        Field(description="the author of the post; blank counts as null"),
    ] = None
    urgent: Annotated[
        StrictBool,
        Field(
            description="asks the owner even in quiet hours; has no effect yet, since there are none; default: false"
        ),
    ] = False
    replaces: Annotated[
        CandidateId | None,
        BLANK_IS_NONE,
        Field(
            description="the candidate to replace: of the same brand, undecided or expired. It expires (core:replaced) "
            "unless its owner decides first; then this one expires (system:overtaken), and nobody is asked about it. "
            "Blank counts as null"
        ),
    ] = None

    _unknown_fields: Sequence[str] = PrivateAttr(())

    @model_validator(mode="wrap")
    @classmethod
    def _note_unknown_fields(cls, given: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Stores unknown names; Pydantic's own way rejects names that cannot be encoded."""
        request = validate(given)
        if isinstance(given, dict):
            request._unknown_fields = [  # noqa: SLF001  # this class's own attribute
                name for name in given if name not in cls.model_fields
            ]
        return request

    @property
    def unknown_fields(self) -> Sequence[str]:
        return self._unknown_fields

    @property
    def content_hash(self) -> str:
        """Returns a hash of the first release's fields, equal in every release for equal content.

        The first release defined it, including defaults and order. Later fields are compared with
        the stored candidate (`Submission.repeats`), because a release cannot hash fields that it
        does not know.
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
