'use strict';
// A cell in Node, of which the author writes how a pool is opened, called and closed:
//
//   const { cell } = require(`${process.env.BREAKEVEN_SDK}/node/breakeven.js`);
//   cell({ my_pool: class { constructor(request) {} async open() {} async run(inputs) {} async close() {} } });
//
// The request, the payload, the timing, the digest and the record are done here, by the rules of docs/format.md and
// docs/payload.md. `task(shape)` makes the function from an input to its output, for whoever runs it: Buffers.
const { performance } = require('node:perf_hooks');
const fs = require('node:fs');
const zlib = require('node:zlib');
const { inspect } = require('node:util');

const GOLDEN = 0x9E3779B97F4A7C15n, MASK = (1n << 64n) - 1n;
const PAGE = 4096, BLOCK = 65536, HEADER = 8, UNIT_BITS = 40n;
const TABLE = Uint8Array.from({ length: 256 }, (_, byte) => ((byte ^ 0xA5) + 0x3B) & 0xFF);

// --- numbers

const CRC_TABLES = (() => { // eight tables, so that eight bytes are read at a time
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ 0xEDB88320 : crc >>> 1;
    tables[0][byte] = crc;
  }
  for (let table = 1; table < 8; table++) {
    for (let byte = 0; byte < 256; byte++) {
      const last = tables[table - 1][byte];
      tables[table][byte] = last >>> 8 ^ tables[0][last & 0xFF];
    }
  }
  return tables;
})();

function ownCrc32(bytes, start = 0) {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = CRC_TABLES;
  let crc = ~start, at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const low = crc ^ (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24);
    crc = t7[low & 0xFF] ^ t6[low >>> 8 & 0xFF] ^ t5[low >>> 16 & 0xFF] ^ t4[low >>> 24] ^
      t3[bytes[at + 4]] ^ t2[bytes[at + 5]] ^ t1[bytes[at + 6]] ^ t0[bytes[at + 7]];
  }
  for (; at < bytes.length; at++) crc = crc >>> 8 ^ t0[(crc ^ bytes[at]) & 0xFF];
  return ~crc >>> 0;
}
const crc32 = zlib.crc32 ?? ownCrc32; // zlib has one from Node 22 on

function* splitmix(state) {
  for (;;) {
    state = state + GOLDEN & MASK;
    let z = (state ^ state >> 30n) * 0xBF58476D1CE4E5B9n & MASK;
    z = (z ^ z >> 27n) * 0x94D049BB133111EBn & MASK;
    yield z ^ z >> 31n;
  }
}

// `steps` times state = 6364136223846793005 state + 1442695040888963407 modulo 2^64, in halves of 32 bits and products
// of 16: a BigInt would take some fifty times as long.
function chain(state, steps) {
  let low = Number(state & 0xFFFFFFFFn), high = Number(state >> 32n);
  for (let step = 0; step < steps; step++) {
    const a = low & 0xFFFF, b = low >>> 16;
    const p = Math.imul(a, 0x7F2D) >>> 0, q = Math.imul(b, 0x7F2D) >>> 0;
    const r = Math.imul(a, 0x4C95) >>> 0, s = Math.imul(b, 0x4C95) >>> 0;
    const middle = (p >>> 16) + (q & 0xFFFF) + (r & 0xFFFF);
    const upper = s + (q >>> 16) + (r >>> 16) + (middle >>> 16);
    const sum = ((middle & 0xFFFF) * 0x10000 + (p & 0xFFFF)) + 0xF767814F;
    high = upper + Math.imul(low, 0x5851F42D) + Math.imul(high, 0x4C957F2D) + 0x14057B7E + (sum > 0xFFFFFFFF ? 1 : 0) | 0;
    low = sum >>> 0;
  }
  return BigInt(high >>> 0) << 32n | BigInt(low);
}

const again = (shape, work) => Math.floor(work * shape.extra + 0.5); // how much of it is done once more

// --- inputs

