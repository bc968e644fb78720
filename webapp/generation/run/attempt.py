"""One attempt at one frame, in the order that loses nothing.

Intent on disk → last look at run and lease → the provider's call → its bytes on disk, synced. What is left is
`finishing`: validated, re-encoded and published under the final name → outcome on disk. Whatever moment the process
dies in, at most this one call has to be repeated, and none at all once the bytes are spooled.

What the journal is told of an attempt: its intent before the call, its outcome after.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import gevent

from webapp.core.image_request import ImageAnswer, ImageRequest, Key
from webapp.core.run.states import RunState
from webapp.errors import CoordinationDown, DiskTrouble, FolderGone, LostAnswer, ProviderError
from webapp.generation.events.run_metrics import outcome_of
from webapp.generation.job import ImageJob, NotBegun, Provider, SpooledImage, UnfinishedAttempt, prompt_digest
from webapp.generation.run.context import AttemptContext
from webapp.providers.contract import Resumable

log = logging.getLogger("step8.attempt")

GRACE_AFTER_TIMEOUT = 5.0
"""Seconds after its own limits at which a provider's call is ended from outside."""

SPOOL_AGAIN = 0.5


def make(terms: AttemptContext, job: ImageJob, attempt: str, key: Key | None, sent: Callable[[], None]) -> SpooledImage:
    """Have the picture made by one call, once, and its bytes spooled; or fetch those that an earlier call for the same
    is known to have made. `finishing.finish` does the rest. ``sent`` is told when the request goes out.

    Raises:
        NotBegun: the run or the lease forbade the call at the last moment; nothing was sent.
        ProviderError: the call failed.
        DiskTrouble: the project's folder cannot be written, or has no room for a picture.
        CoordinationDown: Redis did not answer before the call; nothing was sent.
    """
    terms.room.check()
    earlier = terms.earlier.get(job.frame)
    if earlier is not None and (found := _pick_up(terms, job, earlier)) is not None:
        return found
    terms.journal.append(intent(terms, job, attempt, key))
    try:
        state = terms.gate()
    except CoordinationDown:
        terms.journal.append(outcome(terms, attempt, "not sent"))
        raise
    if state != RunState.GENERATING:
        terms.journal.append(outcome(terms, attempt, "not sent"))
        raise NotBegun(state)
    began = terms.clock()
    with _failure_written_down(terms, job, attempt, began):
        answer = _call(terms, job, attempt, key, sent)
        return _keep(terms, job, attempt, answer, began)


def _pick_up(terms: AttemptContext, job: ImageJob, earlier: UnfinishedAttempt) -> SpooledImage | None:
    """What a call that was sent before brought; ``None`` when it brought nothing, or another picture is wanted now."""
    state = terms.gate()
    if state != RunState.GENERATING:
        raise NotBegun(state)
    began, attempt, answer = terms.clock(), earlier.attempt, None
    same = earlier.inputs in ("", job.inputs) and earlier.replaces == job.replaces
    with _failure_written_down(terms, job, attempt, began):
        if same and isinstance(job.provider, Resumable):
            with _bounded(terms):
                answer = job.provider.lookup(attempt, earlier.job)
        terms.earlier.pop(job.frame, None)
        if answer is None:
            terms.journal.append(outcome(terms, attempt, "lost"))
            return None
        log.info("frame=%s attempt=%s its earlier call had made the picture", job.frame.id, attempt)
        return _keep(terms, job, attempt, answer, began)


@contextlib.contextmanager
def _failure_written_down(terms: AttemptContext, job: ImageJob, attempt: str, began: float) -> Iterator[None]:
    try:
        yield
    except ProviderError as error:
        write_failure(terms, job, attempt, error, terms.clock() - began)
        terms.earlier.pop(job.frame, None)
        if isinstance(error, LostAnswer) and isinstance(job.provider, Resumable):  # it goes on there: ask before anew
            terms.earlier[job.frame] = UnfinishedAttempt(
                attempt,
                job.frame,
                terms.run,
                job.provider.name,
                terms.known_as.get(attempt, ""),
                job.inputs,
                job.replaces,
            )
        raise


