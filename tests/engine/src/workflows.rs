//! The workflows that the scenarios start, each made to end in one way. Bodies count their own calls where the number
//! depends on time; nothing here knows the database.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cloacina::{task, workflow, Context, TaskError, TaskHandle};
use serde_json::{json, Value};

/// Longer than any task that should succeed.
pub const TASK_TIMEOUT: Duration = Duration::from_secs(2);

/// How often a task's body was entered.
pub struct Calls(AtomicU64);

impl Calls {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts one call and returns its number, from 1.
    fn count(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

pub static RETRY_OK: Calls = Calls::new();
pub static PAUSE: Calls = Calls::new();
pub static CANCEL: Calls = Calls::new();
pub static LEFT_PAUSED: Calls = Calls::new();
pub static TICK: Calls = Calls::new();
pub static ARRIVAL: Calls = Calls::new();
pub static ONCE: Calls = Calls::new();
pub static PANICS: Calls = Calls::new();

async fn work(milliseconds: u64) -> Result<(), TaskError> {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    Ok(())
}

fn failure(task: &str, message: &str) -> Result<(), TaskError> {
    Err(TaskError::ExecutionFailed {
        message: message.into(),
        task_id: task.into(),
        timestamp: chrono::Utc::now(),
    })
}

#[workflow(name = "etl_ok")]
pub mod etl_ok {
    use super::*;

    #[task]
    pub async fn extract(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(300).await
    }

    #[task(dependencies = ["extract"])]
    pub async fn transform(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }

    #[task(dependencies = ["transform"])]
    pub async fn load(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }
}

#[workflow(name = "fails_now")]
pub mod fails_now {
    use super::*;

    #[task]
    pub async fn before(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }

    #[task(dependencies = ["before"], retry_attempts = 1)]
    pub async fn boom(_context: &mut Context<Value>) -> Result<(), TaskError> {
        failure("boom", "disk full: \"/data\" has 0 bytes")
    }

    /// Runs all the same: the default trigger rule is "always".
    #[task(dependencies = ["boom"])]
    pub async fn after_boom(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }
}

#[workflow(name = "retry_ok")]
pub mod retry_ok {
    use super::*;

    #[task(retry_attempts = 3, retry_backoff = "fixed", retry_delay_ms = 300, retry_jitter = false)]
    pub async fn shaky(_context: &mut Context<Value>) -> Result<(), TaskError> {
        match RETRY_OK.count() {
            1 | 2 => failure("shaky", "connection reset by peer"),
            _ => Ok(()),
        }
    }
}

#[workflow(name = "retry_exhaust")]
pub mod retry_exhaust {
    use super::*;

    #[task(retry_attempts = 3, retry_backoff = "fixed", retry_delay_ms = 300, retry_jitter = false)]
    pub async fn hopeless(_context: &mut Context<Value>) -> Result<(), TaskError> {
        failure("hopeless", "no route to host")
    }

    #[task(dependencies = ["hopeless"])]
    pub async fn downstream(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }
}

#[workflow(name = "skips")]
pub mod skips {
    use super::*;

    #[task]
    pub async fn choose(context: &mut Context<Value>) -> Result<(), TaskError> {
        context.insert("branch", json!("a"))?;
        Ok(())
    }

    #[task(dependencies = ["choose"], trigger_rules = context_value("branch", equals, "a"))]
    pub async fn branch_a(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }

    #[task(dependencies = ["choose"], trigger_rules = context_value("branch", equals, "b"))]
    pub async fn branch_b(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }
}

#[workflow(name = "defers")]
pub mod defers {
    use super::*;

    #[task]
    pub async fn waits(_context: &mut Context<Value>, handle: &mut TaskHandle) -> Result<(), TaskError> {
        let deferred = handle.defer_until(|| async { true }, Duration::from_millis(700)).await;
        deferred.or_else(|error| failure("waits", &error.to_string()))
    }
}

#[workflow(name = "times_out")]
pub mod times_out {
    use super::*;

    #[task(retry_attempts = 1)]
    pub async fn endless(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(3_600_000).await
    }
}

#[workflow(name = "paused_and_resumed")]
pub mod paused_and_resumed {
    use super::*;

    #[task]
    pub async fn running_at_pause(_context: &mut Context<Value>) -> Result<(), TaskError> {
        PAUSE.count();
        work(1000).await
    }

    #[task(dependencies = ["running_at_pause"])]
    pub async fn after_resume(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }
}

#[workflow(name = "cancelled")]
pub mod cancelled {
    use super::*;

    #[task]
    pub async fn running_at_cancel(_context: &mut Context<Value>) -> Result<(), TaskError> {
        CANCEL.count();
        work(1000).await
    }

    #[task(dependencies = ["running_at_cancel"])]
    pub async fn never_started(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }
}

#[workflow(name = "left_paused")]
pub mod left_paused {
    use super::*;

    #[task]
    pub async fn last_before_pause(_context: &mut Context<Value>) -> Result<(), TaskError> {
        LEFT_PAUSED.count();
        work(1000).await
    }

    #[task(dependencies = ["last_before_pause"])]
    pub async fn waits_for_resume(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }
}

#[workflow(name = "backs_off")]
pub mod backs_off {
    use super::*;

    #[task(
        retry_attempts = 2,
        retry_backoff = "fixed",
        retry_delay_ms = 3600000,
        retry_max_delay_ms = 3600000,
        retry_jitter = false
    )]
    pub async fn patient(_context: &mut Context<Value>) -> Result<(), TaskError> {
        failure("patient", "try again in an hour")
    }
}

#[workflow(name = "ticks")]
pub mod ticks {
    use super::*;

    #[task]
    pub async fn tick(_context: &mut Context<Value>) -> Result<(), TaskError> {
        TICK.count();
        work(50).await
    }
}

#[workflow(name = "never_ticks")]
pub mod never_ticks {
    use super::*;

    #[task]
    pub async fn never(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(50).await
    }
}

#[workflow(name = "arrivals")]
pub mod arrivals {
    use super::*;

    #[task]
    pub async fn arrive(_context: &mut Context<Value>) -> Result<(), TaskError> {
        ARRIVAL.count();
        work(50).await
    }
}

#[workflow(name = "once")]
pub mod once {
    use super::*;

    #[task]
    pub async fn only(_context: &mut Context<Value>) -> Result<(), TaskError> {
        ONCE.count();
        work(50).await
    }
}

#[workflow(name = "panics")]
pub mod panics {
    use super::*;

    #[task]
    pub async fn panics_here(_context: &mut Context<Value>) -> Result<(), TaskError> {
        PANICS.count();
        panic!("a task that panics, on purpose")
    }
}
