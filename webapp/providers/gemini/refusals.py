"""Refusals of Gemini: answers that look like a success and hold no image, whose fault each is, in plain words."""

from __future__ import annotations

from typing import Any

from webapp.core.money.prices import Tokens
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


def refusal(reply: Reply, feedback: Any, candidate: dict[str, Any], words: str, tokens: Tokens | None) -> ProviderError:
    """Why a well-formed answer has no image.

    ``feedback`` is its ``promptFeedback``, ``words`` what the model said instead, ``tokens`` what it was billed for.
    """
    charged = _charged(tokens)
    blocked = feedback.get("blockReason") if isinstance(feedback, dict) else None
    if isinstance(blocked, str) and blocked:
        detail = reply.quote(f"{blocked} {feedback.get('blockReasonMessage', '')}")
        return Rejected(BLOCKED_PROMPT.get(blocked, REFUSED_UNSAID), detail, charged=charged)
    reason = str(candidate.get("finishReason", ""))
    said = f"{reason} {candidate.get('finishMessage', '')} {words[:200]}".strip()
    detail = reply.quote(said or "The answer was empty.")
    if reason in HELD_BACK:
        return Rejected(HELD_BACK[reason], detail, charged=charged)
    if reason == ACCOUNT_LIMITED:
        return KeyRefused("Google limited this key’s account for breaking its rules. Use another key.", detail)
    if words.strip():
        return NoImage("The model answered in words instead of a picture.", detail, charged=charged)
    return NoImage("The model made no picture.", detail, charged=charged)


def _charged(tokens: Tokens | None) -> bool | None:
    """Whether an answer without an image was charged, by the tokens it names; ``None``: unknown."""
    if tokens is None:
        return None
    if tokens.image_out:
        return True
    return False if tokens == Tokens() else None
