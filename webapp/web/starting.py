"""Starting a run whose model may have no known price: that needs somebody's word, which the project keeps."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from functools import partial
from typing import TypeVar

from webapp.core.run.states import Run
from webapp.core.settings.project_settings import ProjectSettings
from webapp.core.work_plan import RunScope
from webapp.disk.files.folder import Folder
from webapp.errors import PriceUnknown
from webapp.web import urls
from webapp.web.layout.widgets import Button
from webapp.web.services import services

Answer = TypeVar("Answer")


class AnyModel:
    """Models agreed to by somebody who agrees to any."""

    def __contains__(self, model: object) -> bool:
        return True


ALL = AnyModel()


def start(folder: Folder, accepted: Container[str], scope: RunScope | None = None) -> tuple[Run, bool]:
    """As `Control.start`; models without a known price are agreed to if they are among those ``accepted``.

    Raises:
        PriceUnknown: a model is needed that nobody agreed to yet.
        Step8Error: it cannot start for another reason.
    """
    return agreed(folder, accepted, lambda: services().control.start(folder, scope))


def agreed(folder: Folder, accepted: Container[str], command: Callable[[], Answer]) -> Answer:
    """Carry out a command that may need models without a known price: those ``accepted`` are agreed to for it.

    Raises:
        PriceUnknown: a model is needed that nobody agreed to yet.
        Step8Error: as the command.
    """
    while True:
        try:
            return command()
        except PriceUnknown as error:
            if error.model not in accepted or error.model in services().choices.settings(folder).accepted:
                raise
            agree(folder, error.model)


def agree(folder: Folder, model: str) -> None:
    """Somebody agrees to a model without a known price, for this project."""
    services().control.tune(folder, partial(_with, model))


def agreement(folder: Folder, question: PriceUnknown) -> Button:
    """The button with which somebody agrees to the model in question, and starts."""
    action = urls.command(folder.name, "start")
    return Button("Start without a known price", action, icon="play", hidden=("accept", question.model))


def _with(model: str, settings: ProjectSettings) -> ProjectSettings:
    return settings if model in settings.accepted else replace(settings, accepted=(*settings.accepted, model))
