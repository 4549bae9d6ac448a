"""E-mail says that something waits and nothing else; what came of it is known exactly as far as it can be."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from bot.chat.email import SUBJECT, WAITING, Email, MailServer, MailUnusable, mail_server
from bot.conversation.outbound import PREVIEW, CannotTell, Later, Message, Outcome, PostRefused, Sent, Unknown
from bot.conversation.reply import Button, Fact, Reply, Section, Table
from bot.rules.access.channel_privacy import level_of
from bot.rules.partnership.partnership import Delivering

TO, SENDER = "duty-team@example.org", "bot@example.org"
MARKER = "6f1c7a52-0000-5000-8000-1234567890ab"
CANARY = "OX-7QK4"
#: A reply that says a child's reference in every place where a text can stand.
REPLY = Reply(
    CANARY,
    1,
    text=(CANARY,),
    facts=(Fact(CANARY, 9, note=CANARY), Fact(WAITING, 3, note=CANARY)),
    sections=(Section(CANARY, (CANARY,)),),
    tables=(Table(CANARY, (CANARY,), ((CANARY,),)),),
    footer=(CANARY,),
    buttons=(Button(CANARY, f"child {CANARY}"),),
)
MESSAGE = Message(REPLY, PREVIEW, MARKER)


class Taken:
    """A mail server's doings: it answers as it is told, and keeps what it accepted."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.mails = answers, list[bytes]()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _s: Any, _session: Any, envelope: Any, address: str, _o: Any
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("mail", "250 OK")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _s: Any, _session: Any, envelope: Any, address: str, _o: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _s: Any, _session: Any, envelope: Any
    ) -> str:
        self.mails.append(envelope.content)
        return self.answers.get("data", "250 OK")


def free() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def taking(taken: Taken, **options: Any) -> Iterator[MailServer]:
    controller = Controller(taken, hostname="127.0.0.1", port=free(), **options)
    controller.start()
    try:
        yield MailServer("127.0.0.1", controller.port, encrypted=False)
    finally:
        controller.stop()


def post(server: MailServer, message: Message = MESSAGE, timeout: float = 5) -> Outcome:
    return Email(server, SENDER, timeout).post(TO, message)


def test_it_says_that_something_waits_and_nothing_else() -> None:
    taken = Taken()
    with taking(taken) as server:
        assert isinstance(post(server), Sent)
    (raw,) = taken.mails
    mail = message_from_bytes(raw, policy=default)
    assert (mail["Subject"], mail["From"], mail["To"]) == (SUBJECT, SENDER, TO)
    assert mail["Message-ID"] == f"<{MARKER}@example.org>"  # twice the same message, twice the same id
    text = mail.get_content()
    assert text.startswith("3 things wait for you with the missing children bot")
    assert CANARY not in raw.decode()
    assert "9" not in text


@pytest.mark.parametrize(
    ("facts", "said"),
    [((), "Something waits"), ((Fact(WAITING, 1),), "1 thing waits"), ((Fact(WAITING, CANARY),), "Something waits")],
)
def test_only_a_whole_number_is_taken_over(facts: tuple[Fact, ...], said: str) -> None:
    taken = Taken()
    with taking(taken) as server:
        post(server, Message(Reply("", 0, facts=facts), PREVIEW))
    assert said in taken.mails[0].decode()
    assert CANARY not in taken.mails[0].decode()


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"rcpt": "550 5.1.1 no such user"}, PostRefused("smtp_550")),
        ({"mail": "553 not from you"}, PostRefused("smtp_553")),
        ({"data": "554 no"}, PostRefused("smtp_554")),
        ({"rcpt": "451 4.7.1 greylisted"}, Later),
        ({"data": "452 disk full"}, Later),
        ({"mail": "421 going down"}, Later),
    ],
)
def test_a_server_that_says_no(answers: dict[str, str], outcome: Any) -> None:
    with taking(Taken(**answers)) as server:
        found = post(server)
    assert found == outcome or (isinstance(outcome, type) and isinstance(found, outcome))


@contextmanager
def scripted(answer: Callable[[socket.socket], None]) -> Iterator[MailServer]:
    """A server that is no good: it does what `answer` does with each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield MailServer("127.0.0.1", listening.getsockname()[1], encrypted=False)


def talks_until(last: bytes, then: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """Polite until it has heard `last`."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"220 hello\r\n")
        with connection.makefile("rb") as lines:
            for line in map(bytes.rstrip, lines):
                if line in (last, b"."):
                    break
                if line.startswith((b"ehlo", b"mail", b"rcpt", b"data")):
                    connection.sendall(b"354 go on\r\n" if line == b"data" else b"250 ok\r\n")
        then(connection)

    return answer


def hang(connection: socket.socket) -> None:
    connection.settimeout(20)
    connection.recv(1)  # until the other side has had enough


