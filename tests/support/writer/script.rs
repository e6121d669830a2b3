//! Random lives of executions: which steps, in which order.

use fastrand::Rng;

use super::engine::{Execution, Step};

const WORKFLOWS: [&str; 5] = ["etl", "billing", "report", "import", "cleanup"];
const MAX_RECOVERIES: u32 = 3;

/// A planned execution and the steps of its whole life.
pub fn script(rng: &mut Rng) -> (Execution, Vec<Step>) {
    let workflow = WORKFLOWS[rng.usize(..WORKFLOWS.len())];
    let tasks = rng.usize(1..=4);
    let execution = Execution::new(rng, workflow, tasks);
    let mut steps = vec![Step::Create];
    if chance(rng, 0.01) {
        steps.push(Step::Cancel);
        return (execution, steps);
    }
    let all_at_once = chance(rng, 0.5);
    if all_at_once {
        steps.push(Step::ReadyAll);
    }
    for task in 0..execution.tasks.len() {
        if !all_at_once && chance(rng, 0.08) {
            steps.push(Step::Skip(task));
            continue;
        }
        if !all_at_once {
            steps.push(Step::Ready(task));
        }
        attempts(rng, task, &mut steps);
        if chance(rng, 0.01) {
            steps.extend([Step::Pause, Step::Resume]);
        }
    }
    steps.push(Step::End);
    if chance(rng, 0.05) {
        cut_short(rng, &execution, &mut steps);
    }
    (execution, steps)
}

/// Everything from the first claim of `task` to its end.
fn attempts(rng: &mut Rng, task: usize, steps: &mut Vec<Step>) {
    steps.push(Step::Start(task));
    let mut recoveries = 0;
    while chance(rng, 0.06) {
        if recoveries == MAX_RECOVERIES {
            steps.push(Step::Abandon(task));
            return;
        }
        recoveries += 1;
        steps.extend([Step::Recover(task), Step::Start(task)]);
    }
    for _ in 0..3 {
        if chance(rng, 0.08) {
            steps.extend([Step::Retry(task), Step::Start(task)]);
        }
    }
    steps.push(if chance(rng, 0.08) { Step::Fail(task) } else { Step::Complete(task) });
}

/// Cancels the execution somewhere before its end. A task that runs then mostly still ends.
fn cut_short(rng: &mut Rng, execution: &Execution, steps: &mut Vec<Step>) {
    steps.truncate(rng.usize(1..steps.len()));
    steps.push(Step::Cancel);
    let mut picture = execution.clone();
    steps.iter().for_each(|&step| picture.apply(step));
    if let Some(running) = picture.tasks.iter().position(|task| task.status == "Running") {
        match rng.u8(0..10) {
            0..6 => steps.push(Step::Complete(running)),
            6..8 => steps.push(Step::Fail(running)),
            8 => steps.push(Step::Retry(running)),
            _ => {}
        }
    }
}

fn chance(rng: &mut Rng, share: f64) -> bool {
    rng.f64() < share
}