function filler(seed, size) { // makes payloads of one seed and size
  const block = Buffer.alloc(BLOCK), numbers = splitmix(BigInt(seed));
  for (let at = 0; size && at < BLOCK; at += 8) block.writeBigUInt64LE(numbers.next().value, at);
  return (data, from, task) => { // into data, from that byte on
    for (let at = 0; at < size; at += BLOCK) block.copy(data, from + at, 0, Math.min(BLOCK, size - at));
    const stamp = Buffer.alloc(16);
    for (let at = 0; at < size; at += PAGE) {
      stamp.writeBigUInt64LE(task, 0);
      stamp.writeUInt32LE(Number(BigInt(seed) & 0xFFFFFFFFn), 8);
      stamp.writeUInt32LE(at / PAGE, 12);
      stamp.copy(data, from + at, 0, Math.min(16, size - at));
    }
  };
}

const sliceBytes = (shape) => Math.ceil(Math.ceil(shape.shared_bytes / Math.max(shape.tasks, 1)) / 64) * 64;

function sharedInput(shape) { // that all tasks read a slice of
  const slice = sliceBytes(shape);
  if (!slice) return Buffer.alloc(0);
  const data = Buffer.alloc(Math.ceil(shape.shared_bytes / slice) * slice);
  filler(shape.seed, data.length)(data, 0, MASK);
  return data;
}

function units(shape, task) {
  if (!shape.cost || !shape.skew) return shape.cost;
  const u = Number((splitmix(BigInt(task)).next().value >> 11n) + 1n) / 2 ** 53;
  return Math.max(1, Math.floor(shape.cost * (shape.skew + 1) * Math.pow(u, shape.skew) + 0.5));
}

function header(shape, task) {
  if (shape.workload === 'factorize') return BigInt(999999999999 + 2 * task);
  const slice = sliceBytes(shape);
  const slices = slice ? Math.min(Math.ceil(shape.shared_bytes / slice), 2 ** 24) : 1;
  return BigInt(units(shape, task)) | BigInt(task % slices) << UNIT_BITS;
}

function inputsOf(shape) {
  const fill = filler(shape.seed, shape.in_bytes);
  return Array.from({ length: shape.tasks }, (_, task) => {
    const data = Buffer.alloc(HEADER + shape.in_bytes);
    data.writeBigUInt64LE(header(shape, task), 0);
    fill(data, HEADER, BigInt(task));
    return data;
  });
}

// --- the task

function carry(shape, data, out, from) { // the output's payload, from that byte on; returns the tail CRC
  const source = shape.in_bytes ? data.subarray(HEADER) : data.subarray(0, HEADER), size = shape.out_bytes;
  const transform = (length) => {
    for (let at = 0, read = 0; at < length; at++) {
      out[from + at] = TABLE[source[read]];
      if (++read === source.length) read = 0;
    }
  };
  for (let left = again(shape, size); left > 0; left -= size) transform(Math.min(left, size));
  transform(size);
  const tail = data.subarray(HEADER + Math.min(shape.in_bytes, size));
  if (!tail.length) return 0;
  for (let left = again(shape, tail.length); left > 0; left -= tail.length) crc32(tail.subarray(0, Math.min(left, tail.length)));
  return crc32(tail);
}

let remainder = 0; // likewise

function factorize(shape) {
  return (data) => {
    const number = Number(data.readBigUInt64LE(0)), factors = [];
    let left = number, divisions = 0;
    for (let p = 2; p * p <= left; p += p === 2 ? 1 : 2) {
      for (divisions++; left % p === 0; divisions++, left /= p) factors.push(p);
    }
    if (left > 1) factors.push(left);
    const more = again(shape, divisions);
    for (let at = 0; at < more; at++) remainder = number % (3 + 2 * Math.floor(at * divisions / more));
    const out = Buffer.alloc(8 + 8 * factors.length + shape.out_bytes);
    out.writeUInt32LE(carry(shape, data, out, 8 + 8 * factors.length), 0);
    out.writeUInt32LE(factors.length, 4);
    factors.forEach((factor, at) => out.writeBigUInt64LE(BigInt(factor), 8 + 8 * at));
    return out;
  };
}

let kept = 0n; // what extra work gives, so that nobody leaves it out

