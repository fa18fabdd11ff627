"""A real Ray cluster of two nodes on this machine, one of which dies."""

import contextlib
import json
import os
import threading

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from escalate.batch import score_dataset, score_files
from escalate.benchmarks.killing import contents
from escalate.errors import BundleError, DataError

ray = pytest.importorskip("ray", reason="the ray extra is not installed")

ROWS = 3000


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    found.add_node(num_cpus=2)
    ray.init(address=found.address, log_to_driver=False)
    found.wait_for_nodes()
    yield found
    ray.shutdown()
    found.shutdown()


@pytest.fixture
def source(tmp_path):
    rows = [{"id": number, "text": None if number % 100 == 7 else f"alpha rebels {number}"} for number in range(ROWS)]
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def engine(cluster):
    from escalate.batch.ray import RayEngine

    return RayEngine.on(cluster.address, 3)


def test_texts_are_taken_only_as_far_ahead_as_the_actors_get_on(engine, tiny_bundle):
    from escalate.bundle import load

    taken = 0

    def texts():
        nonlocal taken
        while True:
            taken += 1
            yield ["alpha rebels"]

    scored = engine(load(tiny_bundle))(texts(), lambda done: None)
    for number in range(1, 20):
        assert next(scored).column("label").to_pylist() == ["escalation"]
        assert taken <= number + 2 * 3


def test_a_ray_dataset_gets_the_columns(cluster, tiny_bundle):
    rows = pa.table({"id": range(200), "text": [f"alpha {number}" if number % 2 else "gamma" for number in range(200)]})
    scored = score_dataset(ray.data.from_arrow(rows), bundle=str(tiny_bundle), batch_size=30, actors=1, prefix="e_")
    found = {row["id"]: row["e_label"] for row in scored.take_all()}
    assert found == {number: "escalation" if number % 2 else "neutral" for number in range(200)}


def test_a_ray_dataset_that_has_such_a_column_is_refused_and_takes_a_prefix(cluster, tiny_bundle):
    rows = ray.data.from_arrow(pa.table({"text": ["alpha"], "label": ["mine"]}))
    with pytest.raises(DataError, match="already has 'label', which scoring adds"):
        score_dataset(rows, bundle=str(tiny_bundle), actors=1)
    lazy = rows.rename_columns({"label": "score"}).map_batches(lambda batch: batch, batch_format="pyarrow")
    with pytest.raises(ray.exceptions.RayTaskError, match="already has 'score', which scoring adds"):
        score_dataset(lazy, bundle=str(tiny_bundle), actors=1).take_all()
    (row,) = score_dataset(rows, bundle=str(tiny_bundle), actors=1, prefix="e_").take_all()
    assert (row["label"], row["e_label"]) == ("mine", "escalation")


def test_what_fails_by_itself_on_an_actor_is_not_tried_again_for_ever(cluster, tiny_bundle):
    from escalate.batch.ray import ClusterError, RayEngine
    from escalate.bundle import load

    engine = RayEngine(load(tiny_bundle), 1)
    with pytest.raises(TypeError, match=r"texts\[1\] is None"):
        list(engine(iter([["alpha", None]]), lambda done: None))  # type: ignore[list-item]
    engine._files = ray.put({"manifest.json": b"{}"})
    with pytest.raises(ClusterError, match="fail again and again"):
        list(engine(iter([["alpha"]]), lambda done: None))
    with pytest.raises(BundleError, match="no bundle 'missing'"):
        score_dataset(None, bundle="missing")


def test_a_node_may_die_and_each_row_is_there_once_as_without_a_cluster(cluster, source, tiny_bundle, tmp_path):
    from escalate.batch.ray import RayEngine

    started = []

    class Watched(RayEngine):
        def _start(self):
            started.append(self)
            ready, actor = super()._start()
            if len(started) <= 3:  # all cores are taken before the first text, so that the node dies with work in hand
                ray.wait([ready], timeout=60)
            return ready, actor

    doomed = cluster.worker_nodes.copy().pop()
    (raylet,) = doomed.all_processes["raylet"]
    killed = threading.Event()

    def kill(what, done, total):
        if what == "scoring rows" and done > ROWS // 4 and not killed.is_set():
            killed.set()
            workers = psutil.Process(raylet.process.pid).children(recursive=True)
            cluster.remove_node(doomed, allow_graceful=False)
            # Workers outlive their raylet until they notice, long enough to do all that is left; a machine takes them along.
            for worker in workers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    worker.kill()
            psutil.wait_procs(workers, timeout=2)  # they may stay behind as zombies

    engine = Watched.on(cluster.address, 3)
    found = score_files(
        [source], tmp_path / "ray", bundle=tiny_bundle, prefix="e_", shard_rows=20, engine=engine, progress=kill
    )
    assert killed.is_set()
    assert len(started) > 3  # others have taken the places of those that died
    local = score_files([source], tmp_path / "local", bundle=tiny_bundle, prefix="e_", shard_rows=20)
    assert (found.rows, found.rejected) == (local.rows, local.rejected) == (ROWS, ROWS // 100)
    assert contents(found.out) == contents(local.out)
    assert pq.read_table(found.out).column("id").to_pylist() == [number for number in range(ROWS) if number % 100 != 7]
