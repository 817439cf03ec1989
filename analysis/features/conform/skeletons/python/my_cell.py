"""A cell in Python: change MyPool to what you want to measure. Whoever starts a cell sets BREAKEVEN_SDK."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.append(os.environ["BREAKEVEN_SDK"] + "/python")
from breakeven_sdk import Pool, Serial, main  # noqa: E402


class MyPool(Pool):
    processes = False  # whether tasks run in other processes

    def open(self):
        # For processes: ProcessPoolExecutor(self.workers, initializer=self.initializer,
        #                                    initargs=self.initargs)
        self._executor = ThreadPoolExecutor(self.workers)

    def run(self, inputs):
        # All outputs, in the order of the inputs; self.task makes one of the other. `submit` is a call for
        # each task, `map` all of them by one; self.chunk is None, or how many tasks to hand out at a time.
        if self.dispatch == "submit":
            return [future.result() for future in [self._executor.submit(self.task, data) for data in inputs]]
        return list(self._executor.map(self.task, inputs, chunksize=self.chunk or 1))

    def close(self):
        self._executor.shutdown()  # no thread and no process may be left


if __name__ == "__main__":
    main({"my_pool": MyPool, "my_serial": Serial})
