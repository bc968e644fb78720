"""Errors that the product raises on purpose, in one family.

An error is named by whose fault it is, because the reaction follows from that::

    Step8Error                   str(error) is one sentence for the user: what is wrong, what to do
    ├── BadSetting               the environment: refuse to start
    ├── BadInput                 the request: 400
    │   ├── OutsideRoot          a path that leaves the projects folder: 403
    │   ├── NoSuchProject        404
    │   ├── NotFound             any other thing asked for by name: 404
    │   ├── PriceUnknown         the user has not agreed yet to a model without a known price: 409
    │   ├── AlreadyRunning       409
    │   └── Outdated             what the edit was based on has changed meanwhile: 409
    ├── BadFile                  a file of the project: named with line and reason
    ├── IllegalMove              a command the run's state does not allow
    ├── DiskTrouble              disk full, read-only, folder gone: stop the run, never ask the provider again
    │   └── FolderGone           deleted, renamed or unmounted: nothing of it is made again
    ├── CoordinationDown         Redis cannot be reached
    ├── Overloaded               this process: it does so much already that it takes no more: 503
    ├── Cancelled                what was being made is not wanted any more
    ├── LeaseLost                another worker drives this project now
    └── ProviderError            what a provider call came to
        ├── Rejected             this frame: the safety filter. Never retried by itself
        │   └── Unsuited         this request: a bad field, size or ratio. When all are, the settings are at fault
        ├── NoImage              this answer: well-formed, but no usable image in it
        ├── Limited              this account: slow down, wait ``retry_after`` seconds
        ├── KeyRefused           this key: wrong, expired, not allowed
        ├── KeySpent             this key: no credit or quota left
        ├── NotSent              the way there: DNS, connect, TLS. Certainly not charged
        ├── Unavailable          the service: 5xx, overloaded
        ├── LostAnswer           sent, but no whole answer came: possibly charged
        └── Misconfigured        every frame would fail the same way: model gone, endpoint unknown
"""

from __future__ import annotations

from pathlib import PurePath


class Step8Error(Exception):
    """Base of the family. ``str(error)`` is one plain sentence that may be shown to the user."""

    status = 500
    """The HTTP status of the response."""

    @property
    def kind(self) -> str:
        """The word for this error in journals and metrics."""
        return type(self).__name__


class BadSetting(Step8Error):
    """A setting in the environment or ``.env`` cannot be used. ``name`` is the variable's."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class BadInput(Step8Error):
    """The request is at fault; nothing was changed."""

    status = 400


class OutsideRoot(BadInput):
    """A path leads out of the projects folder."""

    status = 403


class NoSuchProject(BadInput):
    """No project has this path."""

    status = 404


class NotFound(BadInput):
    """The requested thing does not exist (a frame, a step, a file of a project)."""

    status = 404


class PriceUnknown(BadInput):
    """A run would use ``model``, whose price is not known, and the user has not agreed to that."""

    status = 409

    def __init__(self, sentence: str, model: str) -> None:
        super().__init__(sentence)
        self.model = model


class AlreadyRunning(BadInput):
    """The project is being generated already."""

    status = 409


class Outdated(BadInput):
    """What an edit was based on has changed, in another tab or by another program; nothing was written."""

    status = 409


class BadFile(Step8Error):
    """A file of the project cannot be used as it is; nothing was changed.

    ``file`` is relative to the project; ``line`` counts from 1, None where no line can be named.
    """

    status = 422

    def __init__(self, file: str | PurePath, reason: str, line: int | None = None) -> None:
        self.file = str(file)
        self.line = line
        self.reason = reason
        where = self.file if line is None else f"{self.file}, line {line}"
        super().__init__(f"{where}: {reason}")


class IllegalMove(Step8Error):
    """The run's state does not allow this command; the state is unchanged."""

    status = 409


class DiskTrouble(Step8Error):
    """The project's disk or folder cannot be written. No provider is called until it is cured."""

    status = 507


class FolderGone(DiskTrouble):
    """The project's folder, or a part of it, vanished during use."""


class CoordinationDown(Step8Error):
    """Redis cannot be reached. Nothing is lost: the project folders are the truth."""

    status = 503


class Overloaded(Step8Error):
    """This process does as much as it may at a time. ``retry_after`` are the seconds until another try makes sense."""

    status = 503

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Cancelled(Step8Error):
    """The user stopped what was being made, or the app ends. Nothing of it is kept."""

    status = 409


class LeaseLost(Step8Error):
    """Another worker holds this project now. The loser publishes nothing more."""

    status = 409


class ProviderError(Step8Error):
    """A provider call failed.

    ``str(error)`` is the sentence for the frame; ``detail`` the provider's own text for the log, scrubbed of secrets
    and cut to 500 characters. ``charged`` is None where it cannot be known.
    """

    status = 502
    charged: bool | None = False

    def __init__(self, sentence: str, detail: str = "", *, charged: bool | None = None) -> None:
        super().__init__(sentence)
        self.detail = detail
        if charged is not None:
            self.charged = charged


class Rejected(ProviderError):
    """The provider refuses this frame (safety filter, unusable request). Only an edit can help."""


class Unsuited(Rejected):
    """The provider cannot use this request (a field, size, ratio): more likely the settings than the prompt."""


class NoImage(ProviderError):
    """An answer came, but no usable image is in it (words only, cut off, another format)."""

    charged = None

    @property
    def kind(self) -> str:
        """The word in the journals of all versions."""
        return "NoPicture"


class Limited(ProviderError):
    """Too many requests on this account. ``retry_after`` is in seconds, None when the provider did not say."""

    def __init__(self, sentence: str, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(sentence, detail)
        self.retry_after = retry_after


class KeyRefused(ProviderError):
    """This key is wrong, expired or not allowed to do this."""


class KeySpent(ProviderError):
    """This key's account has no credit or quota left; waiting does not help."""


class NotSent(ProviderError):
    """The request never reached the provider (name, connection, TLS)."""


class Unavailable(ProviderError):
    """The provider is there but cannot serve now (5xx, overloaded). ``retry_after`` as in `Limited`."""

    def __init__(self, sentence: str, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(sentence, detail)
        self.retry_after = retry_after


class LostAnswer(ProviderError):
    """The request was sent but no whole answer came back: it may have been charged."""

    charged = None


class Misconfigured(ProviderError):
    """Every frame would fail in the same way (model gone, endpoint unknown): the run stops."""
