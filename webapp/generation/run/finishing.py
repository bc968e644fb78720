"""Finishing of an attempt once its bytes are spooled: checked, re-encoded, published, its outcome in the journal.

It goes on beside the next calls, since nothing that was paid for can be lost any more: the worker that drives the
project after a crash finishes what lies in the spool.
"""

from __future__ import annotations

from webapp.errors import CoordinationDown, LeaseLost, ProviderError
from webapp.generation.job import MadeImage, SpooledImage, prompt_digest
from webapp.generation.ports import SavedImage
from webapp.generation.run import attempt
from webapp.generation.run.context import RunContext

ASK_AGAIN = 0.5
"""Seconds until a Redis that was away is asked again."""


def finish(context: RunContext, spooled: SpooledImage) -> MadeImage:
    """Make the spooled bytes the frame's image, and write down what they cost.

    Raises:
        ProviderError: the bytes are no image.
        LeaseLost: another worker drives the project; the bytes stay in the spool for it.
        DiskTrouble: the project's folder cannot be written; the bytes are still spooled.
        CoordinationDown: Redis did not say who drives the project before this process left; the bytes are still
            spooled.
    """
    try:
        image = _publish(context, spooled)
    except ProviderError as error:
        attempt.write_failure(context, spooled.job, spooled.attempt, error, spooled.seconds)
        raise
    context.disk_space.add(image.bytes)
    note = spooled.answer.note or spooled.job.note
    facts = {
        "seconds": round(spooled.seconds, 3),
        "cost": spooled.cost,
        "version": image.version,
        "model": spooled.answer.model,
        "seed": spooled.seed,
        **({"note": note} if note else {}),
    }
    context.journal.append(attempt.outcome(context, spooled.attempt, "saved", **facts))
    context.metrics.called(spooled.job.provider.name, "saved", spooled.seconds, spooled.cost or 0)
    context.metrics.frames("made")
    return MadeImage(image.version, spooled.seconds, spooled.cost, note)


def _publish(context: RunContext, spooled: SpooledImage) -> SavedImage:
    _await_right_to_publish(context)
    job, metadata = spooled.job, _metadata(spooled)
    return context.images.publish(
        context.folder, job.frame, spooled.attempt, metadata, job.replaces, spooled.answer.body or None
    )


def _await_right_to_publish(context: RunContext) -> None:
    # while Redis is away nothing is published: the bytes wait in the spool
    while True:
        try:
            if context.gate() == "lost":
                raise LeaseLost("Another worker drives this project now.")
            return
        except CoordinationDown:
            if context.leaving.wait(ASK_AGAIN):
                raise


def _metadata(spooled: SpooledImage) -> dict[str, str]:
    job = spooled.job
    return {
        "Software": attempt.software(job.provider),
        "Provider": job.provider.name,
        "Model": spooled.answer.model,
        "Seed": str(spooled.seed),
        "Prompt digest": prompt_digest(job.prompt),
        "Inputs": job.inputs,
        "Attempt": spooled.attempt,
    }
