"""The demo scenario: a believable population on the current editions, every step made through the services.

It needs the reference data and the demo people. An edition that already moved on without any application is first put back
to published, because the population has to apply before it can be evaluated.
"""

from datetime import datetime

from django.db import transaction

from eurocluster_portal.demo.scenario import stories
from eurocluster_portal.demo.scenario.cast import Cast, NothingToFill

__all__ = ["NothingToFill", "play"]


@transaction.atomic
def play(*, at: datetime) -> None:
    """Fill the current editions.

    Raises:
        NothingToFill: an edition is missing or has applications already; nothing is changed then.
    """
    cast = Cast(at=at)
    stories.decided_call(cast)
    stories.call_in_evaluation(cast)
    stories.open_call(cast)
