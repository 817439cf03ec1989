"""What further hosts gain: a farm of workers behind a link, of which the first host's caller runs tasks too.

A model of the kind of LogGP (Alexandrov, Ionescu, Schauser and Scheiman 1995), for one task a message: with
latency L, overhead o a message and c a byte of a CPU at either end, and G a byte of the wire, the caller
gives

    s = 2 o + c (b_in + b_out)
        to each task that it sends away, and its worker as much;
    own = t + s
        is what a task engages its worker for;
    tau = max(own, (own + 2 L + G (b_in + b_out)) / k)
        is a worker's period, with k tasks on their way to it;
    x = min(W / tau, 1 / (G max(b_in, b_out)), 1 / s)
        is the rate of W far workers, or of the link, or of the caller.

What the caller has left it computes: n tasks take n / (x + (1 - s x) / t), and the last ones a half task
more. So a further host pays as long as t > s, and the wall, beyond which none does, is at
N* = tau / max(s, G b)
far workers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from ..stats import Estimate

IN_FLIGHT = 2  # tasks on their way to a worker
ERROR = (
    0.15  # of a time, up to FAR times the hosts that were measured; docs/clusters.md holds it to measurement
)
FAR = 4.0


@dataclass(frozen=True)
class Link:
    """Of messages between the first host and another: ns, and ns a byte; `hosts`: how many were measured."""

    latency_ns: float
    overhead_ns: float
    wire_ns_per_byte: float
    cpu_ns_per_byte: float
    hosts: int = 2


class Bound(Enum):
    """What limits the rate of the far workers."""

    WORKERS = "the tasks' own work"
    LINK = "the link"
    CALLER = "the first host, which sends and receives"


@dataclass(frozen=True)
class Farm:
    """A job of equal tasks; ns and bytes, of one task."""

    tasks: int
    task_ns: float
    in_bytes: float
    out_bytes: float
    link: Link

    @property
    def sending_ns(self) -> float:
        """What a task that is sent away engages the first host for: s."""
        return 2 * self.link.overhead_ns + self.link.cpu_ns_per_byte * self._both

    @property
    def period_ns(self) -> float:
        """How often a far worker is through with a task: tau."""
        own = self.task_ns + self.sending_ns
        way = 2 * self.link.latency_ns + self.link.wire_ns_per_byte * self._both
        return max(own, (own + way) / IN_FLIGHT)

    @property
    def wall(self) -> float:
        """N*: so many far workers use all that the link or the first host can give."""
        return self.period_ns / max(self.sending_ns, self._wire_ns)

    @property
    def further_host_pays(self) -> bool:
        return self.task_ns > self.sending_ns

    def rate(self, far: int) -> tuple[float, Bound]:
        """Tasks a ns that so many far workers get through, and what bounds them."""
        rates = {
            Bound.WORKERS: far / self.period_ns,
            Bound.LINK: 1 / self._wire_ns if self._wire_ns else math.inf,
            Bound.CALLER: 1 / self.sending_ns if self.sending_ns else math.inf,
        }
        bound = min(rates, key=lambda one: rates[one])
        return rates[bound], bound

    def time_ns(self, far: int, near: int = 0) -> Estimate:
        """Of the job, with so many workers on other hosts, and `near` on the first one beside its caller;
        with the range within which it is known.
        """
        rate, _ = self.rate(far) if far else (0.0, Bound.WORKERS)
        rate += near / self.task_ns
        caller = max(0.0, 1 - self.sending_ns * rate) / self.task_ns
        tail = self.link.latency_ns + self.link.wire_ns_per_byte * self.out_bytes + self.task_ns / 2
        time = self.tasks / (rate + caller) + (tail if far else 0.0)
        width = 1 + ERROR * self._widening(far)
        return Estimate(time, time / width, time * width, 1)

    def _widening(self, far: int) -> float:
        """1 up to FAR times the far hosts that were measured; each doubling beyond adds a half."""
        beyond = far / (FAR * max(1, self.link.hosts - 1))
        return 1 + 0.5 * max(0.0, math.log2(beyond)) if beyond > 0 else 1.0

    @property
    def _both(self) -> float:
        return self.in_bytes + self.out_bytes

    @property
    def _wire_ns(self) -> float:
        return self.link.wire_ns_per_byte * max(self.in_bytes, self.out_bytes)
