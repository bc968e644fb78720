"""Views for the operator: GET /healthz, whether this process can work, and GET /metrics."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Blueprint, Response, jsonify

from webapp.disk.files.native_threads import run_native
from webapp.disk.files.os_calls import free_bytes
from webapp.disk.storage_id import is_same
from webapp.errors import Step8Error
from webapp.web.services import services

pages = Blueprint("health", __name__)

MINIMUM_FREE = 16 * 1024 * 1024
"""Bytes that must be free: room for a few images."""


@pages.get("/healthz")
def healthz() -> tuple[Response, int]:
    """200 when Redis answers and the projects folder can be written; 503 with the reason otherwise."""
    reasons = [reason for reason in (_redis_problem(), _disk_problem()) if reason]
    if reasons:
        return jsonify({"status": "unavailable", "error": " ".join(reasons)}), 503
    return jsonify({"status": "ok", "redis": "ok", "disk": "ok"}), 200


@pages.get("/metrics")
def metrics() -> Response:
    """The metrics, in the text format of Prometheus."""
    return Response(services().process.metrics(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _redis_problem() -> str:
    try:
        services().process.redis_answers()
    except Step8Error as error:
        return str(error)
    return ""


def _disk_problem() -> str:
    library = services().library
    return run_native(_folder_problem, library.root) or _storage_problem(library.root, library.storage)


def _storage_problem(root: Path, ident: str) -> str:
    if is_same(root, ident):
        return ""
    return "The projects folder is not the one this node started with. Check its mount, then start the node again."


def _folder_problem(root: Path) -> str:
    try:
        if not os.access(root, os.W_OK | os.X_OK):
            return "The projects folder cannot be written. Check PROJECTS_ROOT and its permissions."
        free = free_bytes(os.statvfs(root))
    except OSError:
        return "The projects folder is gone. Check PROJECTS_ROOT."
    if free < MINIMUM_FREE:
        return "The disk with the projects is full. Free some space."
    return ""
