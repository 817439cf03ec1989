//! A cell in Rust, of which the author writes how a pool is opened, called and closed:
//!
//! ```ignore
//! breakeven_sdk::cell(&[("my_pool", |request| Box::new(MyPool::new(request))), ("my_serial", breakeven_sdk::serial)]);
//! ```
//!
//! The request, the payload, the timing, the digest and the record are done here, by the rules of docs/format.md and
//! docs/payload.md.
use serde_json::{json, Value};
use std::io::Read;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Instant;

/// Makes a task's output of its input; any thread may call it.
pub type Task = Arc<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// One way to run tasks. All calls come from one thread; dropping it leaves no thread behind.
pub trait Pool {
    fn open(&mut self) -> Result<(), String>;
    /// The outputs, in the order of the inputs.
    fn run(&mut self, inputs: &[Vec<u8>]) -> Vec<Vec<u8>>;
}

/// Makes the pool of a request, which is opened later.
pub type Maker = fn(&Request) -> Box<dyn Pool>;

#[derive(Clone)]
pub struct Shape {
    pub workload: String,
    pub tasks: usize,
    pub in_bytes: usize,
    pub out_bytes: usize,
    pub cost: u64,
    pub skew: f64,
    pub shared_bytes: usize,
    seed: u64,
    extra: f64,
}

/// What to measure. `chunk` 0: the pool's own choice.
pub struct Request {
    pub backend: String,
    pub options: Value,
    pub shape: Shape,
    pub workers: usize,
    pub submit: bool,
    pub chunk: usize,
    pub cold: bool,
    pub task: Task,
    iterations: usize,
    batch: usize,
    min_time_s: f64,
    min_iterations: usize,
    sampling: Value,
}

struct Serial(Task);

impl Pool for Serial {
    fn open(&mut self) -> Result<(), String> {
        Ok(())
    }
    fn run(&mut self, inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
        inputs.iter().map(|input| (self.0)(input)).collect()
    }
}

/// The plain loop: what the pools of a cell are compared with.
pub fn serial(request: &Request) -> Box<dyn Pool> {
    Box::new(Serial(request.task.clone()))
}

/// Measures what the request on the command line asks for, and ends the process.
pub fn cell(pools: &[(&str, Maker)]) -> ! {
    let request = parsed().unwrap_or_else(|error| refuse(&error));
    let make = pools.iter().find(|(name, _)| *name == request.backend).map(|(_, make)| make).unwrap_or_else(|| {
        let names: Vec<_> = pools.iter().map(|(name, _)| *name).collect();
        refuse(&format!("this cell has no backend {}; it has {}", request.backend, names.join(", ")))
    });
    let found = catch_unwind(AssertUnwindSafe(|| measured(&request, *make)));
    let (sample, code) = match found.unwrap_or_else(|_| Err("a task panicked; its words are on standard error".into())) {
        Ok(sample) => (sample, 0),
        Err(reason) => (json!({"protocol": 1, "failure_kind": "error", "reason": reason, "losses": []}), 1),
    };
    println!("{{\"breakeven_sample\":{}}}", sample);
    std::process::exit(code)
}

fn refuse(reason: &str) -> ! {
    eprintln!("cell: {}", reason);
    std::process::exit(2)
}

// --- numbers

const GOLDEN: u64 = 0x9E3779B97F4A7C15;
const PAGE: usize = 4096;
const BLOCK: usize = 65536;
const HEADER: usize = 8;
const UNIT_BITS: u32 = 40;
const MOST_BYTES: usize = 1 << 34; // of all results: more is refused before it is asked for

fn table(byte: u8) -> u8 {
    (byte ^ 0xA5).wrapping_add(0x3B)
}

fn ceil_div(number: usize, by: usize) -> usize {
    (number + by - 1) / by
}

/// The same value, whose making nobody leaves out (`std::hint::black_box` of later versions).
fn black_box<T: Copy>(value: T) -> T {
    unsafe { std::ptr::read_volatile(&value) }
}

fn hash(state: u64) -> u64 {
    let mut z = state.wrapping_add(GOLDEN);
    z = (z ^ z >> 30).wrapping_mul(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D049BB133111EB);
    z ^ z >> 31
}

