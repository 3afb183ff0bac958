"""Sessions that know when they end, so that a page can warn before it happens. Nothing more is read for it."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """`ends_at` is when the session ends unless it is renewed; `None` until a stored session was read."""

    ends_at: datetime | None = None

    def load(self) -> dict[str, Any]:
        row = self._get_session_from_db()  # type: ignore[attr-defined]  # unknown to the stubs
        self.ends_at = row.expire_date if row else None
        return self.decode(row.session_data) if row else {}
