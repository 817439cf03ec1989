// Barriers for honest timing: against the compiler, and between neighbouring tasks.
#pragma once

namespace breakeven {

// The compiler must compute `value` and may drop no store made so far: for work whose result nobody reads.
template <class T>
inline void keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

// From here on the compiler knows nothing of `value`: clang 14 folds eight steps of a recurrence into one.
template <class Integer>
inline void forget(Integer& value) {
  asm volatile("" : "+r"(value));
}

// Nothing behind this starts before everything in front of it has finished. Out of order, the kernels of
// neighbouring short tasks overlap in one core, and a parallel efficiency above 1 would be the result.
inline void finish() {
#if defined(__x86_64__) || defined(__i386__)
  asm volatile("lfence" : : : "memory");
#elif defined(__aarch64__)
  asm volatile("isb" : : : "memory");
#else
  asm volatile("" : : : "memory");  // holds the compiler only
#endif
}

}  // namespace breakeven
