// One callable to be run once, in a fixed 64 bytes: small ones inside, larger ones on the heap.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace breakeven {

class TaskGroup;

// Move-only. Running it destroys the callable, so that what it captured is released on the thread that ran
// it. The callable must not throw: the code that makes the task decides where an exception goes.
class Task {
 public:
  static constexpr std::size_t kInlineBytes = 48;

  Task() noexcept = default;

  // `owner`: the group that counts this task when it has run, or nullptr.
  template <class Callable>
  explicit Task(Callable callable, TaskGroup* owner = nullptr) : group_(owner) {
    if constexpr (fits_inside<Callable>) {
      ::new (static_cast<void*>(storage_)) Callable(std::move(callable));
      operations_ = &kInside<Callable>;
    } else {
      ::new (static_cast<void*>(storage_)) Callable*(new Callable(std::move(callable)));
      operations_ = &kOnHeap<Callable>;
    }
  }

  Task(Task&& other) noexcept { take(other); }
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      drop();
      take(other);
    }
    return *this;
  }
  ~Task() { drop(); }

  TaskGroup* group() const noexcept { return group_; }

  // Once, and not on an empty task.
  void operator()() noexcept { std::exchange(operations_, nullptr)->run(storage_); }

 private:
  struct Operations {
    void (*run)(void* storage) noexcept;          // and destroy
    void (*move)(void* to, void* from) noexcept;  // and destroy the source; nullptr: copy the bytes
    void (*drop)(void* storage) noexcept;         // destroy unrun
  };

  template <class Stored>
  static constexpr bool fits_inside = (sizeof(Stored) <= kInlineBytes) &&
                                      (std::alignment_of_v<Stored> <= alignof(std::max_align_t)) &&
                                      std::is_nothrow_move_constructible_v<Stored>;

  template <class Stored>
  static constexpr Operations kInside{
      [](void* storage) noexcept {
        auto& callable = *std::launder(static_cast<Stored*>(storage));
        callable();
        callable.~Stored();
      },
      std::is_trivially_copyable_v<Stored> ? nullptr
                                           : +[](void* to, void* from) noexcept {
                                               auto& source = *std::launder(static_cast<Stored*>(from));
                                               ::new (to) Stored(std::move(source));
                                               source.~Stored();
                                             },
      [](void* storage) noexcept { std::launder(static_cast<Stored*>(storage))->~Stored(); }};

  template <class Stored>
  static constexpr Operations kOnHeap{
      [](void* storage) noexcept {
        const std::unique_ptr<Stored> callable(*std::launder(static_cast<Stored**>(storage)));
        (*callable)();
      },
      nullptr, [](void* storage) noexcept { delete *std::launder(static_cast<Stored**>(storage)); }};

  void take(Task& other) noexcept {
    operations_ = std::exchange(other.operations_, nullptr);
    group_ = other.group_;
    if (operations_ == nullptr) return;
    if (operations_->move == nullptr) {
      std::memcpy(storage_, other.storage_, kInlineBytes);
    } else {
      operations_->move(storage_, other.storage_);
    }
  }

  void drop() noexcept {
    if (operations_ != nullptr) std::exchange(operations_, nullptr)->drop(storage_);
  }

  alignas(std::max_align_t) std::byte storage_[kInlineBytes];
  const Operations* operations_ = nullptr;
  TaskGroup* group_ = nullptr;
};

static_assert(sizeof(Task) == 64);

}  // namespace breakeven
