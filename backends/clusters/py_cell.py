"""The cell of `py_mpi_pool` and `py_dask`: Python's engines for several hosts."""

import os
import sys

sys.path.append(os.environ["BREAKEVEN_SDK"] + "/python")
from breakeven_sdk import Pool, main  # noqa: E402

from breakeven_cell import worker  # noqa: E402


class MpiPool(Pool):
    """mpi4py.futures.MPIPoolExecutor, the interface of concurrent.futures. Its workers are ranks, which the
    launcher started as it started this process.
    """

    processes = True
    sees_cpu = False

    def open(self):
        from mpi4py.futures import MPIPoolExecutor

        self._executor = MPIPoolExecutor(
            self.workers, initializer=worker.start_far, initargs=(self.deadline_s, *self.initargs)
        )
        self._executor.bootup(wait=True)

    def run(self, inputs):
        if self.dispatch == "submit":
            pending = [self._executor.submit(self.task, data) for data in inputs]
            return [future.result() for future in pending]
        return list(self._executor.map(self.task, inputs, chunksize=self.chunk or 1))

    def close(self):
        self._executor.shutdown(wait=True)


class Dask(Pool):
    """dask.distributed, with a LocalCluster or one that stands beside the samples: Client.get_executor, or
    Client.map with api=client.
    """

    processes = True

    def open(self):
        from distributed import Client

        self._stands = self.options.get("cluster") == "standing"
        if self._stands:
            self._client = Client(os.environ["BREAKEVEN_SESSION"], set_as_default=False)
        else:
            self._cluster = self._local()
            self._client = Client(self._cluster, set_as_default=False)
        self._client.wait_for_workers(self.workers)
        # The workers of a cluster that stands outlive this process.
        begin = worker.configure if self._stands else worker.start
        self._client.run(begin, *self.initargs)
        self._known = set(self._client.scheduler_info()["workers"])
        self._here = [] if self._stands else list(self._client.run(os.getpid).values())
        self._executor = self._client.get_executor(pure=False)

    def _local(self):
        from distributed import LocalCluster

        return LocalCluster(
            n_workers=self.workers, threads_per_worker=1, processes=True, dashboard_address=None
        )

    def run(self, inputs):
        client = self._client
        if self.options.get("api") == "client":
            if self.dispatch == "submit":
                return client.gather([client.submit(self.task, data, pure=False) for data in inputs])
            return client.gather(client.map(self.task, inputs, pure=False, batch_size=self.chunk))
        if self.dispatch == "submit":
            pending = [self._executor.submit(self.task, data) for data in inputs]
            return [future.result() for future in pending]
        return list(self._executor.map(self.task, inputs))

    def workers_lost(self):
        """A worker that died has none in its place, or a new one with another address."""
        gone = len(self._known - set(self._client.scheduler_info()["workers"]))
        return max(gone, sum(not os.path.exists(f"/proc/{pid}") for pid in self._here))

    def close(self):
        self._client.close()
        if not self._stands:
            self._cluster.close()


if __name__ == "__main__":
    # Ranks of MPI have to end together, which a sudden end of rank 0 would prevent.
    mpi = "OMPI_COMM_WORLD_SIZE" in os.environ or "PMI_SIZE" in os.environ
    if mpi:
        worker.die_with_launcher()
    main({"py_mpi_pool": MpiPool, "py_dask": Dask}, ends_at_once=not mpi)