def _keep(terms: AttemptContext, job: ImageJob, attempt: str, answer: ImageAnswer, began: float) -> SpooledImage:
    """Bring the answer's bytes to the spool: from here no crash can lose them."""
    seconds = terms.clock() - began
    terms.room.saw(len(answer.body))
    _spool(terms, attempt, answer.body)
    return SpooledImage(job, attempt, answer, seconds)


def _spool(terms: AttemptContext, attempt: str, body: bytes) -> None:
    """Keep bytes that were paid for. A disk that refuses them is asked again for a while: space may be freed."""
    until, told = terms.clock() + terms.disk_patience, False
    while True:
        try:
            terms.pictures.spool(terms.folder, attempt, body)
            return
        except FolderGone:
            raise
        except DiskTrouble as error:
            if terms.clock() >= until or terms.leaving.wait(SPOOL_AGAIN):
                raise
            if not told:
                log.warning("attempt=%s its bytes are kept in memory: %s", attempt, error)
            told = True


def _call(terms: AttemptContext, job: ImageJob, attempt: str, key: Key | None, sent: Callable[[], None]) -> ImageAnswer:
    request = ImageRequest(
        attempt=attempt,
        style=job.frame.style,
        number=job.beat.number,
        phrase=job.beat.phrase,
        prompt=job.prompt,
        seed=job.seed,
        reference=job.reference,
        accepted=lambda name: _note_name(terms, attempt, name),
    )
    with _bounded(terms):
        sent()
        return job.provider.generate(request, key)


def _bounded(terms: AttemptContext) -> gevent.Timeout:
    """Read time-outs do not bound a body that drips; this does."""
    return gevent.Timeout(terms.timeout + GRACE_AFTER_TIMEOUT, LostAnswer(f"No answer within {terms.timeout:.0f} s."))


def _note_name(terms: AttemptContext, attempt: str, name: str) -> None:
    """Write down under which id the service knows the call, as soon as it says so: the next worker can ask for it."""
    terms.known_as[attempt] = name
    try:
        terms.journal.append(outcome(terms, attempt, "job", job=name))
    except DiskTrouble as error:  # the picture can still come; a crash before that would repeat the call
        log.warning("attempt=%s its job could not be written down: %s", attempt, error)


DETAIL = 500
"""Characters of a provider's own text that the journal keeps."""


def write_failure(terms: AttemptContext, job: ImageJob, attempt: str, error: ProviderError, seconds: float) -> None:
    """Write down that an attempt failed, and count it."""
    log.info("attempt=%s %s detail=%r", attempt, error, error.detail)
    price = 0 if error.charged is False else job.provider.price or 0
    terms.meter.called(job.provider.name, outcome_of(error), seconds, price)
    terms.journal.append(outcome(terms, attempt, "failed", **failure(error, seconds)))


def failure(error: ProviderError, seconds: float) -> dict[str, Any]:
    """What the journal keeps of a failed call."""
    facts = {"kind": error.kind, "error": str(error), "charged": error.charged, "seconds": round(seconds, 3)}
    return {**facts, "detail": error.detail[:DETAIL]} if error.detail else facts


def software(provider: Provider) -> str:
    """What an image's file says of its maker: a sketch is never passed off as AI output."""
    return f"Step 8 {provider.label.lower()}" if provider.offline else "Step 8"


def intent(terms: AttemptContext, job: ImageJob, attempt: str, key: Key | None) -> dict[str, Any]:
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


def outcome(terms: AttemptContext, attempt: str, what: str, **facts: Any) -> dict[str, Any]:
    """The record of what came of it, or of what became known of it."""
    return {"what": what, "at": terms.clock(), "attempt": attempt, "run": terms.run, **facts}
