"""The app for gunicorn: ``wsgi:app``."""

from webapp.process.gevent_patch import patch

patch()  # before anything else is imported

import gc  # noqa: E402
import sys  # noqa: E402

gc.disable()  # nothing of what is imported is garbage

from webapp.app import create_app  # noqa: E402
from webapp.errors import Step8Error  # noqa: E402
from webapp.process.gunicorn_master import service  # noqa: E402

try:
    app = create_app(service().settings)
except Step8Error as error:
    print(error, file=sys.stderr, flush=True)
    raise SystemExit(3) from None  # gunicorn's word for "cannot start": it ends instead of trying for ever
gc.enable()
gc.freeze()  # what is there now stays, and is not looked through again each time
