"""Which addresses may be fetched from: nobody gets our server to ask into the own network (feeds.md "Calendars in").

Pure: plain values in, verdicts out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urljoin, urlsplit

from booking.calendars.incoming.reading import Unreadable

MOST_CHARACTERS = 1000
#: Well-known prefix of NAT64 (RFC 6052): the IPv4 address is in the last 32 bits.
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Place:
    """Where to ask: host (ASCII), port, and the path with its query."""

    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """As one address, always https."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == 443 else f":{self.port}"
        return f"https://{host}{port}{self.path}"


def place_of(address: str) -> Place:
    """``address`` taken apart. https and webcal (which is read as https) only. Raises ``Unreadable``."""
    address = address.strip()
    if not address or len(address) > MOST_CHARACTERS or any(ord(letter) <= 32 for letter in address):
        raise Unreadable("bad_address")
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        raise Unreadable("bad_address") from None
    if parts.scheme.lower() not in ("https", "webcal", "webcals"):
        raise Unreadable("scheme")
    if not host or parts.username is not None or parts.password is not None:
        raise Unreadable("bad_address")
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    if not path.isascii():
        path = quote(path, safe="/?&=%+,:;@~!$'()*#-._")
    return Place(host, port or 443, path)


def next_place(place: Place, location: str) -> Place:
    """Where a redirect leads. Raises ``Unreadable`` for anything but https."""
    return place_of(urljoin(place.url, location))


def is_own(place: Place, base_url: str) -> bool:
    """True for a feed of this very site: taking it in would be a loop."""
    own = urlsplit(base_url)
    paths = ("/feeds/", "/api/booking/")
    return place.host.lower() == (own.hostname or "").lower() and any(part in place.path for part in paths)


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
