// A cell in Java, of which the author writes how a pool is opened, called and closed:
//
//   Breakeven.cell(args, Map.of("my_pool", MyPool::new, "my_serial", Breakeven.Serial::new));
//
// The request, the payload, the timing, the digest and the record are done here, by the rules of docs/format.md and
// docs/payload.md. Needs Java 17 and nothing else.
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

public final class Breakeven {
  // One way to run tasks. All calls come from one thread.
  public interface Pool {
    void open() throws Exception;

    byte[][] run(byte[][] inputs) throws Exception; // the outputs, in the order of the inputs

    void close() throws Exception; // leaves no thread behind
  }

  public record Shape(String workload, int tasks, int inBytes, int outBytes, long cost, double skew, long sharedBytes,
      long seed, double extra) {
    long again(long work) { // how much of it is done once more
      return (long) (work * extra + 0.5);
    }

    int slice() { // of the shared input, a task
      return (int) (((sharedBytes + Math.max(tasks, 1) - 1) / Math.max(tasks, 1) + 63) / 64 * 64);
    }
  }

  // `chunk` 0: the pool's own choice. `task`: an input to its output; any thread may call it.
  public record Request(String backend, Map<String, Object> options, Shape shape, int workers, String dispatch, int chunk,
      boolean cold, long iterations, long batch, double minTime, long minIterations, Map<String, Object> rules,
      UnaryOperator<byte[]> task) {
    double rule(String name, double fallback) {
      return rules.get(name) instanceof Number number ? number.doubleValue() : fallback;
    }
  }

  // The plain loop: what the pools of a cell are compared with.
  public static final class Serial implements Pool {
    private final UnaryOperator<byte[]> task;

    public Serial(Request request) {
      task = request.task();
    }

    public void open() {}

    public byte[][] run(byte[][] inputs) {
      byte[][] outputs = new byte[inputs.length][];
      for (int i = 0; i < inputs.length; i++) outputs[i] = task.apply(inputs[i]);
      return outputs;
    }

    public void close() {}
  }

  // Measures what the request on the command line asks for, and ends the process.
  public static void cell(String[] words, Map<String, Function<Request, Pool>> pools) {
    Request request = null;
    try {
      String word = words.length == 0 ? "" : words[words.length - 1];
      if (word.equals("-")) word = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
      request = parsed(new Json(word).whole());
      if (!pools.containsKey(request.backend()))
        throw new IllegalArgumentException("this cell has no backend " + request.backend() + "; it has "
            + String.join(", ", new TreeSet<>(pools.keySet())));
    } catch (IllegalArgumentException | ArithmeticException | IOException error) {
      System.err.println("cell: " + error.getMessage());
      System.exit(2);
    }
    int code = 0;
    try {
      System.out.println(measured(request, pools.get(request.backend())));
    } catch (Throwable error) { // also want of memory
      System.out.println("{\"breakeven_sample\":{\"protocol\":1,\"failure_kind\":\"error\",\"losses\":[],\"reason\":"
          + quoted(error.toString()) + "}}");
      code = 1;
    }
    System.out.flush();
    Runtime.getRuntime().halt(code);
  }

  // --- numbers

  static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final int PAGE = 4096, BLOCK = 65536, HEADER = 8, UNIT_BITS = 40;
  private static final byte[] TABLE = new byte[256];

  static {
    for (int b = 0; b < 256; b++) TABLE[b] = (byte) ((b ^ 0xA5) + 0x3B);
  }

