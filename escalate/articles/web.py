"""Fetching one address that a user named: bounded in time and size, and never on a private network."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable
from typing import Final

import httpx

from escalate.errors import DataError

LARGEST_BYTES: Final = 5_000_000
SECONDS: Final = 10.0
_SECONDS_IN_ALL: Final = 30.0
_REDIRECTS: Final = 5

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def public(address: IPAddress) -> bool:
    """Tell whether an address belongs to the public internet."""
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_global and not address.is_multicast


def fetch(url: str, allowed: Callable[[IPAddress], bool] = public, largest: int = LARGEST_BYTES) -> bytes:
    """Fetch an address.

    The name is looked up once, every address it stands for is checked, and the connection goes to the one that was checked,
    so that a second look-up cannot lead elsewhere (DNS rebinding). Each redirect is checked in the same way. Proxies and
    credentials of the environment are not used.

    Args:
        url: An http or https address.
        allowed: Which network addresses may be asked.
        largest: Most bytes to take, after decompression.

    Returns:
        The content.

    Raises:
        DataError: If the address is not allowed, does not answer in time, or answers with an error or with too much.
    """
    deadline = time.monotonic() + _SECONDS_IN_ALL
    with httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
        place = url
        for _ in range(_REDIRECTS + 1):
            try:
                found = _ask(client, place, allowed, largest, deadline)
                if isinstance(found, bytes):
                    return found
                place = str(httpx.URL(place).join(found))
            except (httpx.InvalidURL, UnicodeError) as error:
                raise DataError(f"{place}: not an address: {error}") from error
            except httpx.HTTPError as error:
                raise DataError(f"{place}: could not be fetched ({error!r}); try again, or save the page as a file") from error
    raise DataError(f"{url}: more than {_REDIRECTS} redirects")


def _ask(client: httpx.Client, url: str, allowed: Callable[[IPAddress], bool], largest: int, deadline: float) -> bytes | str:
    """Return the content, or the address that the answer redirects to."""
    parts = httpx.URL(url)
    if parts.scheme not in ("http", "https") or not parts.host:
        raise DataError(f"{url}: only http and https addresses can be fetched")
    if parts.userinfo:
        raise DataError(f"{url}: an address with a user name or password is not fetched")
    # As names go over the wire: bücher.example is xn--bcher-kva.example there.
    host = parts.raw_host.decode("ascii")
    pinned = parts.copy_with(host=str(_checked(url, host, allowed)))
    headers = {"Host": parts.netloc.decode("ascii")}
    request = client.build_request("GET", pinned, headers=headers, extensions={"sni_hostname": host})
    # extensions of the request replace those of the client, its timeouts among them
    request.extensions["timeout"] = client.timeout.as_dict()
    response = client.send(request, stream=True)
    try:
        if response.has_redirect_location:
            return response.headers["location"]
        response.raise_for_status()
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > largest:
                raise DataError(f"{url}: more than {largest} bytes; save what you want of it as a file")
            if time.monotonic() > deadline:
                raise DataError(f"{url}: not done after {_SECONDS_IN_ALL:.0f} seconds; save the page as a file")
        return bytes(content)
    finally:
        response.close()


def _checked(url: str, host: str, allowed: Callable[[IPAddress], bool]) -> IPAddress:
    try:
        found = {ipaddress.ip_address(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, ValueError, UnicodeError) as error:
        raise DataError(f"{url}: the name {host} is not known: {error}") from error
    refused = sorted(str(address) for address in found if not allowed(address))
    if refused:
        raise DataError(f"{url}: {host} is {', '.join(refused)}, not a public address; it is not fetched")
    return min(found, key=lambda address: (address.version, address.packed))
