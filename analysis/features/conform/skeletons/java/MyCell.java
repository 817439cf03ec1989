// A cell in Java: change MyPool to what you want to measure.
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

public final class MyCell {
  public static void main(String[] words) {
    Breakeven.cell(words, Map.of("my_pool", MyPool::new, "my_serial", Breakeven.Serial::new));
  }

  private static final class MyPool implements Breakeven.Pool {
    private final Breakeven.Request request; // workers, dispatch (map or submit), chunk (0: yours to choose), options, task
    private ExecutorService executor;

    MyPool(Breakeven.Request request) {
      this.request = request;
    }

    public void open() {
      executor = Executors.newFixedThreadPool(request.workers());
    }

    // All outputs, in the order of the inputs.
    public byte[][] run(byte[][] inputs) throws Exception {
      byte[][] outputs = new byte[inputs.length][];
      int chunk = Math.max(1, request.chunk());
      List<Callable<Void>> calls = new ArrayList<>();
      for (int first = 0; first < inputs.length; first += chunk) {
        int from = first, to = Math.min(first + chunk, inputs.length);
        calls.add(() -> {
          for (int task = from; task < to; task++) outputs[task] = request.task().apply(inputs[task]);
          return null;
        });
      }
      for (Future<Void> done : executor.invokeAll(calls)) done.get();
      return outputs;
    }

    public void close() throws InterruptedException { // no thread may be left
      executor.shutdown();
      executor.awaitTermination(1, TimeUnit.HOURS);
    }
  }
}
