"""Run the service until it is told to stop."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
from typing import TYPE_CHECKING

from escalate.errors import ConfigError, require
from escalate.server import MODULES

if TYPE_CHECKING:
    from escalate.server.settings import Settings

log = logging.getLogger("escalate.server")


def serve(settings: Settings) -> None:
    """Load the model, bind the address and answer; SIGTERM and SIGINT let it finish what is in work.

    Args:
        settings: Everything that can be set.

    Raises:
        MissingExtraError: If the extra "serve" is not installed.
        ConfigError: If the address cannot be bound.
        BundleError: If the bundle is missing, incomplete or changed.
    """
    require("serve", *MODULES)
    import uvicorn

    from escalate.predict import Predictor
    from escalate.server.app import create_app
    from escalate.server.heads import prompt

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    predictor = Predictor.load(settings.bundle, threads=settings.threads, abstain_below=settings.abstain_below)
    config = uvicorn.Config(
        create_app(settings, predictor),
        http=prompt(settings.body_timeout),
        access_log=False,  # it would write down queries; the service's own log does not
        log_config=None,
        server_header=False,
        limit_concurrency=settings.connections + 1,  # uvicorn counts the connection at hand and wants to stay below
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=settings.grace,
    )
    with _bound(settings) as place:
        host, port = place.getsockname()[:2]
        log.info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)
        if settings.api_key is None and not ipaddress.ip_address(host).is_loopback:
            log.warning("others can reach this service and no key is set; set ESCALATE_API_KEY")
        # uvicorn raises the signal that stopped it once more when all is finished: a stop as asked for is no failure.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        uvicorn.Server(config).run(sockets=[place])


def _bound(settings: Settings) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except (OSError, UnicodeError) as error:  # a name that cannot be one is a UnicodeError
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"cannot listen on {settings.host}:{settings.port}: {reason}") from error
