"""What the API takes and gives, as records with the names that stand in the JSON. Knows nothing of HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from rag.records import Language
from web.aigc import AigcLabel

MOST_TURNS = 6
HISTORY_CHARS = 2000
COMMENT_CHARS = 200


def _encodable(text: str) -> str:
    text.encode("utf-8")  # raises where a half of a character stands alone, which is a ValueError
    return text


Text = Annotated[str, AfterValidator(_encodable)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ScreenLanguage = Literal["zh-Hans", "zh-Hant", "en", "zh-CN", "zh-TW", "zh-HK"]
LANGUAGES: dict[str, Language] = {
    "zh-Hans": "zh-Hans",
    "zh-CN": "zh-Hans",
    "zh-Hant": "zh-Hant",
    "zh-TW": "zh-Hant",
    "zh-HK": "zh-Hant",
    "en": "en",
}


class _Sent(BaseModel):
    """What a client sends: of the right types as it is, and nothing that we do not know."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class SaidBefore(_Sent):
    """One thing said before."""

    role: Literal["user", "assistant"]
    content: Annotated[Text, StringConstraints(max_length=HISTORY_CHARS)]


class Ask(_Sent):
    """A question. Of keys that come twice the last one counts."""

    question: Text = Field(
        description="At most as many code points (after NFC) as `limits.question_chars` of the site."
    )
    conversation_id: Name | None = Field(
        default=None, description="One question of a conversation is answered at once."
    )
    lang: ScreenLanguage | None = Field(
        default=None,
        description="Language of labels and problems. The answer is in the language of the question. "
        "Unset: by `Accept-Language`.",
    )
    client_msg_id: Name | None = Field(
        default=None, description="Makes a repetition safe: for 10 minutes the same id gets the same answer again."
    )
    history: tuple[SaidBefore, ...] | None = Field(
        default=None,
        max_length=MOST_TURNS,
        strict=False,
        description=f"What was said before, oldest first: at most {MOST_TURNS} messages of {HISTORY_CHARS} characters "
        "in all. The server keeps no conversation.",
    )


class Rating(_Sent):
    """What a reader thinks of an answer."""

    answer_id: Name
    rating: Literal["up", "down"]
    reason: Literal["wrong", "incomplete", "citation", "other"] | None = None
    comment: Annotated[Text, StringConstraints(max_length=COMMENT_CHARS)] | None = None


class TokenFor(_Sent):
    """The page that a token is for."""

    origin: Annotated[Text, StringConstraints(max_length=300)]


class BatchQuestion(_Sent):
    """One line of a batch."""

    id: Annotated[Text, StringConstraints(min_length=1, max_length=200)]
    question: Text
    history: tuple[SaidBefore, ...] | None = Field(default=None, max_length=MOST_TURNS, strict=False)


class Nearest(TypedDict):
    """An article near a question that has no answer."""

    id: str
    article_id: str
    title: str | None
    url: str | None
    issuer: str | None
    date: str | None
    lang: Language
    article_url: str
    host: str | None
    outside: bool


class Source(Nearest):
    """The words of an article on which a part of the answer rests. `id` is that of the passage."""

    n: int
    quote: str


class AiLabel(TypedDict):
    """The label of generated content: for the reader, and as GB 45438-2025 names it."""

    text: str
    AIGC: AigcLabel


class ContactInfo(TypedDict):
    """Where a person can be asked."""

    name: str
    phone: str | None
    url: str | None
    email: str | None
    days: int | None
    """Working days within which a complaint is answered."""


class Meta(TypedDict):
    """Data of the event `meta`: the first one, before anything is searched."""

    answer_id: str
    conversation_id: str
    lang: Language
    writer: str
    model: NotRequired[str]
    ai_label: AiLabel
    contact: NotRequired[ContactInfo]


AnswerStatus = Literal["answered", "partial", "no_answer", "refused"]


class Done(TypedDict):
    """Data of the event `done`."""

    status: AnswerStatus
    answer_lang: Language
    used: list[int]
    writer: str
    reason: NotRequired[str]
    notice: NotRequired[str]
    nearest: NotRequired[list[Nearest]]
    timings_ms: dict[str, float]


class WholeAnswer(Meta):
    """An answer in one piece."""

    answer: str
    status: AnswerStatus
    answer_lang: Language
    sources: list[Source]
    used: list[int]
    reason: NotRequired[str]
    notice: NotRequired[str]
    nearest: NotRequired[list[Nearest]]
    timings_ms: dict[str, float]


class SiteLimitsInfo(TypedDict):
    question_chars: int


class SiteInfo(TypedDict):
    """All that a widget shows before a question is asked."""

    name: str
    title: str
    greeting: str
    examples: list[str]
    languages: list[Language]
    lang: Language
    limits: SiteLimitsInfo
    contact: ContactInfo | None
    theme: dict[str, str]
    theme_dark: dict[str, str]
    labels: dict[str, str]
    writer: str
    ai_label: dict[str, str]
    plain_url: str
    version: str


class SourceText(Nearest):
    """A passage in full. `id` is its own."""

    text: str
    start: int
    end: int


class TokenMade(TypedDict):
    """A token for a page."""

    token: str
    expires_in: int


class ProblemFault(TypedDict):
    pointer: str
    code: str


class Problem(TypedDict):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: NotRequired[str]
    request_id: NotRequired[str]
    retry_after: NotRequired[int]
    errors: NotRequired[list[ProblemFault]]


JsonObject = dict[str, Any]
