//! The workflows of incidents: what their tasks do is decided by switches, while they run.

use std::time::Duration;

use cloacina::{task, workflow, Context, TaskError};
use serde_json::Value;

use super::switches;

const GLANCE: Duration = Duration::from_millis(100);
const AN_HOUR: Duration = Duration::from_secs(3600);

async fn work(milliseconds: u64) -> Result<(), TaskError> {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    Ok(())
}

/// Waits until the switch is off, for an hour at most.
async fn hang_while(switch: &str) -> Result<(), TaskError> {
    let off = async {
        while switches::on(switch) {
            tokio::time::sleep(GLANCE).await;
        }
    };
    // Whether the hour ended it makes no difference to the task.
    let _ = tokio::time::timeout(AN_HOUR, off).await;
    Ok(())
}

fn fail_while(switch: &str, task: &str) -> Result<(), TaskError> {
    if !switches::on(switch) {
        return Ok(());
    }
    Err(TaskError::ExecutionFailed {
        message: format!("the switch {switch} is on"),
        task_id: task.into(),
        timestamp: chrono::Utc::now(),
    })
}

#[workflow(name = "healthy")]
pub mod healthy {
    use super::*;

    #[task]
    pub async fn fetch(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(70).await
    }

    #[task(dependencies = ["fetch"])]
    pub async fn convert(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(70).await
    }

    #[task(dependencies = ["convert"])]
    pub async fn store(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(70).await
    }
}

#[workflow(name = "fails_while")]
pub mod fails_while {
    use super::*;

    #[task(retry_attempts = 1)]
    pub async fn brittle(_context: &mut Context<Value>) -> Result<(), TaskError> {
        fail_while("fails_while", "brittle")
    }
}

#[workflow(name = "hangs")]
pub mod hangs {
    use super::*;

    #[task(retry_attempts = 1)]
    pub async fn hang(_context: &mut Context<Value>) -> Result<(), TaskError> {
        hang_while("hangs").await
    }
}

/// Has a usual duration, which it exceeds while its switch is on.
#[workflow(name = "baseline")]
pub mod baseline {
    use super::*;

    #[task(retry_attempts = 1)]
    pub async fn usual(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(200).await?;
        hang_while("baseline").await
    }
}

#[workflow(name = "kills_its_runner")]
pub mod kills_its_runner {
    use super::*;

    #[task(retry_attempts = 1)]
    pub async fn poison(_context: &mut Context<Value>) -> Result<(), TaskError> {
        if switches::on("kills") {
            std::process::abort();
        }
        Ok(())
    }
}

#[workflow(name = "panics_once")]
pub mod panics_once {
    use super::*;

    #[task(retry_attempts = 1)]
    pub async fn panic(_context: &mut Context<Value>) -> Result<(), TaskError> {
        assert!(!switches::on("panics_once"), "a task that panics, on purpose");
        Ok(())
    }
}

/// Fills a slot for a while.
#[workflow(name = "slow")]
pub mod slow {
    use super::*;

    #[task]
    pub async fn wait(_context: &mut Context<Value>) -> Result<(), TaskError> {
        work(300).await
    }
}

#[workflow(name = "retries_much")]
pub mod retries_much {
    use super::*;

    #[task(retry_attempts = 20, retry_backoff = "fixed", retry_delay_ms = 200, retry_jitter = false)]
    pub async fn stubborn(_context: &mut Context<Value>) -> Result<(), TaskError> {
        fail_while("retries_much", "stubborn")
    }
}
