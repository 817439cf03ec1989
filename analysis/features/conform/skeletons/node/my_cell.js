'use strict';
// A cell in Node: change MyPool to what you want to measure. BREAKEVEN_SDK is set by whoever starts a cell.
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { cell, task, Serial } = require(`${process.env.BREAKEVEN_SDK}/node/breakeven.js`);

class MyPool {
  static processes = false; // whether tasks run in other processes
  static moves = true; // whether their bytes are copied for them

  constructor(request) { this.request = request; } // workers, dispatch (map or submit), chunk (or null), options, shape

  async open() {
    this.workers = Array.from({ length: this.request.workers }, () => new Worker(__filename, { workerData: this.request.shape }));
    await Promise.all(this.workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  }

  // All outputs, in the order of the inputs. Each worker gets its next chunk when it has answered the last.
  run(inputs) {
    const chunk = this.request.chunk ?? 1, results = new Array(inputs.length);
    let next = 0, missing = inputs.length;
    return new Promise((resolve) => {
      const give = (worker) => {
        if (next < inputs.length) worker.postMessage({ first: next, chunk: inputs.slice(next, next += chunk) });
      };
      if (missing === 0) resolve(results);
      for (const worker of this.workers) {
        worker.removeAllListeners('message').on('message', ({ first, found }) => {
          found.forEach((data, at) => { results[first + at] = Buffer.from(data); });
          missing -= found.length;
          if (missing === 0) resolve(results); else give(worker);
        });
        give(worker);
      }
    });
  }

  async close() { await Promise.all(this.workers.map((worker) => worker.terminate())); } // no thread may be left
}

if (isMainThread) {
  cell({ my_pool: MyPool, my_serial: Serial });
} else {
  const run = task(workerData); // the function from an input to its output
  parentPort.on('message', ({ first, chunk }) => parentPort.postMessage({ first, found: chunk.map((data) => run(Buffer.from(data))) }));
  parentPort.postMessage('ready');
}