def dribble(connection: socket.socket) -> None:
    """A byte now and then keeps every time-out of a socket from being reached."""
    try:
        while True:
            connection.sendall(b"2")
            threading.Event().wait(0.05)
    except OSError:
        return


@pytest.mark.parametrize("then", [hang, lambda connection: None, lambda c: c.sendall(b"nonsense\r\n")])
def test_after_it_was_handed_over_nobody_knows(then: Callable[[socket.socket], None]) -> None:
    with scripted(talks_until(b"never", then)) as server:
        assert post(server, timeout=0.6) == Unknown("no_answer")


@pytest.mark.parametrize("then", [hang, lambda connection: None, dribble])
def test_before_it_was_handed_over_nothing_was_sent(then: Callable[[socket.socket], None]) -> None:
    with scripted(talks_until(b"data", then)) as server:
        # The server heard that a message was to come, and never said that it might.
        assert isinstance(post(server, timeout=0.6), Later | Unknown)
    with scripted(talks_until(f"rcpt TO:<{TO}>".encode(), then)) as server:
        assert isinstance(post(server, timeout=0.6), Later)
    with scripted(then) as server:
        assert isinstance(post(server, timeout=0.6), Later)


def test_a_server_that_is_away_is_asked_again_later() -> None:
    assert isinstance(post(MailServer("127.0.0.1", free(), encrypted=False)), Later)


def test_no_password_goes_over_the_network_for_everybody_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """On this machine it may; elsewhere the conversation must be encrypted first."""
    asked: list[str] = []

    def knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        asked.append(given.login.decode())
        return AuthResult(success=given.password == b"made up", handled=False)

    taken = Taken()
    with taking(taken, authenticator=knows, auth_require_tls=False) as server:
        signed_in = MailServer(server.host, server.port, False, "bot", "made up")
        assert isinstance(post(signed_in), Sent)
        assert post(MailServer(server.host, server.port, False, "bot", "wrong")) == PostRefused("smtp_535")
        monkeypatch.setattr("bot.chat.email.LOOPBACK", frozenset())
        assert post(signed_in) == PostRefused("no_encryption")
    assert set(asked) == {"bot"}
    assert len(taken.mails) == 1


def certificate(folder: Path) -> ssl.SSLContext:
    """One that a machine made for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    (folder / "cert.pem").write_bytes(signed.sign(key, SHA256()).public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize("from_the_first_byte", [True, False], ids=["smtps", "starttls"])
def test_it_is_encrypted_and_certificates_are_checked_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_the_first_byte: bool
) -> None:
    encrypted: list[bool] = []

    class Looks(Taken):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            encrypted.append(session.ssl is not None or from_the_first_byte)
            return await super().handle_DATA(server, session, envelope)

    taken, ours = Looks(), certificate(tmp_path)
    how = {"ssl_context": ours} if from_the_first_byte else {"tls_context": ours, "require_starttls": True}
    with taking(taken, **how) as found:
        server = replace(found, encrypted=from_the_first_byte)
        assert isinstance(post(server), Sent)
        assert encrypted == [True]
        monkeypatch.setattr("bot.chat.email.LOOPBACK", frozenset())  # as if it were another machine
        assert post(server) == PostRefused("certificate")
    assert len(taken.mails) == 1


def test_it_is_a_platform_of_counts_that_cannot_be_asked() -> None:
    email = Email(MailServer("localhost", 25, False), SENDER)
    assert level_of(email.describe(TO)) == 0
    assert (email.name, email.can_tell, email.repeat_harmless) == ("email", False, True)
    with pytest.raises(CannotTell):
        email.find(TO, MARKER, datetime(2017, 7, 5, tzinfo=UTC))
    assert email.update(TO, "1", MESSAGE) == email.delete(TO, "1") == PostRefused("not_possible")


def test_the_address_of_the_mail_server() -> None:
    assert mail_server("smtp://mail.example.org") == MailServer("mail.example.org", 587, encrypted=False)
    found = mail_server("smtps://bot:made%20up@mail.example.org")
    assert (found.port, found.encrypted, found.user, found.password) == (465, True, "bot", "made up")
    assert "made up" not in repr(found)
    for wrong in ("https://made-up.example.org", "smtp:", "made-up", "smtp://host:made-up"):
        with pytest.raises(MailUnusable) as fault:
            mail_server(wrong)
        assert "made-up" not in str(fault.value)


@pytest.mark.parametrize("wrong", ["duty", "a@b", "a@b.org\nBcc: c@d.org", "a b@c.org", "<a@b.org>", "a@b.org,c@d.org"])
def test_an_address_that_cannot_be_one_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="1 of the addresses cannot be one"):
        Delivering(email=(TO, wrong))
