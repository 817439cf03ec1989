//! A cell in Rust: change MyPool to what you want to measure.
use breakeven_sdk::{cell, serial, Pool, Request, Task};

fn main() {
    cell(&[("my_pool", my_pool), ("my_serial", serial)])
}

struct MyPool {
    workers: usize,
    task: Task,
}

/// The request has workers, submit, chunk (0: yours to choose), options, task and shape.
fn my_pool(request: &Request) -> Box<dyn Pool> {
    Box::new(MyPool { workers: request.workers, task: request.task.clone() })
}

impl Pool for MyPool {
    fn open(&mut self) -> Result<(), String> {
        Ok(()) // threads that live longer than a run are made here, and ended in Drop
    }

    /// All outputs, in the order of the inputs: here by new threads, each with a part of the tasks.
    fn run(&mut self, inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut outputs = vec![Vec::new(); inputs.len()];
        let (task, part) = (&self.task, ((inputs.len() + self.workers - 1) / self.workers).max(1));
        std::thread::scope(|scope| {
            for (input, output) in inputs.chunks(part).zip(outputs.chunks_mut(part)) {
                scope.spawn(move || input.iter().zip(output).for_each(|(input, output)| *output = task(input)));
            }
        });
        outputs
    }
}