fn chain(mut state: u64, steps: u64) -> u64 {
    for _ in 0..steps {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    }
    state
}

impl Shape {
    /// How much of it is done once more.
    fn again(&self, work: u64) -> u64 {
        (work as f64 * self.extra + 0.5) as u64
    }
    /// Of the shared input, a task.
    fn slice(&self) -> usize {
        ceil_div(ceil_div(self.shared_bytes, self.tasks.max(1)), 64) * 64
    }
    /// Calls `work` for pieces of at most `size`, as much as is done once more.
    fn once_more(&self, size: usize, mut work: impl FnMut(usize)) {
        let mut left = self.again(size as u64) as usize;
        while left > 0 {
            work(left.min(size));
            left -= left.min(size);
        }
    }
}

// --- inputs

fn fill(data: &mut [u8], seed: u64, task: u64) {
    let mut block = Vec::with_capacity(BLOCK);
    for i in 0..(BLOCK / 8) as u64 {
        block.extend_from_slice(&hash(seed.wrapping_add(i.wrapping_mul(GOLDEN))).to_le_bytes());
    }
    fill_from(&block, data, seed, task)
}

fn fill_from(block: &[u8], data: &mut [u8], seed: u64, task: u64) {
    for piece in data.chunks_mut(BLOCK) {
        piece.copy_from_slice(&block[..piece.len()]);
    }
    for (number, piece) in data.chunks_mut(PAGE).enumerate() {
        let mut stamp = task.to_le_bytes().to_vec();
        stamp.extend_from_slice(&(seed as u32).to_le_bytes());
        stamp.extend_from_slice(&(number as u32).to_le_bytes());
        let size = piece.len().min(16);
        piece[..size].copy_from_slice(&stamp[..size]);
    }
}

fn header(shape: &Shape, task: usize) -> u64 {
    if shape.workload == "factorize" {
        return 999_999_999_999 + 2 * task as u64;
    }
    let mut units = shape.cost;
    if shape.cost > 0 && shape.skew > 0.0 {
        let u = ((hash(task as u64) >> 11) + 1) as f64 / (1u64 << 53) as f64;
        units = ((shape.cost as f64 * (shape.skew + 1.0) * u.powf(shape.skew) + 0.5) as u64).max(1);
    }
    let slices = match shape.slice() {
        0 => 1,
        slice => ceil_div(shape.shared_bytes, slice).min(1 << 24),
    };
    units | ((task % slices) as u64) << UNIT_BITS
}

fn inputs_of(shape: &Shape) -> Vec<Vec<u8>> {
    let mut block = vec![0; BLOCK];
    for (i, piece) in block.chunks_mut(8).enumerate() {
        piece.copy_from_slice(&hash(shape.seed.wrapping_add((i as u64).wrapping_mul(GOLDEN))).to_le_bytes());
    }
    (0..shape.tasks)
        .map(|task| {
            let mut data = vec![0; HEADER + shape.in_bytes];
            data[..HEADER].copy_from_slice(&header(shape, task).to_le_bytes());
            fill_from(&block, &mut data[HEADER..], shape.seed, task as u64);
            data
        })
        .collect()
}

// --- the task

fn transform(source: &[u8], out: &mut [u8]) {
    for piece in out.chunks_mut(source.len()) {
        for (to, from) in piece.iter_mut().zip(source) {
            *to = table(*from);
        }
    }
}

/// The output's payload, behind what is there; returns the tail CRC.
fn carry(shape: &Shape, data: &[u8], out: &mut Vec<u8>) -> u32 {
    let source = if shape.in_bytes > 0 { &data[HEADER..] } else { data };
    let from = out.len();
    out.resize(from + shape.out_bytes, 0);
    let payload = &mut out[from..];
    shape.once_more(shape.out_bytes, |size| {
        transform(source, &mut payload[..size]);
        black_box(payload[size - 1]);
    });
    transform(source, payload);
    if shape.in_bytes <= shape.out_bytes {
        return 0;
    }
    let tail = &data[HEADER + shape.out_bytes..];
    shape.once_more(tail.len(), |size| {
        black_box(crc32fast::hash(&tail[..size]));
    });
    crc32fast::hash(tail)
}

