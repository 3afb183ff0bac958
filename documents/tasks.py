"""Workers get ready to lay out documents as soon as they start."""

import logging
from typing import Any

from celery.signals import worker_init, worker_process_init

logger = logging.getLogger(__name__)


@worker_init.connect
def import_layout_engine(**_kwargs: Any) -> None:
    """Import before the worker forks, so that its children share the memory."""
    import pyhanko.sign.signers  # noqa: F401

    import documents.pdf  # noqa: F401


@worker_process_init.connect
def warm_layout_engine(**_kwargs: Any) -> None:
    """Load the fonts in each child: their temporary folder belongs to the process that made it."""
    try:
        from documents.pdf import warm_up

        warm_up()
    except Exception:  # a worker that cannot lay out documents can still send mail
        logger.exception("the layout engine did not start")
