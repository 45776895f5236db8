"""Where conversations are kept: Rasa's SQL tracker store, on the assistant's own database."""

from __future__ import annotations

from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from sqlalchemy.orm import sessionmaker

from sales.database import open_engine
from sales.settings import Settings


class ConversationStore(SQLTrackerStore):
    """Rasa's store on `DATABASE_URL` (SQLite in var/ when unset); named in endpoints.yml.

    It shares the process's one connection pool, and raises at once when the database is
    away, where Rasa's own constructor would wait for ever.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        """`host` is ignored: the address is a setting, as for the catalog and the leads."""
        self.engine = open_engine(Settings.from_env().database_url)
        self.Base.metadata.create_all(self.engine)
        self.sessionmaker = sessionmaker(bind=self.engine)
        TrackerStore.__init__(self, domain, event_broker, **kwargs)