function compute(shape) {
  const shared = sharedInput(shape), slice = sliceBytes(shape);
  return (data) => {
    const head = data.readBigUInt64LE(0), steps = Number(head & (1n << UNIT_BITS) - 1n);
    let state = head ^ GOLDEN;
    if (steps) {
      state = chain(state, steps);
      if (shape.extra) kept = chain(state, again(shape, steps));
    }
    const out = Buffer.alloc(16 + shape.out_bytes);
    if (slice) {
      const read = shared.subarray(Number(head >> UNIT_BITS) * slice).subarray(0, slice);
      for (let left = again(shape, slice); left > 0; left -= slice) crc32(read.subarray(0, Math.min(left, slice)));
      out.writeUInt32LE(crc32(read), 4);
    }
    out.writeUInt32LE(carry(shape, data, out, 16), 0);
    out.writeBigUInt64LE(state, 8);
    return out;
  };
}

const TASKS = { factorize, compute };
const task = (shape) => TASKS[shape.workload](shape);

// --- the request

class UsageError extends Error {}

function parsed(text) {
  let request;
  try { request = JSON.parse(text); } catch (error) { throw new UsageError(`request: is not valid JSON: ${error.message}`); }
  if (request?.protocol !== 1) throw new UsageError('request.protocol: this cell speaks 1');
  const found = request.case;
  if (typeof found !== 'object' || found === null) throw new UsageError('request.case: is missing');
  if (!TASKS[found.workload]) throw new UsageError(`request.case.workload: this cell has ${Object.keys(TASKS).join(' and ')}`);
  const whole = (from, key, fallback) => {
    const value = from[key] ?? fallback;
    if (!Number.isSafeInteger(value) || value < 0) throw new UsageError(`request.${key}: expected a whole number, found ${JSON.stringify(value)}`);
    return value;
  };
  const shape = { workload: found.workload, skew: Number(found.skew ?? 0), extra: Number(request.extra ?? 0), seed: whole(request, 'seed', 1) };
  for (const key of ['tasks', 'in_bytes', 'out_bytes', 'cost', 'shared_bytes']) shape[key] = whole(found, key, key === 'tasks' ? undefined : 0);
  const rules = { max_iterations: 64, min_iteration_s: 50e-6, settle_s: 0.005, long_s: 0.2, ...request.sampling };
  return {
    backend: String(found.backend).split(',')[0], options: request.options ?? {}, shape, rules,
    workers: whole(found, 'workers', 1), dispatch: found.dispatch ?? 'map',
    chunk: (found.chunk ?? 'default') === 'default' ? null : whole(found, 'chunk'), cold: found.pool === 'cold',
    iterations: whole(request, 'iterations', 0), batch: whole(request, 'batch', 0),
    min_time_s: Number(request.min_time_s ?? 0.03), min_iterations: whole(request, 'min_iterations', 1),
  };
}

// --- the sample

const seconds = (since) => (performance.now() - since) / 1e3;
// A compiler that works meanwhile makes the code faster, in steps with plateaus between them: so not before twenty batches.
const STEADY = 0.05, WINDOW = 5, LEAST = 20, LEAST_S = 0.3, ENOUGH_S = 2, WARM_UP_S = 4;

// Runs batches until the median of five is as that of the five before; returns whether it ever was.
async function becomesSteady(runBatch, batch) {
  const median = (times) => times.slice().sort((a, b) => a - b)[WINDOW >> 1];
  const times = [];
  for (const start = performance.now(); seconds(start) < WARM_UP_S;) {
    times.push(await runBatch(batch));
    const spent = seconds(start);
    if (times.length < 2 * WINDOW || spent < LEAST_S || (times.length < LEAST && spent < ENOUGH_S)) continue;
    const [before, now] = [median(times.slice(-2 * WINDOW, -WINDOW)), median(times.slice(-WINDOW))];
    if (Math.abs(now / before - 1) < STEADY) return true;
  }
  return false;
}

