"""What the journal is told of an attempt: its intent before the call, its outcome after."""

from __future__ import annotations

import logging
from typing import Any

from webapp.core.image_request import Key
from webapp.errors import ProviderError
from webapp.generation.job import Job, Provider, prompt_digest
from webapp.generation.meter import outcome_of
from webapp.generation.terms import Terms

log = logging.getLogger("step8.attempt")

DETAIL = 500
"""Characters of a provider's own text that the journal keeps."""


def write_failure(terms: Terms, job: Job, attempt: str, error: ProviderError, seconds: float) -> None:
    """Write down that an attempt failed, and count it."""
    log.info("attempt=%s %s detail=%r", attempt, error, error.detail)
    price = 0 if error.charged is False else job.provider.price or 0
    terms.meter.called(job.provider.name, outcome_of(error), seconds, price)
    terms.journal.append(outcome(terms, attempt, "failed", **failure(error, seconds)))


def failure(error: ProviderError, seconds: float) -> dict[str, Any]:
    """What the journal keeps of a failed call."""
    facts = {"kind": type(error).__name__, "error": str(error), "charged": error.charged, "seconds": round(seconds, 3)}
    return {**facts, "detail": error.detail[:DETAIL]} if error.detail else facts


def software(provider: Provider) -> str:
    """What an image's file says of its maker: a sketch is never passed off as AI output."""
    return f"Step 8 {provider.label.lower()}" if provider.offline else "Step 8"


def intent(terms: Terms, job: Job, attempt: str, key: Key | None) -> dict[str, Any]:
    """The record before the call: from here on money may be spent."""
    return {
        "what": "intent",
        "at": terms.clock(),
        "attempt": attempt,
        "run": terms.run,
        "token": terms.token,
        "style": job.frame.style,
        "shot": job.frame.shot,
        "beat": job.frame.beat,
        "provider": job.provider.name,
        "model": job.provider.model,
        "software": software(job.provider),
        "key": key.secret.masked if key else "",
        "price": job.provider.price,
        "seed": job.seed,
        "prompt": prompt_digest(job.prompt),
        "inputs": job.inputs,
        **({"replaces": job.replaces} if job.replaces else {}),
    }


def outcome(terms: Terms, attempt: str, what: str, **facts: Any) -> dict[str, Any]:
    """The record of what came of it, or of what became known of it."""
    return {"what": what, "at": terms.clock(), "attempt": attempt, "run": terms.run, **facts}
