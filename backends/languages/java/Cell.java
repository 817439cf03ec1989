// Java's ways to use several cores: a fixed pool of threads, the fork-join pool, and virtual threads where they are (21).
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RecursiveAction;
import java.util.concurrent.Semaphore;

public final class Cell {
  public static void main(String[] words) {
    Breakeven.cell(words, Map.of("java_serial", Breakeven.Serial::new, "java_fixed_pool", FixedPool::new,
        "java_fork_join", ForkJoin::new, "java_virtual", Virtual::new));
  }

  // A task or a chunk of tasks is a Callable of its own.
  private abstract static class ByExecutor implements Breakeven.Pool {
    final Breakeven.Request request;
    ExecutorService executor;

    ByExecutor(Breakeven.Request request) {
      this.request = request;
    }

    int chunk(int tasks) {
      if (request.dispatch().equals("submit")) return 1;
      return request.chunk() > 0 ? request.chunk() : Math.max(1, tasks / (4 * request.workers()));
    }

    void execute(byte[][] inputs, byte[][] outputs, int first, int last) throws InterruptedException {
      for (int task = first; task < last; task++) outputs[task] = request.task().apply(inputs[task]);
    }

    public byte[][] run(byte[][] inputs) throws Exception {
      byte[][] outputs = new byte[inputs.length][];
      int chunk = chunk(inputs.length);
      List<Callable<Void>> calls = new ArrayList<>();
      for (int first = 0; first < inputs.length; first += chunk) {
        int from = first, to = Math.min(first + chunk, inputs.length);
        calls.add(() -> {
          execute(inputs, outputs, from, to);
          return null;
        });
      }
      for (Future<Void> done : executor.invokeAll(calls)) done.get();
      return outputs;
    }

    public void close() throws InterruptedException {
      executor.shutdown();
      executor.awaitTermination(1, java.util.concurrent.TimeUnit.HOURS);
    }
  }

  private static final class FixedPool extends ByExecutor {
    FixedPool(Breakeven.Request request) {
      super(request);
    }

    public void open() {
      executor = Executors.newFixedThreadPool(request.workers());
    }
  }

  // As many alive as there are tasks, as many at work as there are workers.
  private static final class Virtual extends ByExecutor {
    private final Semaphore free;

    Virtual(Breakeven.Request request) {
      super(request);
      free = new Semaphore(request.workers());
    }

    public void open() throws ReflectiveOperationException { // Java 17 compiles this, too
      executor = (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }

    @Override
    void execute(byte[][] inputs, byte[][] outputs, int first, int last) throws InterruptedException {
      free.acquire();
      try {
        super.execute(inputs, outputs, first, last);
      } finally {
        free.release();
      }
    }
  }

  // Halves until a chunk is left, as parallel streams do it.
  private static final class ForkJoin extends ByExecutor {
    ForkJoin(Breakeven.Request request) {
      super(request);
    }

    public void open() {
      executor = new ForkJoinPool(request.workers());
    }

    @Override
    public byte[][] run(byte[][] inputs) {
      byte[][] outputs = new byte[inputs.length][];
      ((ForkJoinPool) executor).invoke(new Part(inputs, outputs, 0, inputs.length, chunk(inputs.length)));
      return outputs;
    }

    private final class Part extends RecursiveAction {
      private final transient byte[][] inputs, outputs;
      private final int first, last, chunk;

      Part(byte[][] inputs, byte[][] outputs, int first, int last, int chunk) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.first = first;
        this.last = last;
        this.chunk = chunk;
      }

      @Override
      protected void compute() {
        if (last - first <= chunk) {
          for (int task = first; task < last; task++) outputs[task] = request.task().apply(inputs[task]);
          return;
        }
        int middle = (first + last) >>> 1;
        invokeAll(new Part(inputs, outputs, first, middle, chunk), new Part(inputs, outputs, middle, last, chunk));
      }
    }
  }
}
