"""One attempt at one frame, in the order that loses nothing.

Intent in the journal → last check of run and lease → the provider's call → its bytes spooled, synced. The rest is
`finishing`: validated, re-encoded and published under the final name → outcome in the journal. Whatever moment the
process dies in, at most this one call has to be repeated, and none at all once the bytes are spooled.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import gevent

from webapp.core.image_request import ImageAnswer, ImageRequest, Key
from webapp.core.run.states import RunState
from webapp.errors import CoordinationDown, DiskTrouble, FolderGone, LostAnswer, ProviderError, Rejected
from webapp.generation.events.run_metrics import outcome_of
from webapp.generation.job import ImageJob, NotBegun, SpooledImage, UnfinishedAttempt, prompt_digest
from webapp.generation.run.context import RunContext
from webapp.providers.contract import Provider, Resumable

log = logging.getLogger("step8.attempt")

GRACE_AFTER_TIMEOUT = 50.0
"""Seconds after its own limits at which a provider's call is ended from outside: an image that was made may still have
to be fetched (`webapp.outbound.images.FETCHING`)."""

LONGEST_PROMPT = 32_000
"""Characters of a prompt with the wording of its style; image services take no more."""

SPOOL_AGAIN = 0.5


def make(
    context: RunContext, job: ImageJob, attempt: str, key: Key | None, on_sent: Callable[[], None]
) -> SpooledImage:
    """Make the image by one call, once, and spool its bytes; or fetch those that an earlier call for it has made.

    ``on_sent`` is called when the request goes out.

    Raises:
        NotBegun: the run or the lease forbade the call at the last moment; nothing was sent.
        ProviderError: the call failed.
        DiskTrouble: the project's folder cannot be written, or has no room for an image.
        CoordinationDown: Redis did not answer before the call; nothing was sent.
    """
    context.disk_space.check()
    earlier = context.earlier.get(job.frame)
    if earlier is not None and (found := _look_up(context, job, earlier)) is not None:
        return found
    context.journal.append(intent(context, job, attempt, key))
    try:
        state = context.gate()
    except CoordinationDown:
        context.journal.append(outcome(context, attempt, "not sent"))
        raise
    if state != RunState.GENERATING:
        context.journal.append(outcome(context, attempt, "not sent"))
        raise NotBegun(state)
    began = context.clocks.epoch()
    with _failure_recorded(context, job, attempt, began):
        answer = _call(context, job, attempt, key, on_sent)
        return _keep(context, job, attempt, answer, began)


def _look_up(context: RunContext, job: ImageJob, earlier: UnfinishedAttempt) -> SpooledImage | None:
    """The image that an earlier call made; None when it made none, or another image is wanted now."""
    state = context.gate()
    if state != RunState.GENERATING:
        raise NotBegun(state)
    began, attempt, answer = context.clocks.epoch(), earlier.attempt, None
    same = earlier.inputs in ("", job.inputs) and earlier.replaces == job.replaces
    with _failure_recorded(context, job, attempt, began):
        if same and isinstance(job.provider, Resumable):
            with _time_limit(context):
                answer = job.provider.lookup(attempt, earlier.job)
        context.earlier.pop(job.frame, None)
        if answer is None:
            context.journal.append(outcome(context, attempt, "lost"))
            return None
        log.info("frame=%s attempt=%s its earlier call had made the image", job.frame.id, attempt)
        return _keep(context, job, attempt, answer, began)


@contextlib.contextmanager
def _failure_recorded(context: RunContext, job: ImageJob, attempt: str, began: float) -> Iterator[None]:
    try:
        yield
    except ProviderError as error:
        write_failure(context, job, attempt, error, context.clocks.epoch() - began)
        context.earlier.pop(job.frame, None)
        if isinstance(error, LostAnswer) and isinstance(job.provider, Resumable):  # it goes on there: ask before anew
            context.earlier[job.frame] = UnfinishedAttempt(
                attempt,
                job.frame,
                context.run,
                job.provider.name,
                context.service_ids.get(attempt, ""),
                job.inputs,
                job.replaces,
            )
        raise


def _keep(context: RunContext, job: ImageJob, attempt: str, answer: ImageAnswer, began: float) -> SpooledImage:
    # once the bytes are spooled no crash can lose them
    seconds = context.clocks.epoch() - began
    context.disk_space.add(len(answer.body))
    spooled = SpooledImage(job, attempt, answer, seconds)
    _record_cost(context, spooled)
    _spool(context, attempt, answer.body)
    return spooled


def _record_cost(context: RunContext, spooled: SpooledImage) -> None:
    # before the bytes, so that an image which is restored from them costs what it cost
    facts = {"cost": spooled.cost, "seconds": round(spooled.seconds, 3)}
    try:
        context.journal.append(outcome(context, spooled.attempt, "answered", **facts))
    except DiskTrouble as error:  # the bytes come first: they are asked to be kept for a while yet
        log.warning("attempt=%s its cost could not be written down: %s", spooled.attempt, error)


def _spool(context: RunContext, attempt: str, body: bytes) -> None:
    """Keep bytes that were paid for. A disk that refuses them is asked again for a while: space may be freed."""
    until, warned = context.clocks.epoch() + context.worker.disk_patience, False
    try:
        while True:
            try:
                context.images.spool(context.folder, attempt, body)
                return
            except FolderGone:
                raise
            except DiskTrouble as error:
                context.disk_space.refuse(attempt, str(error))
                if context.clocks.epoch() >= until or context.leaving.wait(SPOOL_AGAIN):
                    raise
                if not warned:
                    log.warning("attempt=%s its bytes are kept in memory: %s", attempt, error)
                warned = True
    finally:
        context.disk_space.end_refusal(attempt)


def _call(
    context: RunContext, job: ImageJob, attempt: str, key: Key | None, on_sent: Callable[[], None]
) -> ImageAnswer:
    if len(job.prompt) > LONGEST_PROMPT:
        raise Rejected(
            f"This prompt and the wording of its style have {len(job.prompt):,} characters together; at most"
            f" {LONGEST_PROMPT:,} can be sent. Shorten one of them."
        )
    request = ImageRequest(
        attempt=attempt,
        style=job.frame.style,
        number=job.beat.number,
        phrase=job.beat.phrase,
        prompt=job.prompt,
        seed=job.seed,
        reference=job.reference,
        accepted=lambda ident: _record_service_id(context, attempt, ident),
    )
    with _time_limit(context):
        on_sent()
        return job.provider.generate(request, key)


def _time_limit(context: RunContext) -> gevent.Timeout:
    # read time-outs do not bound a body that drips; this does
    return gevent.Timeout(
        context.timeout + GRACE_AFTER_TIMEOUT, LostAnswer(f"No answer within {context.timeout:.0f} s.")
    )


def _record_service_id(context: RunContext, attempt: str, ident: str) -> None:
    # as soon as the service says it: the next worker can ask for the job
    context.service_ids[attempt] = ident
    try:
        context.journal.append(outcome(context, attempt, "job", job=ident))
    except DiskTrouble as error:  # the image can still come; a crash before that would repeat the call
        log.warning("attempt=%s its job could not be written down: %s", attempt, error)


DETAIL = 500
"""Characters of a provider's own text that the journal keeps."""


