"""A cell of many backends, each of which does one thing wrong, by its name; the `honest` ones do none."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

sys.path.append(os.environ["BREAKEVEN_SDK"] + "/python")
from breakeven_sdk import Pool, Serial, main  # noqa: E402

from breakeven_cell import payload, record, request  # noqa: E402

LIE = json.loads(sys.argv[-1])["case"]["backend"] if sys.argv[-1].startswith('{"') else "honest"


class Threads(Pool):
    def open(self):
        self.executor = ThreadPoolExecutor(self.workers)

    def run(self, inputs):
        return list(self.executor.map(self.task, inputs))

    def close(self):
        self.executor.shutdown()


class Processes(Pool):
    processes = True

    def open(self):
        self.executor = ProcessPoolExecutor(
            self.workers, initializer=self.initializer, initargs=self.initargs
        )

    def run(self, inputs):
        return list(self.executor.map(self.task, inputs))

    def close(self):
        self.executor.shutdown()

    def crew(self):
        return list(self.executor._processes.values())


class Sleeps(Threads):
    def run(self, inputs):
        if not hasattr(self, "known"):
            start = time.perf_counter()
            self.known = super().run(inputs)
            self.took = time.perf_counter() - start
        else:
            time.sleep(self.took)
        return self.known


class ForgetsLast(Threads):
    def run(self, inputs):
        found = super().run(inputs)
        return [*found[:-1], bytes(len(found[-1]))] if found else found


class LeavesChild(Threads):
    def close(self):
        super().close()
        subprocess.Popen(["sleep", "300"], start_new_session=True, stdout=subprocess.DEVNULL)


class Swallows(Processes):
    def run(self, inputs):
        try:
            return super().run(inputs)
        except BrokenProcessPool:
            self.open()
            return super().run(inputs)


class PrintsBefore(Threads):
    def open(self):
        super().open()
        print("here I am", flush=True)


def changed(name, change):
    """The record's line, after `change` of the record."""
    line = record.Record.line

    def lie(self):
        change(self)
        return line(self)

    if LIE == name:
        record.Record.line = lie


def in_microseconds(self):
    self.iteration_ns = [ns / 1000 for ns in self.iteration_ns]
    self.timed_s /= 1000


changed("echoed_digest", lambda self: setattr(self, "digest", "1234abcd"))
changed("wrong_unit", in_microseconds)
if LIE == "wrong_table":
    payload.TABLE = bytes(reversed(payload.TABLE))
if LIE in ("ignores_extra", "own_iterations"):
    parse = request.parse

    def parsed(text):
        found = parse(text)
        if LIE == "ignores_extra":
            found.shape.__dict__["extra"] = 0.0
            return found
        return found._replace(iterations=4, batch=1)

    request.parse = parsed

main({
    "liar_serial": Serial, "honest": Threads, "honest_processes": Processes, "echoed_digest": Threads,
    "wrong_table": Threads, "sleeps": Sleeps, "ignores_extra": Threads, "wrong_unit": Threads,
    "forgets_last": ForgetsLast, "leaves_child": LeavesChild, "prints_before": PrintsBefore,
    "swallows": Swallows, "own_iterations": Threads,
})
