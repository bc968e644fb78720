"""Refusals of Gemini: answers that look like a success and hold no image, whose fault each is, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.core.money.prices import Rates, Tokens
from webapp.errors import KeyRefused, NoImage, ProviderError, Rejected
from webapp.outbound.reply import Reply

PROMPT_REFUSED = "The provider’s safety filter refused this prompt. Reword it and try again."
IMAGE_HELD_BACK = "The provider’s safety filter held back the picture for this prompt. Reword it and try again."
TOO_ALIKE = "The picture came out too much like an existing work, so the provider held it back. Reword the prompt."

BLOCKED_PROMPT = {
    "SAFETY": PROMPT_REFUSED,
    "IMAGE_SAFETY": "The provider’s safety filter refused this prompt or its reference picture. Change one of them.",
    "BLOCKLIST": "The provider refused this prompt because of a word on its blocklist. Reword it and try again.",
    "PROHIBITED_CONTENT": "The provider refused this prompt as prohibited content. Reword it and try again.",
}
"""``promptFeedback.blockReason``; any other: `REFUSED_UNSAID`."""

REFUSED_UNSAID = "The provider refused this prompt without saying why. Reword it and try again."

HELD_BACK = {
    "IMAGE_SAFETY": IMAGE_HELD_BACK,
    "SAFETY": IMAGE_HELD_BACK,
    "IMAGE_PROHIBITED_CONTENT": "The provider held back the picture as prohibited content. Reword the prompt.",
    "PROHIBITED_CONTENT": "The provider held back the picture as prohibited content. Reword the prompt.",
    "BLOCKLIST": "The provider held back the picture because of a word on its blocklist. Reword the prompt.",
    "SPII": "The provider held back the picture because it may show private data. Reword the prompt.",
    "ESCALATION": IMAGE_HELD_BACK,
    "MODEL_ARMOR": IMAGE_HELD_BACK,
    "IMAGE_RECITATION": TOO_ALIKE,
    "RECITATION": TOO_ALIKE,
    "LANGUAGE": "The model does not know the language of this prompt. Write it in another one.",
    "MAX_TOKENS": "The prompt and its reference picture are too long for this model. Shorten the prompt.",
}
"""``finishReason`` values that only an edit can cure; any other without an image is `NoImage`."""

ACCOUNT_LIMITED = "PUP_LIMITED_DISABLED"


@dataclass(frozen=True, slots=True)
class Bill:
    """What an answer without an image costs: by its tokens where it names them and their rates are known."""

    charged: bool | None
    cost: int | None = None

    @classmethod
    def of(cls, tokens: Tokens | None, rates: Rates | None) -> Bill:
        """The bill for these tokens; None: not named, or no rates."""
        if tokens is None or tokens == Tokens():
            return cls(None if tokens is None else False)
        if rates is None:
            return cls(True if tokens.image_out else None)
        cost = rates.cost(tokens)
        return cls(cost > 0, cost)


def refusal(reply: Reply, feedback: Any, candidate: dict[str, Any], words: str, bill: Bill) -> ProviderError:
    """Why a well-formed answer has no image.

    ``feedback`` is its ``promptFeedback``, ``words`` what the model said instead, ``bill`` what it cost.
    """
    charged, cost = bill.charged, bill.cost
    blocked = feedback.get("blockReason") if isinstance(feedback, dict) else None
    if isinstance(blocked, str) and blocked:
        detail = reply.quote(f"{blocked} {feedback.get('blockReasonMessage', '')}")
        refused_sentence = BLOCKED_PROMPT.get(blocked, REFUSED_UNSAID)
        return Rejected(refused_sentence, detail, charged=charged or False, cost=cost)  # no model saw the prompt
    reason = str(candidate.get("finishReason", ""))
    said = f"{reason} {candidate.get('finishMessage', '')} {words[:200]}".strip()
    detail = reply.quote(said or "The answer was empty.")
    if reason in HELD_BACK:
        return Rejected(HELD_BACK[reason], detail, charged=charged, cost=cost)
    if reason == ACCOUNT_LIMITED:
        sentence = "Google limited this key’s account for breaking its rules. Use another key."
        return KeyRefused(sentence, detail, charged=charged or False, cost=cost)
    if words.strip():
        return NoImage("The model answered in words instead of a picture.", detail, charged=charged, cost=cost)
    return NoImage("The model made no picture.", detail, charged=charged, cost=cost)