fn factorize(shape: Shape) -> Task {
    Arc::new(move |data| {
        let number = u64::from_le_bytes(data[..8].try_into().unwrap());
        let (mut left, mut divisions, mut p, mut factors) = (number, 0u64, 2u64, Vec::new());
        while p * p <= left {
            divisions += 1;
            while left % p == 0 {
                factors.push(p);
                left /= p;
                divisions += 1;
            }
            p += if p == 2 { 1 } else { 2 };
        }
        if left > 1 {
            factors.push(left);
        }
        let more = shape.again(divisions);
        for at in 0..more {
            black_box(number % black_box(3 + 2 * (at * divisions / more)));
        }
        let mut out = vec![0; 8];
        factors.iter().for_each(|factor| out.extend_from_slice(&factor.to_le_bytes()));
        let crc = carry(&shape, data, &mut out);
        out[..4].copy_from_slice(&crc.to_le_bytes());
        out[4..8].copy_from_slice(&(factors.len() as u32).to_le_bytes());
        out
    })
}

fn compute(shape: Shape) -> Task {
    let slice = shape.slice();
    let mut shared = vec![0; if slice > 0 { ceil_div(shape.shared_bytes, slice) * slice } else { 0 }];
    fill(&mut shared, shape.seed, u64::MAX);
    Arc::new(move |data| {
        let head = u64::from_le_bytes(data[..8].try_into().unwrap());
        let steps = head & ((1 << UNIT_BITS) - 1);
        let state = chain(head ^ GOLDEN, steps);
        black_box(chain(black_box(state), shape.again(steps)));
        let mut slice_crc = 0;
        if slice > 0 {
            let read = &shared[(head >> UNIT_BITS) as usize * slice..][..slice];
            shape.once_more(slice, |size| {
                black_box(crc32fast::hash(&read[..size]));
            });
            slice_crc = crc32fast::hash(read);
        }
        let mut out = vec![0; 16];
        let crc = carry(&shape, data, &mut out);
        out[..4].copy_from_slice(&crc.to_le_bytes());
        out[4..8].copy_from_slice(&slice_crc.to_le_bytes());
        out[8..16].copy_from_slice(&state.to_le_bytes());
        out
    })
}

// --- the request

fn parsed() -> Result<Request, String> {
    let mut word = std::env::args().skip(1).last().ok_or("give a request (docs/format.md), or - for standard input")?;
    if word == "-" {
        word.clear();
        std::io::stdin().read_to_string(&mut word).map_err(|error| format!("standard input: {}", error))?;
    }
    let request: Value = serde_json::from_str(&word).map_err(|error| format!("request: is not valid JSON: {}", error))?;
    if request["protocol"] != 1 {
        return Err("request.protocol: this cell speaks 1".into());
    }
    let case = &request["case"];
    if !case.is_object() {
        return Err("request.case: is missing".into());
    }
    let whole = |from: &Value, key: &str, fallback: Option<u64>| match (&from[key], fallback) {
        (Value::Null, Some(value)) => Ok(value),
        (found, _) => found.as_u64().ok_or(format!("request.{}: expected a whole number, found {}", key, found)),
    };
    let number = |from: &Value, key: &str, fallback: f64| from[key].as_f64().unwrap_or(fallback);
    let shape = Shape {
        workload: case["workload"].as_str().unwrap_or("").into(),
        tasks: whole(case, "tasks", None)? as usize,
        in_bytes: whole(case, "in_bytes", Some(0))? as usize,
        out_bytes: whole(case, "out_bytes", Some(0))? as usize,
        cost: whole(case, "cost", Some(0))?,
        skew: number(case, "skew", 0.0),
        shared_bytes: whole(case, "shared_bytes", Some(0))? as usize,
        seed: whole(&request, "seed", Some(1))?,
        extra: number(&request, "extra", 0.0),
    };
    let task = match shape.workload.as_str() {
        "factorize" => factorize(shape.clone()),
        "compute" => compute(shape.clone()),
        other => return Err(format!("request.case.workload: this cell has compute and factorize, not {:?}", other)),
    };
    Ok(Request {
        backend: case["backend"].as_str().unwrap_or("").split(',').next().unwrap_or("").into(),
        options: request["options"].clone(),
        workers: whole(case, "workers", Some(1))? as usize,
        submit: case["dispatch"] == "submit",
        chunk: if case["chunk"] == "default" { 0 } else { whole(case, "chunk", Some(0))? as usize },
        cold: case["pool"] == "cold",
        task,
        iterations: whole(&request, "iterations", Some(0))? as usize,
        batch: whole(&request, "batch", Some(0))? as usize,
        min_time_s: number(&request, "min_time_s", 0.03),
        min_iterations: whole(&request, "min_iterations", Some(1))? as usize,
        sampling: request["sampling"].clone(),
        shape,
    })
}

