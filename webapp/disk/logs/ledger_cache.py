"""Cache of ledgers: each journal is read once, then only what was appended to it."""

from __future__ import annotations

from collections import OrderedDict

from webapp.core.money.ledger import Ledger
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.logs.journal import Journal, JournalPosition

MOST, MOST_ATTEMPTS = 1024, 100_000
"""Projects whose ledgers are held in memory, and attempts in all of them; of others the whole journal is read."""


class LedgerCache:
    """Ledgers by project. To be read only, since they are shared."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Ledger, JournalPosition]] = OrderedDict()

    def ledger(self, folder: Folder) -> Ledger:
        """Return the ledger of the project's journal as it is now.

        Raises:
            BadFile: the journal is no regular file, or may not be read.
        """
        while True:
            known = self._known.get(folder.id)
            records, reached, anew = Journal(folder).since(known[1] if known else JournalPosition())
            fresh = run_native(Ledger.sum, records) if anew or known is None else None
            if self._known.get(folder.id) is not known:
                continue  # another greenlet read on meanwhile
            ledger = fresh or (known[0] if known else Ledger())
            for record in () if fresh else records:
                ledger.add(record)
            self._keep(folder.id, ledger, reached)
            return ledger

    def _keep(self, ident: str, ledger: Ledger, mark: JournalPosition) -> None:
        self._known[ident] = (ledger, mark)
        self._known.move_to_end(ident)
        while len(self._known) > MOST or (self._held > MOST_ATTEMPTS and len(self._known) > 1):
            self._known.popitem(last=False)

    @property
    def _held(self) -> int:
        return sum(ledger.size for ledger, _ in self._known.values())