async function measured(request, Pool) {
  const inputs = inputsOf(request.shape), { rules } = request;
  const made = async () => { const pool = new Pool(request); await pool.open(); return pool; };
  const start = performance.now();
  let pool = request.cold ? null : await made(), outputs = [];
  const startup_s = seconds(start);
  const runBatch = async (runs) => {
    const begin = performance.now();
    for (let run = 0; run < runs; run++) {
      if (request.cold) pool = await made();
      outputs = await pool.run(inputs);
      if (request.cold) await pool.close();
    }
    const took = seconds(begin);
    if (outputs.length !== inputs.length) throw new Failure('wrong_tally', `${outputs.length} results where ${inputs.length} were due`);
    return took;
  };
  const warm = performance.now();
  let { iterations, batch } = request;
  const steady = request.cold || await becomesSteady(runBatch, batch || 1);
  if (!batch) {
    batch = 1;
    let least = await runBatch(batch), spent = least;
    while (least < rules.min_iteration_s) { batch *= least < rules.min_iteration_s / 4 ? 4 : 2; least = spent = await runBatch(batch); }
    for (let enough = least >= rules.long_s; spent < rules.settle_s || !enough; enough = true) {
      const took = await runBatch(batch);
      spent += took;
      least = Math.min(least, took);
    }
    const wanted = Math.ceil(request.min_time_s / least);
    if (wanted > rules.max_iterations) batch *= Math.ceil(wanted / rules.max_iterations);
    iterations = Math.min(Math.max(wanted, request.min_iterations, 1), rules.max_iterations);
  } else {
    do await runBatch(batch); while (!request.cold && seconds(warm) < rules.settle_s);
  }
  const warmup_s = seconds(warm), iteration_ns = [];
  const before = process.cpuUsage();
  let timed_s = 0;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const took = await runBatch(batch);
    timed_s += took;
    iteration_ns.push(took * 1e9 / batch);
  }
  const used = process.cpuUsage(before), runs = iterations * batch;
  if (!request.cold) await pool.close();
  let crc = 0, moved = 0;
  for (const output of outputs) { crc = crc32(output, crc); moved += output.length; }
  for (const input of inputs) moved += input.length;
  return {
    iterations, batch, iteration_ns, real_time_ns: timed_s * 1e9 / runs,
    cpu_time_ns: Pool.processes ? null : (used.user + used.system) * 1e3 / runs, // of processes it is not seen here
    timed_s, warmup_s, bytes_moved: Pool.moves ? moved : 0, losses: [], digest: crc.toString(16).padStart(8, '0'),
    facts: { node: process.version, steady: steady ? 'yes' : 'no' }, covariates: {}, ...(request.cold ? {} : { startup_s }),
  };
}

class Failure extends Error { // with one of docs/format.md's kinds
  constructor(kind, reason) { super(reason); this.kind = kind; }
}

const say = (sample) => fs.writeSync(1, `${JSON.stringify({ breakeven_sample: { protocol: 1, ...sample } })}\n`);

// The plain loop: what the pools of a cell are compared with.
class Serial {
  constructor(request) { this.task = task(request.shape); }
  async open() {}
  run(inputs) { return inputs.map(this.task); }
  async close() {}
}

// `pools`: a class for each backend. Static `processes`: its tasks run in other processes; static `moves`: their bytes are
// copied for them.
async function cell(pools) {
  let request;
  try {
    const word = process.argv.at(-1);
    request = parsed(word === '-' ? fs.readFileSync(0, 'utf8') : word);
    if (!pools[request.backend]) throw new UsageError(`this cell has no backend ${request.backend}; it has ${Object.keys(pools).join(', ')}`);
  } catch (error) {
    console.error(`cell: ${error.message}`);
    process.exit(2);
  }
  let code = 0;
  try {
    say(await measured(request, pools[request.backend]));
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : `a worker failed: ${inspect(error, { breakLength: Infinity })}`;
    say({ failure_kind: error?.kind ?? 'error', reason: reason.slice(0, 1000), losses: [] });
    code = 1;
  }
  process.exit(code);
}

module.exports = { cell, task, Serial, Failure, crc32, inputsOf, table: TABLE, chain };
