"""The C++ kernels through ctypes, which releases the GIL while they run: native.cpp is the other side."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable

from breakeven_cell.shape import NUMBERS, Shape
from breakeven_cell.workloads import KernelError

LIBRARY = "BREAKEVEN_KERNEL_LIBRARY"  # the environment variable that the manifest sets


class _Shape(ctypes.Structure):
    """The C++ Shape, as it lies in memory."""

    _fields_ = [
        (name, ctypes.c_double if isinstance(default, float) else ctypes.c_uint64)
        for name, default in NUMBERS.items()
    ]


def load() -> ctypes.CDLL:
    path = os.environ.get(LIBRARY, "")
    if not path:
        raise KernelError(f"kernel=native: {LIBRARY} is not set; breakeven's manifest does that")
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise KernelError(f"kernel=native: {error}; build the target breakeven_kernel") from None
    size = ctypes.c_size_t
    library.breakeven_make.restype = ctypes.c_void_p
    library.breakeven_make.argtypes = [
        ctypes.c_char_p, ctypes.POINTER(_Shape), size, ctypes.c_char_p, size
    ]
    library.breakeven_capacity.restype = size
    library.breakeven_capacity.argtypes = [ctypes.c_void_p]
    library.breakeven_run.restype = ctypes.c_int64
    library.breakeven_run.argtypes = [ctypes.c_void_p, ctypes.c_char_p, size, ctypes.c_void_p, size]
    return library


def make(shape: Shape, shared: bytes) -> Callable[[bytes], bytes]:
    """The task. The library makes the shared input itself; its kernel lives as long as the process."""
    library = load()
    error = ctypes.create_string_buffer(400)
    numbers = _Shape(*(getattr(shape, name) for name in NUMBERS))
    kernel = library.breakeven_make(
        shape.workload.encode(), ctypes.byref(numbers), ctypes.sizeof(numbers), error, len(error)
    )
    if not kernel:
        raise KernelError(f"kernel=native: {error.value.decode(errors='replace')}")
    capacity = library.breakeven_capacity(kernel)

    class Buffer(threading.local):
        def __init__(self) -> None:
            self.out = ctypes.create_string_buffer(capacity)

    buffer, run, copy = Buffer(), library.breakeven_run, ctypes.string_at

    def task(data: bytes) -> bytes:
        out = buffer.out
        length = run(kernel, data, len(data), out, capacity)
        if length < 0:
            raise KernelError(bytes(out.value).decode(errors="replace"))
        return copy(out, length)

    return task
