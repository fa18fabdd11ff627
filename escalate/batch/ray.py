"""Ray: the nodes of a cluster as the engine of `score_files`, and Ray's own datasets."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from escalate.batch.columns import check_names, score_columns
from escalate.bundle import LAYOUT, Bundle, load
from escalate.errors import EscalateError, require

if TYPE_CHECKING:
    import pyarrow

_ATTEMPTS: Final = 5
"""How often a piece of work may go down with its actor before the fault is looked for in the piece."""

_PATIENCE: Final = 10.0
"""Seconds within which a cluster must take a connection."""


class ClusterError(EscalateError):
    """A cluster that cannot be reached, or on which the work fails again and again."""


class _Piece(NamedTuple):
    number: int
    texts: list[str]
    attempts: int = 0


class _Scorer:
    """An actor: takes the bundle as bytes, so that a node needs no copy of its own, and loads it once."""

    def __init__(self, files: dict[str, bytes]) -> None:
        from escalate.predict import Predictor

        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            self._predictor = Predictor.load(folder, threads=1)

    @property
    def labels(self) -> tuple[str, ...]:
        return self._predictor.labels

    def ready(self) -> None:
        """Answer once the bundle is loaded."""

    def score(self, texts: list[str]) -> pyarrow.Table:
        return score_columns(self._predictor, texts)


class RayEngine:
    """Actors on the nodes of a cluster, one core each.

    An actor gets its next texts when it is done with the last, and texts are taken from the input only as far ahead as twice
    the number of actors: slow nodes hold nothing up, and nothing piles up. What an actor had in hand when its node died goes
    to another one, and a new actor starts where there is room. This process reads and writes, so each row is there once.
    """

    def __init__(self, bundle: Bundle, actors: int) -> None:
        """Put the engine together; Ray must be initialised.

        Args:
            bundle: The bundle that every actor loads.
            actors: Number of actors.
        """
        import ray

        names = [LAYOUT.manifest, *bundle.manifest.files]
        self._files = ray.put({name: (bundle.path / name).read_bytes() for name in names})
        self._actors = actors

    @classmethod
    def on(cls, address: str | None = None, actors: int | None = None) -> Callable[[Bundle], RayEngine]:
        """Connect to a cluster.

        Args:
            address: "auto", or the address of a cluster; None starts Ray on this machine, unless it is initialised already.
            actors: Number of actors; None means the cluster's cores.

        Returns:
            Makes the engine from a bundle, as `score_files` wants it.

        Raises:
            MissingExtraError: If the `ray` extra is not installed.
            ClusterError: If there is no cluster at the address.
        """
        require("ray", "ray")
        import ray

        try:
            if not ray.is_initialized():
                _check_listening(address)
                ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except (OSError, OverflowError, ValueError) as error:
            raise ClusterError(f"no Ray cluster at {address!r}: {error}; start one with: ray start --head") from error
        number = actors or max(1, int(ray.cluster_resources().get("CPU", 1)))
        return lambda bundle: cls(bundle, number)

    def __call__(self, texts: Iterator[list[str]], tick: Callable[[int], None]) -> Iterator[pyarrow.Table]:
        """Score; see `Engine`.

        Args:
            texts: Lists of texts.
            tick: Called with the number of texts done since the last call.

        Yields:
            The scored columns of each list, in order.

        Raises:
            ClusterError: If the same texts, or new actors, fail again and again.
        """
        import ray

        pieces = (_Piece(number, each) for number, each in enumerate(texts))
        lost: list[_Piece] = []
        done: dict[int, pyarrow.Table] = {}
        following = 0  # number of the list whose result is to be handed out next
        taken = 0
        failures = 0
        # What each actor is at; None while it starts.
        at_work: dict[Any, tuple[Any, _Piece | None]] = dict(self._start() for _ in range(self._actors))
        idle: list[Any] = []
        while True:
            while idle:
                piece = lost.pop() if lost else next(pieces, None) if taken < following + 2 * self._actors else None
                if piece is None:
                    break
                taken = max(taken, piece.number + 1)
                actor = idle.pop()
                at_work[actor.score.remote(piece.texts)] = (actor, piece)
            if not any(piece for _, piece in at_work.values()) and idle:
                break
            (finished,), _ = ray.wait(list(at_work), num_returns=1)
            actor, piece = at_work.pop(finished)
            try:
                found = ray.get(finished)
            except ray.exceptions.RayTaskError:
                raise
            except ray.exceptions.RayError as error:
                failures += piece is None
                if failures > _ATTEMPTS * self._actors or (piece and piece.attempts + 1 >= _ATTEMPTS):
                    raise ClusterError(f"actors fail again and again; the last one: {error}") from error
                if piece:
                    lost.append(piece._replace(attempts=piece.attempts + 1))
                at_work.update([self._start()])
                continue
            idle.append(actor)
            if piece:
                failures = 0
                done[piece.number] = found
                tick(len(piece.texts))
            while following in done:
                yield done.pop(following)
                following += 1

    def _start(self) -> tuple[Any, tuple[Any, None]]:
        import ray

        actor = ray.remote(_Scorer).options(num_cpus=1, max_restarts=0).remote(self._files)
        return actor.ready.remote(), (actor, None)


def _check_listening(address: str | None) -> None:
    """Raise an OSError if nothing listens at an address of the form host:port: Ray would try again for many minutes."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()


class _BatchScorer:
    """What Ray Data keeps alive in each of its actors."""

    def __init__(self, files: Any, column: str, prefix: str) -> None:
        import ray

        self._scorer = _Scorer(ray.get(files))
        self._column = column
        self._prefix = prefix

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        check_names(batch.column_names, self._scorer.labels, self._prefix)
        scored = self._scorer.score(batch.column(self._column))
        for name in scored.column_names:
            batch = batch.append_column(self._prefix + name, scored.column(name))
        return batch


def score_dataset(
    ds: Any, *, column: str = "text", bundle: str = "small", prefix: str = "", actors: int | None = None, batch_size: int = 1024
) -> Any:
    """Add the columns of `score_columns` to a Ray dataset.

    Ray Data looks after back-pressure, retries and lost nodes; it may hand rows out in another order.

    Args:
        ds: A `ray.data.Dataset`; filter out rows without text first.
        column: Column that holds the text.
        bundle: Name of a bundle in the package, or path of a bundle directory, on this machine.
        prefix: Put before the names of the columns.
        actors: Number of actors, each of one core and with its own copy of the model; None means the cluster's cores.
        batch_size: Rows that an actor takes at once.

    Returns:
        The dataset with the columns, computed when it is read.

    Raises:
        MissingExtraError: If the `ray` extra is not installed.
        BundleError: If the bundle is missing, incomplete or changed.
        DataError: If the dataset is known to have one of the columns already; where that shows only when it is read, Ray raises
            it then.
    """
    require("ray", "ray", "pyarrow")
    import ray

    checked = load(bundle)
    # Not fetched where it is not known yet: the actors look at each batch all the same.
    check_names(ds.columns(fetch_if_missing=False) or [], checked.manifest.labels, prefix)
    names = [LAYOUT.manifest, *checked.manifest.files]
    files = ray.put({name: (checked.path / name).read_bytes() for name in names})
    number = actors or max(1, int(ray.cluster_resources().get("CPU", 1)))
    return ds.map_batches(
        _BatchScorer,
        fn_constructor_args=(files, column, prefix),
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=number),
        batch_size=batch_size,
        batch_format="pyarrow",
        num_cpus=1,
    )
