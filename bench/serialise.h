// Values as bytes, for another address space on the same machine: trivially copyable types, strings, containers, pairs, tuples,
// optionals and owning pointers of what can be serialised. C++17 and the standard library alone.
//
// A type of one's own takes part by two functions in its namespace, of which each hands on the parts in one order:
// void breakeven_write(breakeven::Writer& writer, const Image& image) { writer(image.width, image.pixels); } and
// void breakeven_read(breakeven::Reader& reader, Image& image) { reader(image.width, image.pixels); }
//
// The format is that of this process's compiler: no version, no byte order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

namespace breakeven {

class Writer;
class Reader;

namespace serialised {

template <class T, class = void>
struct has_write : std::false_type {};
template <class T>
struct has_write<T, std::void_t<decltype(breakeven_write(std::declval<Writer&>(), std::declval<const T&>()))>>
    : std::true_type {};

template <class T, class = void>
struct has_read : std::false_type {};
template <class T>
struct has_read<T, std::void_t<decltype(breakeven_read(std::declval<Reader&>(), std::declval<T&>()))>>
    : std::true_type {};

template <class T, class = void>
struct is_range : std::false_type {};
template <class T>
struct is_range<T, std::void_t<typename T::value_type, decltype(std::declval<const T&>().size()),
                               decltype(std::begin(std::declval<const T&>())),
                               decltype(std::end(std::declval<const T&>()))>> : std::true_type {};

template <class T, class = void>
struct is_contiguous : std::false_type {};
template <class T>
struct is_contiguous<T, std::void_t<decltype(std::declval<const T&>().data())>> : is_range<T> {};

template <class T, class = void>
struct is_growing : std::false_type {};  // owns its elements, any number of them
template <class T>
struct is_growing<T, std::void_t<decltype(std::declval<T&>().clear())>> : is_range<T> {};

template <class T, class = void>
struct is_hashed : std::false_type {};
template <class T>
struct is_hashed<T, std::void_t<typename T::hasher>> : std::true_type {};

template <class T, class = void>
struct is_tuple : std::false_type {};
template <class T>
struct is_tuple<T, std::void_t<decltype(std::tuple_size<T>::value)>> : std::true_type {};

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
struct is_owner : std::false_type {};
template <class T>
struct is_owner<std::unique_ptr<T>> : std::true_type {};
template <class T>
struct is_owner<std::shared_ptr<T>> : std::true_type {};

// A copy of its bytes is a copy of the value: so neither a pointer nor a view, which show what lies elsewhere.
template <class T>
inline constexpr bool is_plain =
    std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && !has_write<T>::value &&
    !is_optional<T>::value && (!is_range<T>::value || is_tuple<T>::value);

// Whether equal values may differ in bytes that belong to none of their members.
template <class T>
inline constexpr bool has_padding =
    !std::has_unique_object_representations_v<T> && !std::is_same_v<T, float> && !std::is_same_v<T, double>;

// What a map holds, so that it can be read into: its keys are const.
template <class T>
struct element {
  using type = T;
};
template <class K, class V>
struct element<std::pair<const K, V>> {
  using type = std::pair<K, V>;
};

template <class T>
inline constexpr bool never = false;

}  // namespace serialised

// Counts the bytes that values take, and writes them where it is given a place for them.
class Writer {
 public:
  Writer() = default;
  explicit Writer(std::byte* to) : to_(to) {}

  std::size_t bytes() const { return bytes_; }

  template <class... T>
  void operator()(const T&... values) {
    (write(values), ...);
  }

 private:
  void copy(const void* from, std::size_t bytes) {
    if (to_ != nullptr && bytes != 0) std::memcpy(to_ + bytes_, from, bytes);
    bytes_ += bytes;
  }

  // Results are compared by their bytes: those between the members are set to zero, where the compiler can do it.
  template <class T>
  void plain(const T& value) {
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
    if constexpr (serialised::has_padding<T>) {
      T cleared = value;
      __builtin_clear_padding(&cleared);
      return copy(&cleared, sizeof cleared);
    }
#endif
#endif
    copy(&value, sizeof value);
  }

  // Some at a time, cleared in a buffer of their own; where there is no padding nothing is left of that.
  template <class T>
  void elements(const T* values, std::size_t count) {
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
    if constexpr (serialised::has_padding<T>) {
      constexpr std::size_t kSome = sizeof(T) < 4096 ? 4096 / sizeof(T) : 1;
      alignas(T) std::byte some[kSome * sizeof(T)];
      for (std::size_t done = 0; to_ != nullptr && done < count;) {
        const std::size_t here = count - done < kSome ? count - done : kSome;
        std::memcpy(some, values + done, here * sizeof(T));
        for (std::size_t i = 0; i < here; ++i) __builtin_clear_padding(reinterpret_cast<T*>(some) + i);
        copy(some, here * sizeof(T));
        done += here;
      }
      if (to_ == nullptr) bytes_ += count * sizeof(T);
      return;
    }
#endif
#endif
    copy(values, count * sizeof(T));
  }