// --- the sample

/// Of the whole process.
fn cpu_ns() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

fn opened(request: &Request, make: Maker) -> Result<Box<dyn Pool>, String> {
    let mut pool = make(request);
    pool.open()?;
    Ok(pool)
}

struct Sample<'a> {
    request: &'a Request,
    make: Maker,
    inputs: Vec<Vec<u8>>,
    outputs: Vec<Vec<u8>>,
    pool: Option<Box<dyn Pool>>, // a warm one
}

impl Sample<'_> {
    /// Back to back; seconds.
    fn batch(&mut self, runs: usize) -> Result<f64, String> {
        let start = Instant::now();
        for _ in 0..runs {
            self.outputs = match &mut self.pool {
                Some(pool) => pool.run(&self.inputs),
                None => opened(self.request, self.make)?.run(&self.inputs),
            };
        }
        Ok(start.elapsed().as_secs_f64())
    }
}

fn measured(request: &Request, make: Maker) -> Result<Value, String> {
    if request.shape.out_bytes.saturating_mul(request.shape.tasks) > MOST_BYTES {
        return Err(format!("want of memory for results of {} bytes", request.shape.out_bytes));
    }
    let rule = |name: &str, fallback: f64| request.sampling[name].as_f64().unwrap_or(fallback);
    let mut sample = Sample { request, make, inputs: inputs_of(&request.shape), outputs: Vec::new(), pool: None };
    let begin = Instant::now();
    if !request.cold {
        sample.pool = Some(opened(request, make)?);
    }
    let startup_s = begin.elapsed().as_secs_f64();
    let (warm, mut iterations, mut batch) = (Instant::now(), request.iterations, request.batch);
    if batch == 0 {
        batch = 1;
        let shortest = rule("min_iteration_s", 50e-6);
        let mut least = sample.batch(batch)?;
        while least < shortest {
            batch *= if least < shortest / 4.0 { 4 } else { 2 };
            least = sample.batch(batch)?;
        }
        let (mut spent, mut enough) = (least, least >= rule("long_s", 0.2));
        while spent < rule("settle_s", 0.005) || !enough {
            let took = sample.batch(batch)?;
            spent += took;
            least = least.min(took);
            enough = true;
        }
        let (wanted, most) = ((request.min_time_s / least).ceil() as usize, rule("max_iterations", 64.0) as usize);
        if wanted > most {
            batch *= ceil_div(wanted, most);
        }
        iterations = wanted.max(request.min_iterations).max(1).min(most);
    } else {
        sample.batch(batch)?;
        while !request.cold && warm.elapsed().as_secs_f64() < rule("settle_s", 0.005) {
            sample.batch(batch)?;
        }
    }
    let (warmup_s, before, mut timed_s, mut iteration_ns) = (warm.elapsed().as_secs_f64(), cpu_ns(), 0.0, Vec::new());
    for _ in 0..iterations {
        let took = sample.batch(batch)?;
        timed_s += took;
        iteration_ns.push(took * 1e9 / batch as f64);
    }
    let (used, runs) = (cpu_ns() - before, (iterations * batch) as f64);
    sample.pool = None;
    let mut digest = crc32fast::Hasher::new();
    sample.outputs.iter().for_each(|output| digest.update(output));
    Ok(json!({
        "protocol": 1, "iterations": iterations, "batch": batch, "iteration_ns": iteration_ns,
        "real_time_ns": timed_s * 1e9 / runs, "cpu_time_ns": used as f64 / runs, "timed_s": timed_s,
        "warmup_s": warmup_s, "startup_s": startup_s, "bytes_moved": 0, "losses": [],
        "digest": format!("{:08x}", digest.finalize()), "facts": {}, "covariates": {},
    }))
}
