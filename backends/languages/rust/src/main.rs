//! Rust's ways to use several cores: rayon, and threads of the standard library that take tasks by a counter.
use breakeven_sdk::{cell, serial, Pool, Request, Task};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;

fn main() {
    cell(&[("rust_serial", serial), ("rust_rayon", rayon_pool), ("rust_std_thread", std_threads)])
}

struct Rayon {
    workers: usize,
    chunk: usize, // at least so many tasks together
    submit: bool,
    task: Task,
    pool: Option<rayon::ThreadPool>,
}

fn rayon_pool(request: &Request) -> Box<dyn Pool> {
    let chunk = request.chunk.max(1);
    Box::new(Rayon { workers: request.workers, chunk, submit: request.submit, task: request.task.clone(), pool: None })
}

impl Pool for Rayon {
    fn open(&mut self) -> Result<(), String> {
        let made = rayon::ThreadPoolBuilder::new().num_threads(self.workers).build();
        self.pool = Some(made.map_err(|error| error.to_string())?);
        Ok(())
    }

    fn run(&mut self, inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let (pool, task) = (self.pool.as_ref().unwrap(), &self.task);
        if !self.submit {
            return pool.install(|| inputs.par_iter().with_min_len(self.chunk).map(|input| task(input)).collect());
        }
        let mut outputs = vec![Vec::new(); inputs.len()];
        pool.scope(|scope| {
            for (input, output) in inputs.iter().zip(&mut outputs) {
                scope.spawn(move |_| *output = task(input));
            }
        });
        outputs
    }
}

/// What a worker gets for a run, and where it sends what it made: places with their results.
struct Run {
    inputs: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicUsize>,
    chunk: usize,
    made: Sender<Vec<(usize, Vec<u8>)>>,
}

struct Threads {
    workers: usize,
    chunk: usize,
    task: Task,
    shared: Option<Arc<Vec<Vec<u8>>>>, // the inputs, which are the same in every run
    work: Vec<Sender<Run>>,
    handles: Vec<JoinHandle<()>>,
}

fn std_threads(request: &Request) -> Box<dyn Pool> {
    let equal = (request.shape.tasks / (4 * request.workers)).max(1);
    let chunk = if request.submit { 1 } else if request.chunk > 0 { request.chunk } else { equal };
    let (workers, task) = (request.workers, request.task.clone());
    Box::new(Threads { workers, chunk, task, shared: None, work: Vec::new(), handles: Vec::new() })
}

fn serve(receive: Receiver<Run>, task: Task) {
    while let Ok(run) = receive.recv() {
        let mut made = Vec::new();
        loop {
            let first = run.next.fetch_add(run.chunk, Ordering::Relaxed);
            if first >= run.inputs.len() {
                break;
            }
            let last = (first + run.chunk).min(run.inputs.len());
            made.extend((first..last).map(|at| (at, task(&run.inputs[at]))));
        }
        let _ = run.made.send(made);
    }
}

impl Pool for Threads {
    fn open(&mut self) -> Result<(), String> {
        for _ in 0..self.workers {
            let ((send, receive), task) = (channel(), self.task.clone());
            self.work.push(send);
            self.handles.push(std::thread::spawn(move || serve(receive, task)));
        }
        Ok(())
    }

    fn run(&mut self, inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let shared = self.shared.get_or_insert_with(|| Arc::new(inputs.to_vec())).clone();
        let (next, (made, all)) = (Arc::new(AtomicUsize::new(0)), channel());
        for worker in &self.work {
            let run = Run { inputs: shared.clone(), next: next.clone(), chunk: self.chunk, made: made.clone() };
            worker.send(run).expect("a worker has ended");
        }
        drop(made);
        let mut outputs = vec![Vec::new(); inputs.len()];
        all.iter().flatten().for_each(|(at, output)| outputs[at] = output);
        outputs
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.work.clear();
        self.handles.drain(..).for_each(|handle| drop(handle.join()));
    }
}
