"""TLS over another wire: the handshake is made by the first write and the reads that follow it."""

import ssl
from _socket import socket as Plug

from bench.drivers.wire import Wire

_PIECE = 64 << 10


class _Session:
    __slots__ = ("incoming", "layer", "leaving", "outgoing", "secured")

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.layer = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self.secured = False
        self.leaving = b""


class Secured:
    """A wire that encrypts; `trusting` takes any certificate, which is right for a server on this machine only."""

    def __init__(self, below: Wire, name: str, trusting: bool) -> None:
        self._below = below
        self._name = name
        self._sessions: dict[int, _Session] = {}
        # whether gevent has patched it or not: only its sockets would wait for the hub, and none is made of it
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = not trusting
        self._context.verify_mode = ssl.CERT_NONE if trusting else ssl.CERT_REQUIRED
        if not trusting:
            self._context.load_default_certs()

    def attach(self, fd: int, plug: Plug) -> None:
        self._below.attach(fd, plug)
        self._sessions[fd] = _Session(self._context, self._name)

    def detach(self, fd: int) -> None:
        del self._sessions[fd]
        self._below.detach(fd)

    def read(self, fd: int, most: int, /) -> bytes:
        return self.hear(fd, most)[0]

    def stamp(self, fd: int) -> None:
        self._below.stamp(fd)

    def hear(self, fd: int, most: int, /) -> tuple[bytes, int]:
        session = self._sessions[fd]
        arrived, at = self._below.hear(fd, max(most, _PIECE))
        if arrived:
            session.incoming.write(arrived)
        else:
            session.incoming.write_eof()
        self._secure(fd, session)
        read = _decrypted(session.layer)
        self._send_off(fd, session)
        return read, at

    def write(self, fd: int, data: bytes, /) -> int:
        session = self._sessions[fd]
        self._secure(fd, session)
        if data:
            session.layer.write(data)
        self._send_off(fd, session)
        return -1 if session.leaving else len(data)

    def _secure(self, fd: int, session: _Session) -> None:
        if session.secured:
            return
        try:
            session.layer.do_handshake()
            session.secured = True
        except ssl.SSLWantReadError:
            raise BlockingIOError from None
        finally:
            self._send_off(fd, session)

    def _send_off(self, fd: int, session: _Session) -> None:
        session.leaving += session.outgoing.read()
        if session.leaving:
            try:
                sent = self._below.write(fd, session.leaving)
            except BlockingIOError:
                return
            session.leaving = session.leaving[sent:]


def _decrypted(layer: ssl.SSLObject) -> bytes:
    """All that is there; nothing at all means that the other side has ended it."""
    read = []
    try:
        while piece := layer.read(_PIECE):
            read.append(piece)
    except ssl.SSLWantReadError:
        if not read:
            raise BlockingIOError from None
    except ssl.SSLEOFError:
        pass
    return b"".join(read)
