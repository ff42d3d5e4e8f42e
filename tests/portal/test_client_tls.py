"""Certificates, with servers of our own that speak TLS."""

import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from portal.lucca.errors import LuccaError, Misconfigured, OutcomeUnknown, Unreachable
from portal.lucca.session import Answer, Request
from tests.portal.hostile import Server, answering, ask, header, read_request, serving, session


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    openssl = shutil.which("openssl")
    assert openssl, "openssl is needed to make a certificate"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


@pytest.fixture
def tls(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.fixture
def trusted(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))


def failure(address: str, request: Request[Answer]) -> LuccaError:
    with pytest.raises(LuccaError) as caught:
        session(address, trust_environment=True, connect_timeout=1).send(request)
    return caught.value


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_certificate_that_cannot_be_verified_stops_before_the_key_is_sent(
    tls: ssl.SSLContext, repeatable: bool
) -> None:
    with serving(answering(), tls=tls) as server:
        error = failure(server.address, ask("POST", repeatable=repeatable))
        assert server.requests == []

    assert type(error) is Misconfigured
    assert error.reason == "certificate"
    assert error.params["host"] in server.address


def test_a_certificate_of_another_name_stops_as_well(tls: ssl.SSLContext, trusted: None) -> None:
    with serving(answering(), tls=tls) as server:
        error = failure(server.address.replace("127.0.0.1", "localhost"), ask())
        assert server.requests == []

    assert error.reason == "certificate"


def test_a_certificate_that_the_environment_trusts_is_accepted(
    tls: ssl.SSLContext, trusted: None
) -> None:
    with serving(answering(), tls=tls) as server:
        client = session(server.address, trust_environment=True, connect_timeout=1)
        assert client.send(ask()).status == 200
        assert client.send(ask("POST", repeatable=False)).status == 200
        assert header(server.requests[0], "authorization")


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_drip_over_tls_ends_at_the_deadline(
    tls: ssl.SSLContext, trusted: None, repeatable: bool
) -> None:
    def drip(server: Server, connection: socket.socket) -> None:
        read_request(server, connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(120):
            if not server.hold(0.05):
                return
            connection.sendall(b" ")

    with serving(drip, tls=tls) as server:
        error = failure(server.address, ask("POST", repeatable=repeatable))

    assert type(error) is OutcomeUnknown
    assert error.reason == "timed-out"


def plain(server: Server, connection: socket.socket) -> None:
    """Plain HTTP where TLS is expected."""
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def silent(server: Server, connection: socket.socket) -> None:
    server.hold(5)


def hangs_up(server: Server, connection: socket.socket) -> None:
    connection.recv(1000)


@pytest.mark.parametrize("talk", [plain, silent, hangs_up], ids=lambda talk: talk.__name__)
def test_a_handshake_that_fails_is_certainly_not_done(talk: object) -> None:
    with serving(talk) as server:  # type: ignore[arg-type]
        address = server.address.replace("http:", "https:")
        error = failure(address, ask("POST", repeatable=False))

    assert type(error) is Unreachable
