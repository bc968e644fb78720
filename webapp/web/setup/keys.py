"""Addresses of the keys in Project Setup: paste, test, switch off, remove. A key is never shown again.

HTMX gets this part of the page, others the whole page or a redirect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.image_request import Key
from webapp.core.limits.key_states import AccountView
from webapp.core.project import Project
from webapp.core.settings import key_pools
from webapp.core.settings.key_pools import pool_name
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, CoordinationDown, NotFound, ProviderError, Step8Error
from webapp.generation.makers.key_list import HeldKey
from webapp.providers import contract
from webapp.providers.table import PROVIDERS
from webapp.web import urls
from webapp.web.images import run_panel
from webapp.web.layout.htmx import html, is_htmx
from webapp.web.layout.widgets import KeyLine
from webapp.web.services import services
from webapp.web.setup.providers import place_of
from webapp.web.setup.views import KeyPoolView, KeyRow, KeysPanel

SERVERS = "servers"
"""In the place of a key's id: the user's own servers, which need none."""

ACCOUNT = re.compile(r"[^\s=,][^=,\x00-\x1f\x7f]{0,79}\Z")
LONGEST = 20_000
Outcome = tuple[bool, str]
Page = Callable[[Folder, KeysPanel], str]


def pages(page: Page) -> Blueprint:
    """The blueprint; ``page`` renders all of Project Setup around its keys."""
    views = Blueprint("setup_keys", __name__)

    def respond(
        folder: Folder, outcome: Outcome, *, show: bool = False, typed: Mapping[str, str] | None = None
    ) -> Response:
        """Render the outcome of a click. Without HTMX a page of its own where there is something to ``show``."""
        if is_htmx():
            return html(render_template("setup/_keys.html", keys=keys_panel(folder, outcome, typed)))
        if outcome[0] and not show:
            return redirect(f"{urls.step(folder.name, 'setup')}#keys", 303)
        status = 200 if outcome[0] else 400
        return html(page(folder, keys_panel(folder, outcome, typed)), status)

    @views.post("/p/<project:project>/setup/keys")
    def add(project: str) -> Response:
        """Keep the pasted keys."""
        folder, form = services().library.find(project), request.form
        try:
            provider, style = _pool_in(form)
            count = services().key_file.add(provider, style, keys_in(form.get("keys", ""), form.get("account", "")))
        except BadInput as error:
            return respond(folder, (False, f"{error} Paste the keys again: they are not shown."), typed=form)
        _reload(folder)
        kept = {0: "These keys were there already.", 1: "One key was added."}.get(count, f"{count} keys were added.")
        return respond(folder, (True, kept))

    @views.post("/p/<project:project>/setup/keys/<provider>/<ident>/<verb>")
    def change(project: str, provider: str, ident: str, verb: str) -> Response:
        """Test, switch on or off, or remove a key."""
        folder = services().library.find(project)
        verbs = {"test": _test, "on": _switch, "off": _switch, "remove": _remove}
        if provider not in PROVIDERS or verb not in verbs:
            raise NotFound("There is nothing at this address. Load the page again.")
        try:
            outcome = (True, verbs[verb](folder, provider, ident, verb))
        except (ProviderError, BadInput) as error:
            outcome = (False, str(error))
        return respond(folder, outcome, show=verb == "test")

    _ = (add, change)
    return views


def keys_in(text: str, account: str) -> tuple[Key, ...]:
    """Pasted keys, each ``key`` or ``account=key``; those that name no account get this one, if there is one.

    Raises:
        BadInput: one of them cannot be a key; none of them is repeated.
    """
    account = account.strip()
    if account and not ACCOUNT.match(account):
        raise BadInput("Account: write a short name without comma and equals sign.")
    try:
        found = key_pools.keys(re.sub(r"[\r\n]+", ",", text[:LONGEST]))
    except ValueError as error:
        trouble = BadInput(f"Keys: {error}")
    else:
        if found:
            return tuple(_of(account, key) for key in found)
        trouble = BadInput("No key was pasted.")
    raise trouble


def _of(account: str, key: Key) -> Key:
    """The key as one of this account, unless it names one itself."""
    bare = key.account == key_pools.own_account(key.secret.reveal())
    return replace(key, account=account) if account and bare else key


def keys_panel(folder: Folder, outcome: Outcome | None = None, typed: Mapping[str, str] | None = None) -> KeysPanel:
    """All keys with what is known of them now, pool by pool, and the user's own servers."""
    project, key_list = services().store.project(folder), services().makers.keys
    action = f"{urls.step(folder.name, 'setup')}/keys"
    held = [entry for provider in PROVIDERS for entry in key_list.held(provider)]
    try:
        views: list[AccountView | None] = list(key_list.account_views(held))
    except CoordinationDown:
        views = [None] * len(held)
    pools: dict[str, list[KeyRow]] = {}
    for entry, view in zip(held, views, strict=True):
        pools.setdefault(_title(entry, project), []).append(_row(action, entry, view))
    for provider, servers in _servers().items():
        line = KeyLine(PROVIDERS[provider].label, servers)
        pools.setdefault("Your own servers", []).append(KeyRow(line, "", test=f"{action}/{provider}/{SERVERS}/test"))
    form = typed or {}
    return KeysPanel(
        action=action,
        pools=tuple(KeyPoolView(title, tuple(rows)) for title, rows in pools.items()),
        providers=tuple((name, PROVIDERS[name].label) for name in _keyed()),
        styles=tuple(style.name for style in project.styles),
        outcome=outcome,
        problem=services().key_file.problem,
        provider=form.get("provider", ""),
        style=form.get("style", ""),
        account=form.get("account", ""),
    )


