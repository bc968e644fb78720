"""What makes the images: the commands, the loop that drives a project, the engine that wakes it, what is told of it.

Made and joined here for the factory.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
import time
from dataclasses import dataclass

import gevent

from webapp.config import Config
from webapp.coordination.lease import owner_name
from webapp.coordination.wiring import Meeting
from webapp.disk.files.native_threads import run_pixels
from webapp.disk.images.image_store import Pictures
from webapp.disk.key_file import Vault
from webapp.disk.library import Library
from webapp.disk.logs.activity_log import Diaries
from webapp.disk.logs.journal import Journal
from webapp.disk.logs.webhook_log import Deliveries
from webapp.disk.project_store import Store
from webapp.disk.webhook_secrets import HookSecrets
from webapp.generation.control import Control
from webapp.generation.driver import Driver
from webapp.generation.events.event_log import Chronicle
from webapp.generation.events.run_counts import Census
from webapp.generation.events.webhooks import LARGEST, Webhooks, WebhookSender
from webapp.generation.job_queue import Engine
from webapp.generation.makers.key_list import Keychain
from webapp.generation.makers.provider_choice import Choices
from webapp.generation.makers.provider_overview import Outlooks
from webapp.generation.makers.run_setup import Equipper
from webapp.generation.run.context import Clocks
from webapp.generation.run_store import Records
from webapp.metrics import Metrics
from webapp.providers import Http


@dataclass(frozen=True, slots=True)
class Works:
    """The parts of it that others use too."""

    control: Control
    driver: Driver
    engine: Engine
    choices: Choices
    outlooks: Outlooks
    equipper: Equipper
    vault: Vault
    keychain: Keychain
    diaries: Diaries
    webhooks: Webhooks
    chronicle: Chronicle
    metrics: Metrics


def works(config: Config, storage: str, library: Library, store: Store, pictures: Pictures, meeting: Meeting) -> Works:
    """The works for these settings and this storage. Starts nothing."""
    board, leases, limits = meeting.board, meeting.leases, meeting.limits
    metrics = Metrics(lambda: census.states())
    diaries, courier = Diaries(), WebhookSender(Http(clock=time.monotonic, largest=LARGEST))
    webhooks = Webhooks(store, HookSecrets(config.data_dir), Deliveries(), courier, time.time, gevent.sleep)
    chronicle = Chronicle(diaries, Journal, store.ledger, webhooks)
    records = Records(board, store, time.time, metrics, witness=chronicle)
    census = Census(library, board, records)
    vault = Vault(config.data_dir, time.monotonic)
    keychain = Keychain(config.providers, vault, limits)
    choices = Choices(config, store, Http(clock=time.monotonic), config.prices, gevent.sleep, run_pixels)
    outlooks = Outlooks(config, choices, store, config.prices)
    equipper = Equipper(choices, keychain.pool, store, limits, meeting.breaker, config.style_reference)
    driver = Driver(
        library,
        store,
        pictures,
        Journal,
        board,
        leases,
        records,
        equipper.equip,
        equipper.limits,
        Clocks(time.monotonic, time.time, random.random),
        owner_name(socket.gethostname(), os.getpid(), secrets.token_hex(4)),
        metrics,
        witness=chronicle,
    )
    engine = Engine(meeting.queue, driver, config.projects_at_once if config.run_worker else 0, storage, board)
    control = Control(records, board, leases, store, engine.wake, equipper)
    return Works(
        control, driver, engine, choices, outlooks, equipper, vault, keychain, diaries, webhooks, chronicle, metrics
    )
