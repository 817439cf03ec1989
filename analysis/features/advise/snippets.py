"""What to write for the backend that is advised: some ten lines, in the language of the program."""

from __future__ import annotations

_THREAD_POOL = """#include "backends/thread_pool/thread_pool.h"  // CMake: link breakeven::thread_pool

breakeven::ThreadPool pool({workers});                 // once
pool.parallel_for(0, items.size(), [&](std::size_t i) {{
  results[i] = run(items[i]);                     // each task writes a place of its own
}}{grain});"""

_OPENMP = """// compile and link with -fopenmp
#pragma omp parallel for num_threads({workers}) schedule({schedule})
for (std::size_t i = 0; i < items.size(); ++i) {{
  results[i] = run(items[i]);                     // each task writes a place of its own
}}"""

_STD_ASYNC = """#include <future>

std::vector<std::future<void>> parts;
for (std::size_t w = 0; w < {workers}; ++w) {{
  parts.push_back(std::async(std::launch::async, [&, w] {{
    for (std::size_t i = w * items.size() / {workers}; i < (w + 1) * items.size() / {workers}; ++i)
      results[i] = run(items[i]);
  }}));
}}
for (auto& part : parts) part.get();"""

_FORK_POOL = """#include "backends/fork_pool/slots.h"               // CMake: link breakeven::fork_pool

breakeven::fork_pool::Pool pool(run_bytes, {{.workers = {workers}, .transport = "{transport}"}});
pool.start();                                     // once: workers see what stands in memory now
breakeven::fork_pool::Slots slots(items.size(), largest_input, largest_output); for (std::size_t i = 0; i <
items.size(); ++i) serialise(items[i], slots.fill(i)); pool.run(slots{chunk});
// std::size_t run_bytes(Bytes input, MutableBytes output)
for (std::size_t i = 0; i < items.size(); ++i) results[i] = deserialise(slots.result(i));"""

_PY_THREADS = """from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor({workers}) as pool:            # gains only while tasks hold no GIL
    results = list(pool.map(run, items))"""

_PY_PROCESSES = """from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    with ProcessPoolExecutor({workers}) as pool:       # once, around everything that uses it
        results = list(pool.map(run, items{chunk}))"""

_PY_MP_POOL = """from multiprocessing import Pool

if __name__ == "__main__":
    with Pool({workers}) as pool:                      # once, around everything that uses it
        results = pool.map(run, items{chunk})"""


def of(backend: str, workers: int, chunk: int) -> str:
    """Empty where there is nothing to write, or no such backend here."""
    family, _, rest = backend.partition(",")
    family, _, transport = family.partition("/")
    grain = f", {chunk}" if chunk else ""
    if family == "thread_pool":
        return _THREAD_POOL.format(workers=workers, grain=grain)
    if family == "openmp":
        kind = "dynamic" if "schedule=dynamic" in rest else "static"
        return _OPENMP.format(workers=workers, schedule=kind + (f", {chunk}" if chunk else ""))
    if family == "std_async":
        return _STD_ASYNC.format(workers=workers)
    if family == "fork_pool":
        return _FORK_POOL.format(workers=workers, transport=transport, chunk=grain)
    chunksize = f", chunksize={chunk}" if chunk else ""
    python = {"py_thread_pool": _PY_THREADS, "py_process_pool": _PY_PROCESSES, "py_mp_pool": _PY_MP_POOL}
    return python[family].format(workers=workers, chunk=chunksize) if family in python else ""
