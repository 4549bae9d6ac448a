"""E-mail, the second path: it says only that work waits, for a chat that is down or not read.

The text is fixed. One whole number is taken from a reply, so a mail can hold nothing of a child.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from bot.conversation.outbound import CannotTell, Later, Message, Outcome, PostRefused, Sent, Unknown
from bot.rules.access.channel_privacy import Destination
from bot.rules.catalogue import _, n_

SUBJECT = _("Missing children bot: please look")
#: The label of the one fact of a reply that is mailed: the number of waiting items.
WAITING = "waiting"

TIMEOUT_SECONDS = 10.0
#: When to come back to a mail server that is away or busy.
LATER_SECONDS = 120.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class MailUnusable(ValueError):
    """The mail server's address is wrong; the text does not hold it, for it may hold a password."""


@dataclass(frozen=True)
class MailServer:
    """A mail server: smtp:// (encrypted where the server offers it) or smtps://."""

    host: str
    port: int
    encrypted: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_here(self) -> bool:
        return self.host in LOOPBACK

    def context(self) -> ssl.SSLContext:
        """Return the TLS settings. Certificates are checked, but not on this machine, which has no signed one."""
        context = ssl.create_default_context()
        if self.is_here:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


def mail_server(url: str) -> MailServer:
    """Parse `smtp://user:password@host:port` or `smtps://...`; raise MailUnusable."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise MailUnusable("BOT_SMTP_URL is not an address") from None
    if parts.scheme not in ("smtp", "smtps") or not host:
        raise MailUnusable("BOT_SMTP_URL must look like smtp://host:587 or smtps://host:465")
    encrypted = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(host, port or (465 if encrypted else 587), encrypted, user, password)


@dataclass(frozen=True)
class Email:
    """The platform "email". A destination is an address of the partnership file."""

    server: MailServer
    sender: str
    timeout: float = TIMEOUT_SECONDS
    name: str = "email"
    can_tell: bool = False
    repeat_harmless: bool = True

    def describe(self, destination: str) -> Destination:
        """Return level 0 (counts) for every address: mail is forwarded, printed and kept."""
        return Destination("channel", 0, None, None, None)

    def post(self, destination: str, message: Message) -> Outcome:
        """Send the mail. A failure before the hand-over is a refusal; after it the outcome is unknown."""
        mail = _mail(self.sender, destination, message)
        s, each = self.server, self.timeout / 2
        # Not connected yet, so that it can be cut at any point.
        smtp = smtplib.SMTP_SSL(timeout=each, context=s.context()) if s.encrypted else smtplib.SMTP(timeout=each)
        vars(smtp)["_host"] = s.host  # the certificate's name: the library sets it only where it connects at once
        cut = threading.Timer(self.timeout, _cut, [smtp])  # a server that dribbles meets no time-out of a socket
        cut.start()
        try:
            smtp.connect(s.host, s.port)
            smtp.ehlo_or_helo_if_needed()
            safe = s.encrypted
            if not safe and smtp.has_extn("starttls"):
                smtp.starttls(context=s.context())
                smtp.ehlo()
                safe = True
            if s.user:
                if not safe and not s.is_here:
                    return PostRefused("no_encryption")  # the password would go over the network as it is
                smtp.login(s.user, s.password)
            return _hand_over(smtp, self.sender, destination, mail)
        except ssl.SSLCertVerificationError:
            return PostRefused("certificate")
        except smtplib.SMTPNotSupportedError:
            return PostRefused("no_sign_in")
        except smtplib.SMTPResponseException as fault:
            return _by_code(fault.smtp_code)
        except (OSError, ValueError, smtplib.SMTPException):
            return Later(LATER_SECONDS)
        finally:
            cut.cancel()
            smtp.close()

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        raise CannotTell("mail that has left cannot be asked for")

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        raise CannotTell("mail that has left cannot be asked for")

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        return PostRefused("not_possible")

    def delete(self, destination: str, message_id: str) -> Outcome:
        return PostRefused("not_possible")


def _mail(sender: str, to: str, message: Message) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, SUBJECT
    mail["Date"] = formatdate()
    # The same for the same message: where it comes twice, many servers and readers show it once.
    mail["Message-ID"] = f"<{message.marker or uuid4()}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    found = next((f.value for f in message.reply.facts if f.label == WAITING and type(f.value) is int), None)
    waits = _("Something waits") if found is None else n_("1 thing waits", "{n} things wait", found)
    mail.set_content(
        _(
            "{waits} for you with the missing children bot, and may not have reached you in "
            "chat.\n\nPlease look in chat, or ask the bot: deliveries\n\nThis message says no "
            "more on purpose. Nobody reads replies to it.\n",
            waits=waits,
        )
    )
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


def _hand_over(smtp: smtplib.SMTP, sender: str, to: str, mail: bytes) -> Outcome:
    """Hand the mail over; a server that breaks off after the mail was sent leaves the outcome unknown."""
    for code, _unused in (smtp.mail(sender), smtp.rcpt(to)):
        if code not in (250, 251):
            return _by_code(code)
    try:
        code, _ = smtp.data(mail)
    except smtplib.SMTPDataError as fault:  # it would not even begin
        return _by_code(fault.smtp_code)
    except (OSError, ValueError, smtplib.SMTPException):
        return Unknown("no_answer")
    if code == 250:
        return Sent("")
    return _by_code(code) if code >= 400 else Unknown("no_answer")


def _cut(smtp: smtplib.SMTP) -> None:
    """End the connection from another thread; the waiting call then fails at once."""
    sock = smtp.sock
    with suppress(OSError):
        if sock is not None:
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _by_code(code: int) -> Outcome:
    """Return the outcome of an SMTP code: 5xx is refused for good; any other may succeed later."""
    return PostRefused(f"smtp_{code}") if 500 <= code < 600 else Later(LATER_SECONDS)
