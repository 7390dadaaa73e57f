"""Asking servers of others: which addresses may be asked, resolved once and pinned, so that nobody gets our server to
ask into the own network (feeds.md "Calendars in"; webhooks).

A name is looked up once, each address that it gave is judged, and the connection goes to that very address: a name
that changes its mind in between (DNS rebinding) changes nothing. Standard library only: a client that resolves again by
itself would undo what is checked here. Every refusal is an ``Unreachable`` with a stable code.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import quote, urlsplit

MOST_CHARACTERS = 1000
CONNECT_SECONDS = 5.0
#: Well-known prefix of NAT64 (RFC 6052): the IPv4 address is in the last 32 bits.
_NAT64 = IPv6Network("64:ff9b::/96")
_PORTS = {"https": 443, "http": 80}


class Unreachable(Exception):
    """Not asked, or not reached: ``bad_address, scheme, private_address, unknown_host, no_connection, certificate,
    server_slow``, and what fills its words."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Place:
    """Where to ask: host (ASCII), port, the path with its query, and whether it is with TLS."""

    host: str
    port: int
    path: str
    secure: bool = True

    @property
    def url(self) -> str:
        """As one address."""
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{self.host_header}{self.path}"

    @property
    def host_header(self) -> str:
        """Host, and the port where it isn't the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = _PORTS["https" if self.secure else "http"]
        return host if self.port == usual else f"{host}:{self.port}"


def place_of(address: str, *, schemes: Iterable[str] = ("https",), plain: Iterable[str] = ()) -> Place:
    """``address`` taken apart. ``schemes`` are read as https, ``plain`` as http. Raises ``Unreachable``."""
    address = address.strip()
    if not address or len(address) > MOST_CHARACTERS or any(ord(letter) <= 32 for letter in address):
        raise Unreachable("bad_address")
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        raise Unreachable("bad_address") from None
    scheme = parts.scheme.lower()
    secure = scheme in tuple(schemes)
    if not secure and scheme not in tuple(plain):
        raise Unreachable("scheme")
    if not host or parts.username is not None or parts.password is not None:
        raise Unreachable("bad_address")
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    if not path.isascii():
        path = quote(path, safe="/?&=%+,:;@~!$'()*#-._")
    return Place(host, port or _PORTS["https" if secure else "http"], path, secure)


def may_connect(address: str, networks: Iterable[str]) -> bool:
    """True when a connection to this IP address is allowed: a public one, or in one of ``networks`` (CIDR).

    What is wrapped in an IPv6 address (mapped, 6to4, NAT64) counts as what it wraps; Teredo is never allowed.
    """
    try:
        ip = _unwrapped(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if ip is None:
        return False
    for text in networks:
        network = ip_network(text, strict=False)
        if network.version == ip.version and ip in network:
            return True
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def connect(place: Place, *, networks: Iterable[str], deadline: float, seconds: float) -> socket.socket:
    """A connection (with TLS where the place says so) to an address that was checked: the very address, no second
    look-up. ``deadline``: on ``time.monotonic()``; ``seconds``: what the whole may take, for words.

    Raises ``Unreachable``.
    """
    networks = tuple(networks)
    addresses = [one for one in _resolve(place, deadline) if may_connect(one, networks)]
    if not addresses:
        raise Unreachable("private_address", host=place.host)
    failure: Exception | None = None
    for one in addresses[:4]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Unreachable("server_slow", seconds=int(seconds))
        try:
            sock = socket.create_connection((one, place.port), timeout=min(CONNECT_SECONDS, left))
        except OSError as error:
            failure = error
            continue
        if not place.secure:
            sock.settimeout(max(deadline - time.monotonic(), 0.01))
            return sock
        try:
            sock.settimeout(max(min(CONNECT_SECONDS, deadline - time.monotonic()), 0.01))
            secured = ssl.create_default_context().wrap_socket(sock, server_hostname=place.host)
            secured.settimeout(max(deadline - time.monotonic(), 0.01))
        except ssl.SSLCertVerificationError as error:
            sock.close()
            raise Unreachable("certificate", host=place.host) from error
        except (OSError, ValueError) as error:
            sock.close()
            failure = error
            continue
        return secured
    raise Unreachable("no_connection", host=place.host) from failure


@contextmanager
def closing_at(sock: socket.socket, deadline: float) -> Any:
    """Whatever waits for the other side after the deadline is woken up, however slowly that side goes on dripping."""
    watch = threading.Timer(max(deadline - time.monotonic(), 0.01), _shut, [sock])
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        with suppress(OSError):
            sock.close()


def _resolve(place: Place, deadline: float) -> list[str]:
    """All addresses of the host. The system's resolver knows no time limit, so it works beside us."""
    answers: queue.Queue[list[str] | None] = queue.Queue()

    def look() -> None:
        try:
            found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answers.put(None)
        else:
            answers.put(list(dict.fromkeys(str(row[4][0]) for row in found)))

    threading.Thread(target=look, daemon=True).start()
    try:
        found = answers.get(timeout=max(min(CONNECT_SECONDS, deadline - time.monotonic()), 0.01))
    except queue.Empty:
        found = None
    if not found:
        raise Unreachable("unknown_host", host=place.host)
    return found


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address | None:
    if isinstance(ip, IPv4Address):
        return ip
    if ip.teredo is not None:
        return None
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def _shut(sock: socket.socket) -> None:
    with suppress(OSError, ValueError):
        sock.shutdown(socket.SHUT_RDWR)
