"""A real mail server on loopback that can go away and come back on its port."""

from __future__ import annotations

import email.policy
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.integration.server import free_port


@dataclass
class MailServer:
    """What arrived is in `mails`. `after` is called for each mail before it is accepted."""

    mails: list[EmailMessage] = field(default_factory=list)
    after: Callable[[], None] | None = None
    port: int = field(default_factory=free_port)
    controller: Controller | None = None

    async def handle_DATA(  # noqa: N802 - as aiosmtpd names it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=email.policy.default))
        if self.after:
            self.after()
        return "250 OK"

    def come_back(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def go_down(self) -> None:
        """Connections are refused."""
        if self.controller:
            self.controller.stop()
            self.controller = None

    def about(self, reference: str) -> list[EmailMessage]:
        """The mails about a lead, oldest first, repeats included."""
        return [mail for mail in self.mails if reference in mail["Subject"]]

    def ids_by_subject(self) -> dict[str, Counter[str]]:
        """How often each Message-ID came, by subject: one each, whatever was repeated."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for mail in list(self.mails):
            found[mail["Subject"]][mail["Message-ID"]] += 1
        return found


@contextmanager
def serving_mail() -> Iterator[MailServer]:
    server = MailServer()
    server.come_back()
    try:
        yield server
    finally:
        server.go_down()