def _row(action: str, held: HeldKey, view: AccountView | None) -> KeyRow:
    line, place = run_panel.key_line("", held, view, services().clock()), f"{action}/{held.provider}/{held.id}"
    if held.variable:
        return KeyRow(line, f"{held.variable} in {place_of(held.variable)}", f"{place}/test")
    switch = f"{place}/{'on' if held.off else 'off'}"
    return KeyRow(line, "", f"{place}/test", switch, f"{place}/remove", held.off)


def _title(held: HeldKey, project: Project) -> str:
    """“Google Gemini, all styles”, or the style by the name it has in the project."""
    names = {pool_name(style.name): style.name for style in project.styles}
    return f"{PROVIDERS[held.provider].label}, {names.get(held.style, held.style) or 'all styles'}"


def _keyed() -> list[str]:
    """The providers that can be given keys."""
    return [name for name in PROVIDERS if services().config.providers[name].keys_variable]


def _servers() -> dict[str, str]:
    """The providers that are the user's own servers, and where those are."""
    providers = services().config.providers
    return {
        name: ", ".join(address.place for address in providers[name].urls) for name in PROVIDERS if providers[name].urls
    }


def _pool_in(form: Mapping[str, str]) -> tuple[str, str]:
    provider, style = form.get("provider", ""), form.get("style", "")
    if provider not in _keyed():
        raise BadInput("Choose the provider these keys are for.")
    if len(style) > 64 or not re.fullmatch(r"[A-Za-z0-9_-]*", style):
        raise BadInput("Choose the style these keys are for.")
    return provider, style


def _test(folder: Folder, provider: str, ident: str, verb: str) -> str:
    """Test this key, or the user's own servers; returns the sentence.

    Raises:
        ProviderError: what is wrong, named by the key's last four characters.
    """
    held = None if ident == SERVERS else services().makers.keys.find(provider, ident)
    if held is None and ident != SERVERS:
        raise NotFound("This key is not there any more. Load the page again.")
    styles = {pool_name(style.name): style.name for style in services().store.project(folder).styles}
    style = styles.get(held.style, "") if held else ""
    choices = services().makers.choices
    made = choices.provider(provider, choices.values(folder, provider, style), choices.limits(folder).timeout)
    if not isinstance(made, contract.Testable):
        raise NotFound("This provider cannot be tested without making an image.")
    name = f"{held.key.secret.masked}: " if held else ""
    try:
        return f"{name}{made.test(held.key if held else None)}"
    except ProviderError as error:
        trouble = BadInput(f"{name}{error}")
    raise trouble


def _switch(folder: Folder, provider: str, ident: str, verb: str) -> str:
    services().key_file.switch(ident, off=verb == "off")
    _reload(folder)
    return "The key is switched off." if verb == "off" else "The key is switched on."


def _remove(folder: Folder, provider: str, ident: str, verb: str) -> str:
    services().key_file.remove(ident)
    _reload(folder)
    return "The key is removed."


def _reload(folder: Folder) -> None:
    """Let a run of this project and its open pages read the keys again."""
    try:
        services().control.tune(folder, lambda settings: settings)
    except Step8Error:
        return  # the keys are kept all the same; a run sees them with its next call
