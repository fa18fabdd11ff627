"""Fetching one address that a user named: bounded in time and size, and never on a private network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx

from escalate.errors import DataError

LARGEST_BYTES: Final = 5_000_000
SECONDS: Final = 10.0
_SECONDS_IN_ALL: Final = 30.0
_REDIRECTS: Final = 5

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# NAT64 within a network, 6to4, Teredo, the old form of IPv4 in IPv6, and site-local: they may lead to a private address.
_UNSURE: Final = tuple(map(ipaddress.IPv6Network, ("64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")))

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def public(address: IPAddress) -> bool:
    """Tell whether an address belongs to the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped or address in _NAT64:
            return public(ipaddress.IPv4Address(address.packed[-4:]))
        if any(address in network for network in _UNSURE):
            return False
    return address.is_global and not address.is_multicast


def fetch(url: str, allowed: Callable[[IPAddress], bool] = public, largest: int = LARGEST_BYTES) -> bytes:
    """Fetch an address.

    The name is looked up once, every address it stands for is checked, and the connection goes to the one that was checked,
    so that a second look-up cannot lead elsewhere (DNS rebinding). Each redirect is checked in the same way. Proxies and
    credentials of the environment are not used. After 30 seconds in all the exchange is given up, whatever it is at.

    Args:
        url: An http or https address.
        allowed: Which network addresses may be asked.
        largest: Most bytes to take, after decompression.

    Returns:
        The content.

    Raises:
        DataError: If the address is not allowed, does not answer in time, or answers with an error or with too much.
    """
    # A whole exchange can be given up in an event loop alone; in a thread, because the caller may be in a loop already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _in_time(url, allowed, largest)).result()


async def _in_time(url: str, allowed: Callable[[IPAddress], bool], largest: int) -> bytes:
    try:
        return await asyncio.wait_for(_followed(url, allowed, largest), _SECONDS_IN_ALL)
    except asyncio.TimeoutError as error:
        raise DataError(f"{url}: not done after {_SECONDS_IN_ALL:.0f} seconds; save the page as a file") from error


async def _followed(url: str, allowed: Callable[[IPAddress], bool], largest: int) -> bytes:
    async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
        place = url
        for _ in range(_REDIRECTS + 1):
            try:
                found = await _ask(client, place, allowed, largest)
                if isinstance(found, bytes):
                    return found
                place = str(httpx.URL(place).join(found))
            except (httpx.InvalidURL, UnicodeError) as error:
                raise DataError(f"{place}: not an address: {error}") from error
            except httpx.HTTPError as error:
                raise DataError(f"{place}: could not be fetched ({error!r}); try again, or save the page as a file") from error
    raise DataError(f"{url}: more than {_REDIRECTS} redirects")


async def _ask(client: httpx.AsyncClient, url: str, allowed: Callable[[IPAddress], bool], largest: int) -> bytes | str:
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
    response = await client.send(request, stream=True)
    try:
        if response.has_redirect_location:
            return response.headers["location"]
        response.raise_for_status()
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > largest:
                raise DataError(f"{url}: more than {largest} bytes; save what you want of it as a file")
        return bytes(content)
    finally:
        await response.aclose()


def _checked(url: str, host: str, allowed: Callable[[IPAddress], bool]) -> IPAddress:
    try:
        found = {ipaddress.ip_address(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, ValueError, UnicodeError) as error:
        raise DataError(f"{url}: the name {host} is not known: {error}") from error
    refused = sorted(str(address) for address in found if not allowed(address))
    if refused:
        raise DataError(f"{url}: {host} is {', '.join(refused)}, not a public address; it is not fetched")
    return min(found, key=lambda address: (address.version, address.packed))