  private static long hash(long state) { // the first result of splitmix64 from there
    long z = state + GOLDEN;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  static long chain(long state, long steps) {
    for (long i = 0; i < steps; i++) state = 6364136223846793005L * state + 1442695040888963407L;
    return state;
  }

  private static int crc(byte[] data, int from, int size) {
    CRC32 crc = new CRC32();
    crc.update(data, from, size);
    return (int) crc.getValue();
  }

  private static ByteBuffer little(byte[] data) {
    return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
  }

  // --- inputs

  private static byte[] block(long seed) {
    ByteBuffer block = little(new byte[BLOCK]);
    for (int i = 0; i < BLOCK / 8; i++) block.putLong(hash(seed + i * GOLDEN));
    return block.array();
  }

  private static void fill(byte[] data, int from, byte[] block, long seed, long task) {
    for (int at = from; at < data.length; at += BLOCK)
      System.arraycopy(block, 0, data, at, Math.min(BLOCK, data.length - at));
    for (int page = 0, at = from; at < data.length; page++, at += PAGE) {
      byte[] stamp = little(new byte[16]).putLong(task).putInt((int) seed).putInt(page).array();
      System.arraycopy(stamp, 0, data, at, Math.min(16, data.length - at));
    }
  }

  private static byte[] sharedInput(Shape shape) { // that all tasks read a slice of
    int slice = shape.slice();
    if (slice == 0) return new byte[0];
    byte[] data = new byte[Math.toIntExact((shape.sharedBytes() + slice - 1) / slice * slice)];
    fill(data, 0, block(shape.seed()), shape.seed(), -1);
    return data;
  }

  private static long units(Shape shape, int task) {
    if (shape.cost() == 0 || shape.skew() == 0) return shape.cost();
    double u = ((hash(task) >>> 11) + 1) / 0x1p53;
    return Math.max(1, (long) (shape.cost() * (shape.skew() + 1) * Math.pow(u, shape.skew()) + 0.5));
  }

  private static long header(Shape shape, int task) {
    if (shape.workload().equals("factorize")) return 999999999999L + 2L * task;
    int slice = shape.slice();
    long slices = slice == 0 ? 1 : Math.min((shape.sharedBytes() + slice - 1) / slice, 1 << 24);
    return units(shape, task) | task % slices << UNIT_BITS;
  }

  private static byte[][] inputs(Shape shape) {
    byte[] block = block(shape.seed());
    byte[][] all = new byte[shape.tasks()][];
    for (int task = 0; task < all.length; task++) {
      all[task] = new byte[HEADER + shape.inBytes()];
      little(all[task]).putLong(header(shape, task));
      fill(all[task], HEADER, block, shape.seed(), task);
    }
    return all;
  }

  // --- the task

  private static int carry(Shape shape, byte[] data, byte[] out, int from) { // the output's payload; returns the tail CRC
    for (long left = shape.again(shape.outBytes()); left > 0; left -= shape.outBytes())
      transform(data, out, from, (int) Math.min(left, shape.outBytes()));
    transform(data, out, from, shape.outBytes());
    int tail = HEADER + Math.min(shape.inBytes(), shape.outBytes()), size = data.length - tail;
    if (size == 0 || shape.inBytes() == 0) return 0;
    for (long left = shape.again(size); left > 0; left -= size) crc(data, tail, (int) Math.min(left, size));
    return crc(data, tail, size);
  }

  private static void transform(byte[] data, byte[] out, int from, int size) {
    int first = data.length == HEADER ? 0 : HEADER;
    for (int at = 0, read = first; at < size; at++) {
      out[from + at] = TABLE[data[read] & 0xFF];
      if (++read == data.length) read = first;
    }
  }

  private static UnaryOperator<byte[]> factorize(Shape shape) {
    return data -> {
      long number = little(data).getLong(), left = number, divisions = 0;
      List<Long> factors = new ArrayList<>();
      for (long p = 2; p * p <= left; p += p == 2 ? 1 : 2) {
        for (divisions++; left % p == 0; divisions++, left /= p) factors.add(p);
      }
      if (left > 1) factors.add(left);
      long more = shape.again(divisions), kept = 0;
      for (long at = 0; at < more; at++) kept += number % (3 + 2 * (at * divisions / more));
      if (kept < 0) throw new IllegalStateException("a remainder is negative"); // so that nobody leaves the loop out
      byte[] out = new byte[8 + 8 * factors.size() + shape.outBytes()];
      ByteBuffer buffer = little(out);
      buffer.putInt(carry(shape, data, out, 8 + 8 * factors.size())).putInt(factors.size());
      factors.forEach(buffer::putLong);
      return out;
    };
  }

  private static volatile long kept; // what extra work gives, so that nobody leaves it out

  private static UnaryOperator<byte[]> compute(Shape shape) {
    byte[] shared = sharedInput(shape);
    int slice = shape.slice();
    return data -> {
      long head = little(data).getLong(), steps = head & (1L << UNIT_BITS) - 1;
      long state = chain(head ^ GOLDEN, steps);
      if (shape.extra() > 0) kept = chain(state, shape.again(steps));
      int read = (int) (head >>> UNIT_BITS) * slice, slice_crc = 0;
      if (slice > 0) {
        for (long left = shape.again(slice); left > 0; left -= slice) crc(shared, read, (int) Math.min(left, slice));
        slice_crc = crc(shared, read, slice);
      }
      byte[] out = new byte[16 + shape.outBytes()];
      little(out).putInt(carry(shape, data, out, 16)).putInt(slice_crc).putLong(state);
      return out;
    };
  }

  // --- the sample

  // The compiler works meanwhile, in steps with plateaus between them: so not before twenty batches.
  private static final double STEADY = 0.05, LEAST_S = 0.3, ENOUGH_S = 2, WARM_UP_S = 4;
  private static final int WINDOW = 5, LEAST = 20;

  private static final class Sample {
    final Request request;
    final Function<Request, Pool> make;
    final byte[][] inputs;
    Pool pool;
    byte[][] outputs = {};

    Sample(Request request, Function<Request, Pool> make) {
      this.request = request;
      this.make = make;
      inputs = inputs(request.shape());
    }

    Pool opened() throws Exception {
      Pool made = make.apply(request);
      made.open();
      return made;
    }

    double batch(long runs) throws Exception { // back to back; seconds
      long start = System.nanoTime();
      for (long run = 0; run < runs; run++) {
        if (request.cold()) pool = opened();
        outputs = pool.run(inputs);
        if (request.cold()) pool.close();
      }
      double took = seconds(start);
      if (outputs.length != inputs.length) throw new IllegalStateException(outputs.length + " results");
      return took;
    }

    boolean becomesSteady(long runs) throws Exception { // the median of five as that of the five before
      List<Double> times = new ArrayList<>();
      for (long start = System.nanoTime(); seconds(start) < WARM_UP_S;) {
        times.add(batch(runs));
        int end = times.size();
        double spent = seconds(start);
        if (end < 2 * WINDOW || spent < LEAST_S || (end < LEAST && spent < ENOUGH_S)) continue;
        double before = median(times.subList(end - 2 * WINDOW, end - WINDOW)), now = median(times.subList(end - WINDOW, end));
        if (Math.abs(now / before - 1) < STEADY) return true;
      }
      return false;
    }
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) * 1e-9;
  }