  template <class T>
  void write(const T& value) {
    if constexpr (serialised::has_write<T>::value) {
      breakeven_write(*this, value);
    } else if constexpr (serialised::is_plain<T>) {
      plain(value);
    } else if constexpr (serialised::is_optional<T>::value || serialised::is_owner<T>::value) {
      plain(static_cast<std::uint8_t>(value ? 1 : 0));
      if (value) write(*value);
    } else if constexpr (serialised::is_tuple<T>::value) {
      std::apply([this](const auto&... parts) { (write(parts), ...); }, value);
    } else if constexpr (std::is_array_v<T>) {
      for (const auto& each : value) write(each);
    } else if constexpr (serialised::is_range<T>::value) {
      using Element = typename T::value_type;
      plain(static_cast<std::uint64_t>(value.size()));
      if constexpr (serialised::is_contiguous<T>::value && serialised::is_plain<Element>) {
        elements(value.data(), static_cast<std::size_t>(value.size()));
      } else {
        for (const auto& each : value) write(static_cast<const Element&>(each));
      }
    } else {
      static_assert(serialised::never<T>,
                    "this type cannot be sent to another process: write breakeven_write(breakeven::Writer&, "
                    "const T&) and "
                    "breakeven_read(breakeven::Reader&, T&) beside it, or name its parts, as "
                    "std::tie(x.name, x.points); a raw "
                    "pointer does not say how much it points to");
    }
  }

  std::byte* to_ = nullptr;
  std::size_t bytes_ = 0;
};

// Reads values in the order in which they were written. Throws std::runtime_error where the bytes end early.
class Reader {
 public:
  Reader(const std::byte* from, std::size_t bytes) : at_(from), end_(from + bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (read(values), ...);
  }

 private:
  const std::byte* take(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes)
      throw std::runtime_error("a serialised value ends early");
    const auto* const here = at_;
    at_ += bytes;
    return here;
  }

  template <class T>
  void plain(T& value) {
    std::memcpy(static_cast<void*>(&value), take(sizeof value), sizeof value);
  }

  template <class T>
  void read(T& value) {
    if constexpr (serialised::has_read<T>::value) {
      breakeven_read(*this, value);
    } else if constexpr (serialised::is_plain<T>) {
      plain(value);
    } else if constexpr (serialised::is_optional<T>::value) {
      if (is_there()) {
        read(value.emplace());
      } else {
        value.reset();
      }
    } else if constexpr (serialised::is_owner<T>::value) {
      value.reset();
      if (is_there()) {
        value.reset(new typename T::element_type{});
        read(*value);
      }
    } else if constexpr (serialised::is_tuple<T>::value) {
      std::apply([this](auto&... parts) { (read(parts), ...); }, value);
    } else if constexpr (serialised::is_growing<T>::value) {
      static_assert(
          !serialised::is_hashed<T>::value,
          "a hashed container comes out in another order than it went in, so that results could not be "
          "compared: take a std::map or a sorted std::vector");
      read_range(value);
    } else {
      static_assert(serialised::never<T>,
                    "this type cannot be received from another process: take one that owns its data, such as "
                    "std::string for "
                    "std::string_view or std::vector for std::span, or write breakeven_write and "
                    "breakeven_read beside it");
    }
  }

  bool is_there() {
    std::uint8_t flag = 0;
    plain(flag);
    return flag != 0;
  }

  template <class T>
  void read_range(T& value) {
    using Element = typename serialised::element<typename T::value_type>::type;
    std::uint64_t count = 0;
    plain(count);
    value.clear();
    if constexpr (serialised::is_contiguous<T>::value && serialised::is_plain<Element>) {
      if (count > static_cast<std::size_t>(end_ - at_) / sizeof(Element))
        throw std::runtime_error("a serialised value ends early");
      value.resize(static_cast<std::size_t>(count));
      const auto bytes = static_cast<std::size_t>(count) * sizeof(Element);
      if (bytes != 0) std::memcpy(static_cast<void*>(value.data()), take(bytes), bytes);
    } else {
      for (; count > 0; --count) {
        Element each{};
        read(each);
        value.insert(value.end(), std::move(each));
      }
    }
  }

  const std::byte* at_;
  const std::byte* end_;
};

// What a copy of the value in another address space takes, in bytes.
template <class T>
std::size_t serialised_bytes(const T& value) {
  Writer count;
  count(value);
  return count.bytes();
}

}  // namespace breakeven
