"""Takes a message to an address of the user's: once, without a key, and only where that address may lead."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.core.webhook_message import Answer, Hook, answer
from webapp.errors import LostAnswer, NoPicture, NotSent, ProviderError
from webapp.outbound.client import Http

TIMEOUT = 10.0
LARGEST = 65_536
"""Bytes of an answer that are taken; nothing of it is used but its status."""


class Courier:
    """Delivers messages over ``http``, which should take answers of at most `LARGEST` bytes."""

    def __init__(self, http: Http, timeout: float = TIMEOUT) -> None:
        self._http = http
        self._timeout = timeout

    def deliver(self, hook: Hook, message: bytes, headers: Mapping[str, str]) -> Answer:
        """Send the message once and tell what came of it; nothing is raised.

        Unless the user named a host of a private network, none is reached there, whatever the name leads to. No
        redirect is followed.
        """
        try:
            reply = self._http.send(hook.url, message, headers, self._timeout, outside=not hook.near)
        except NoPicture:
            return Answer(True, "Answered, with more than was read.")
        except (NotSent, LostAnswer) as error:
            return Answer(False, str(error), again=True)
        except ProviderError as error:
            return Answer(False, str(error))
        return answer(reply.status)