  private static double median(List<Double> times) {
    return times.stream().sorted().skip(WINDOW / 2).findFirst().orElseThrow();
  }

  private static String measured(Request request, Function<Request, Pool> make) throws Exception {
    Sample sample = new Sample(request, make);
    long start = System.nanoTime();
    if (!request.cold()) sample.pool = sample.opened();
    double startup = seconds(start);
    cpuNs(); // what that loads must not be compiled beside the first iteration
    long warm = System.nanoTime(), iterations = request.iterations(), batch = request.batch();
    boolean steady = request.cold() || sample.becomesSteady(Math.max(1, batch));
    if (batch == 0) {
      batch = 1;
      double shortest = request.rule("min_iteration_s", 50e-6), least = sample.batch(batch);
      for (; least < shortest; least = sample.batch(batch)) batch *= least < shortest / 4 ? 4 : 2;
      boolean enough = least >= request.rule("long_s", 0.2);
      for (double spent = least, took; spent < request.rule("settle_s", 0.005) || !enough; spent += took, enough = true) {
        took = sample.batch(batch);
        least = Math.min(least, took);
      }
      long wanted = (long) Math.ceil(request.minTime() / least), most = (long) request.rule("max_iterations", 64);
      if (wanted > most) batch *= (wanted + most - 1) / most;
      iterations = Math.min(Math.max(wanted, Math.max(1, request.minIterations())), most);
    } else {
      do sample.batch(batch); while (!request.cold() && seconds(warm) < request.rule("settle_s", 0.005));
    }
    double warmup = seconds(warm), timed = 0;
    List<Double> times = new ArrayList<>();
    long before = cpuNs();
    for (long i = 0; i < iterations; i++) {
      double took = sample.batch(batch);
      timed += took;
      times.add(took * 1e9 / batch);
    }
    long used = cpuNs() - before, runs = iterations * batch;
    if (!request.cold()) sample.pool.close();
    CRC32 digest = new CRC32();
    Arrays.stream(sample.outputs).forEach(digest::update);
    return "{\"breakeven_sample\":{\"protocol\":1,\"iterations\":" + iterations + ",\"batch\":" + batch
        + ",\"iteration_ns\":" + times + ",\"real_time_ns\":" + timed * 1e9 / runs + ",\"cpu_time_ns\":" + (double) used / runs
        + ",\"timed_s\":" + timed + ",\"warmup_s\":" + warmup + ",\"startup_s\":" + startup
        + ",\"bytes_moved\":0,\"losses\":[],\"digest\":\"" + String.format("%08x", digest.getValue())
        + "\",\"facts\":{\"java\":" + quoted(System.getProperty("java.vm.name") + " " + Runtime.version())
        + ",\"steady\":\"" + (steady ? "yes" : "no") + "\"},\"covariates\":{}}}";
  }

  private static long cpuNs() { // of the whole process, its compiler and its collector too
    return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime() : 0;
  }

  // --- the request