def write_failure(context: RunContext, job: ImageJob, attempt: str, error: ProviderError, seconds: float) -> None:
    """Write a failed attempt into the journal, and count it."""
    log.info("attempt=%s %s detail=%r", attempt, error, error.detail)
    price = 0 if error.charged is False else (job.provider.price or 0 if error.cost is None else error.cost)
    context.metrics.called(job.provider.name, outcome_of(error), seconds, price)
    context.journal.append(outcome(context, attempt, "failed", **failure(error, seconds)))


def failure(error: ProviderError, seconds: float) -> dict[str, Any]:
    """What the journal keeps of a failed call."""
    facts = {"kind": error.kind, "error": str(error), "charged": error.charged, "seconds": round(seconds, 3)}
    facts |= {} if error.cost is None else {"cost": error.cost}
    return {**facts, "detail": error.detail[:DETAIL]} if error.detail else facts


def software(provider: Provider) -> str:
    """What an image's file says of its maker: a sketch is never passed off as AI output."""
    return f"Step 8 {provider.label.lower()}" if provider.offline else "Step 8"


def intent(context: RunContext, job: ImageJob, attempt: str, key: Key | None) -> dict[str, Any]:
    """The record before the call: from here on money may be spent."""
    return {
        "what": "intent",
        "at": context.clocks.epoch(),
        "attempt": attempt,
        "run": context.run,
        "token": context.lease.token,
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


def outcome(context: RunContext, attempt: str, what: str, **facts: Any) -> dict[str, Any]:
    """The record of what came of an attempt, or of what became known of it."""
    return {"what": what, "at": context.clocks.epoch(), "attempt": attempt, "run": context.run, **facts}
