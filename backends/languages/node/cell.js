'use strict';
// Node's ways to use several cores: worker_threads, with copied or with transferred buffers, and child processes.
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { spawn } = require('node:child_process');
const { cell, task, Serial, Failure } = require(`${process.env.BREAKEVEN_SDK}/node/breakeven.js`);

const asBuffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// A worker takes chunks of tasks and gives their results.
function serve(shape, receive, send) {
  const run = task(shape);
  receive(({ first, chunk }) => send({ first, results: chunk.map((data) => run(asBuffer(data))) }));
}

// What threads and processes share: two chunks on their way to each worker, so that it need not wait for the next.
class Crew {
  static moves = true;

  constructor(request) { this.request = request; this.members = []; }

  async open() { this.members = await Promise.all(Array.from({ length: this.request.workers }, () => this.begin())); }

  run(inputs) {
    const { workers, chunk: asked, dispatch } = this.request;
    const chunk = asked ?? (dispatch === 'submit' ? 1 : Math.max(1, Math.floor(inputs.length / (4 * workers))));
    return new Promise((resolve, reject) => {
      const results = new Array(inputs.length);
      let next = 0, missing = inputs.length;
      const give = (member) => {
        if (next >= inputs.length) return;
        this.send(member, { first: next, chunk: inputs.slice(next, next + chunk) });
        next += chunk;
      };
      for (const member of this.members) {
        for (const event of ['message', 'messageerror', 'error', 'exit']) member.removeAllListeners(event);
        member.on('error', reject);
        member.on('messageerror', reject); // a result that this side has no memory for
        member.on('exit', (code, signal) => reject(new Failure('lost', `a worker ended (${signal ?? `exit code ${code}`})`)));
        member.on('message', ({ first, results: found }) => {
          found.forEach((data, at) => { results[first + at] = asBuffer(data); });
          missing -= found.length;
          if (missing === 0) resolve(results);
          else give(member);
        });
      }
      if (missing === 0) resolve(results);
      for (let round = 0; round < 2; round++) this.members.forEach(give);
    });
  }
}

class Threads extends Crew {
  begin() {
    const worker = new Worker(__filename, { workerData: this.request.shape });
    return new Promise((resolve, reject) => worker.once('message', () => resolve(worker)).once('error', reject));
  }

  send(worker, { first, chunk }) {
    if (this.request.options.move !== 'transfer') return worker.postMessage({ first, chunk });
    const copies = chunk.map((data) => new Uint8Array(data)); // the inputs are needed again in the next run
    return worker.postMessage({ first, chunk: copies }, copies.map((data) => data.buffer));
  }

  async close() { await Promise.all(this.members.map((worker) => worker.removeAllListeners('exit').terminate())); }
}

class Processes extends Crew {
  static processes = true;

  // setpriv: Node has no way of its own to end a child with its parent while that computes.
  begin() {
    const words = ['--pdeathsig', 'KILL', process.execPath, __filename, '--worker', JSON.stringify(this.request.shape)];
    const child = spawn('setpriv', words, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' });
    return new Promise((resolve, reject) => child.once('message', () => resolve(child)).once('error', reject)
      .once('exit', (code) => reject(new Failure('error', `a worker process did not begin (exit code ${code})`))));
  }

  send(child, message) { child.send(message); }

  close() {
    return Promise.all(this.members.map((child) => new Promise((resolve) => {
      child.removeAllListeners('exit').once('exit', resolve);
      child.disconnect();
    })));
  }
}

if (!isMainThread) {
  serve(workerData, (handle) => parentPort.on('message', handle), (message) => parentPort.postMessage(message));
  parentPort.postMessage('ready');
} else if (process.argv[2] === '--worker') {
  serve(JSON.parse(process.argv[3]), (handle) => process.on('message', handle), (message) => process.send(message));
  process.once('disconnect', () => process.exit(0));
  process.send('ready');
} else {
  cell({ node_serial: Serial, node_threads: Threads, node_processes: Processes });
}
