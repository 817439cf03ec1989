# The headers that another project includes, with what these include: all that lies on its include path.
set(BREAKEVEN_HEADERS
  backends/backend.h
  backends/contract/bytes.h
  backends/contract/job.h
  backends/contract/objects.h
  backends/contract/options.h
  backends/contract/outcome.h
  backends/contract/registry.h
  backends/contract/run_task.h
  backends/contract/shape.h
  backends/contract/workload.h
  backends/fork_pool/fork_pool.h
  backends/fork_pool/slots.h
  backends/fork_pool/task_set.h
  backends/platform/affinity.h
  backends/platform/combined_step.h
  backends/platform/futex.h
  backends/platform/process_barrier.h
  backends/platform/region.h
  backends/platform/spin.h
  backends/thread_pool/fences.h
  backends/thread_pool/first_error.h
  backends/thread_pool/future.h
  backends/thread_pool/loop.h
  backends/thread_pool/loop_memory.h
  backends/thread_pool/members.h
  backends/thread_pool/open_loop.h
  backends/thread_pool/sleepers.h
  backends/thread_pool/task.h
  backends/thread_pool/task_group.h
  backends/thread_pool/task_ring.h
  backends/thread_pool/thread_pool.h
  bench/own_function.h
  bench/own_workload.h
  bench/serialise.h
  bench/site.h)

foreach(header IN LISTS BREAKEVEN_HEADERS)
  get_filename_component(folder ${header} DIRECTORY)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include/${folder})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${header} ${PROJECT_BINARY_DIR}/include/${header} SYMBOLIC)
endforeach()