  @SuppressWarnings("unchecked")
  private static Request parsed(Object whole) {
    if (!(whole instanceof Map)) throw new IllegalArgumentException("request: expected an object");
    Map<String, Object> request = (Map<String, Object>) whole;
    if (whole(request, "protocol", -1) != 1) throw new IllegalArgumentException("request.protocol: this cell speaks 1");
    if (!(request.get("case") instanceof Map)) throw new IllegalArgumentException("request.case: is missing");
    Map<String, Object> c = (Map<String, Object>) request.get("case");
    String workload = String.valueOf(c.get("workload"));
    Shape shape = new Shape(workload, size(c, "tasks", -1), size(c, "in_bytes", 0), size(c, "out_bytes", 0), whole(c, "cost", 0),
        number(c, "skew", 0), whole(c, "shared_bytes", 0), whole(request, "seed", 1), number(request, "extra", 0));
    UnaryOperator<byte[]> task = switch (workload) {
      case "factorize" -> factorize(shape);
      case "compute" -> compute(shape);
      default -> throw new IllegalArgumentException("request.case.workload: this cell has compute and factorize");
    };
    Object chunk = c.getOrDefault("chunk", "default");
    return new Request(String.valueOf(c.get("backend")).split(",")[0], object(request, "options"), shape, size(c, "workers", 1),
        String.valueOf(c.getOrDefault("dispatch", "map")), chunk.equals("default") ? 0 : size(c, "chunk", 0),
        "cold".equals(c.get("pool")), whole(request, "iterations", 0), whole(request, "batch", 0),
        number(request, "min_time_s", 0.03), whole(request, "min_iterations", 1), object(request, "sampling"), task);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Map<String, Object> from, String key) {
    return from.get(key) instanceof Map ? (Map<String, Object>) from.get(key) : Map.of();
  }

  private static double number(Map<String, Object> from, String key, double fallback) {
    Object found = from.get(key);
    if (found == null) return fallback;
    if (found instanceof Number number) return number.doubleValue();
    throw new IllegalArgumentException("request." + key + ": expected a number, found " + found);
  }

  private static long whole(Map<String, Object> from, String key, long fallback) {
    double value = number(from, key, fallback);
    if (value < 0 || value != Math.rint(value)) throw new IllegalArgumentException("request." + key + ": expected a whole number");
    return from.get(key) instanceof Long exact ? exact : (long) value;
  }

  private static int size(Map<String, Object> from, String key, long fallback) {
    long value = whole(from, key, fallback);
    if (value > Integer.MAX_VALUE - 64) throw new OutOfMemoryError("request." + key + ": " + value + " is more than an array holds");
    return (int) value;
  }

  private static String quoted(String text) {
    return text.chars().mapToObj(c -> c == '"' || c == '\\' ? "\\" + (char) c : c < 32 ? " " : String.valueOf((char) c))
        .collect(Collectors.joining("", "\"", "\""));
  }

  // Just enough of a parser: objects, lists, strings, numbers, true, false, null.
  private static final class Json {
    private final String text;
    private int at = 0;

    Json(String text) {
      this.text = text;
    }

    Object whole() {
      Object value = value();
      if (next() != 0) throw wrong();
      return value;
    }

    private Object value() {
      char c = next();
      if (c == '{') return object();
      if (c == '[') return list();
      if (c == '"') return string();
      int start = at;
      while (at < text.length() && "+-.0123456789abcdefghijklmnopqrstuvwxyzE".indexOf(text.charAt(at)) >= 0) at++;
      String word = text.substring(start, at);
      switch (word) {
        case "true", "false": return word.equals("true");
        case "null": return null;
        default:
      }
      try {
        return word.matches("-?\\d{1,18}") ? (Object) Long.valueOf(word) : (Object) Double.valueOf(word);
      } catch (NumberFormatException error) {
        throw wrong();
      }
    }

    private Map<String, Object> object() {
      Map<String, Object> found = new LinkedHashMap<>();
      for (take('{'); next() != '}'; ) {
        if (!found.isEmpty()) take(',');
        next();
        String key = string();
        take(':');
        found.put(key, value());
      }
      take('}');
      return found;
    }

    private List<Object> list() {
      List<Object> found = new ArrayList<>();
      for (take('['); next() != ']'; found.add(value()))
        if (!found.isEmpty()) take(',');
      take(']');
      return found;
    }

    private String string() {
      take('"');
      StringBuilder found = new StringBuilder();
      while (at < text.length() && text.charAt(at) != '"') {
        char c = text.charAt(at++);
        if (c != '\\') {
          found.append(c);
          continue;
        }
        if (at >= text.length()) throw wrong();
        c = text.charAt(at++);
        if (c == 'u' && at + 4 <= text.length()) {
          found.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
          at += 4;
        } else {
          int place = "nrtbf".indexOf(c);
          found.append(place < 0 ? c : "\n\r\t\b\f".charAt(place));
        }
      }
      take('"');
      return found.toString();
    }

    private char next() { // behind white space; 0 at the end
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) at++;
      return at < text.length() ? text.charAt(at) : 0;
    }

    private void take(char c) {
      if (next() != c) throw wrong();
      at++;
    }

    private IllegalArgumentException wrong() {
      return new IllegalArgumentException("request: is not valid JSON, at character " + at);
    }
  }
}
