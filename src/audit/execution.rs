//! Reads all rows that are about one execution, in the one transaction that the caller has opened.
//!
//! Looks in one tenant only, and decides nothing.

use uuid::Uuid;

use super::timeline::{MOST_EVENTS, MOST_TASKS, Rows};
use super::visits::Entered;
use crate::source::{Error, Reader};

/// `None` if the tenant has no such execution.
///
/// # Errors
/// If a question fails.
pub async fn read(reader: &mut Reader, entered: &Entered, id: Uuid) -> Result<Option<Rows>, Error> {
    let schema = &entered.schema;
    let Some(details) = reader.execution_details(&[id]).await?.pop() else { return Ok(None) };
    let fires = reader.fires_for(&[id]).await?;
    let schedules = if fires.is_empty() { Vec::new() } else { reader.schedules().await? };
    let of = |schedule| schedules.iter().find(|row| row.id == schedule).cloned();
    let fires = fires.into_iter().map(|fire| (fire.clone(), of(fire.schedule))).collect();
    // One more than is shown tells whether there are more.
    let one_more = |most: usize| i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let tasks = reader.task_details(&[id], one_more(MOST_TASKS)).await?;
    let events = reader.event_details(id, one_more(MOST_EVENTS)).await?;
    Ok(Some(Rows {
        tenant: entered.label.clone(),
        generation: schema.generation.label(),
        details,
        fires,
        tasks,
        events,
        now: entered.position.now,
    }))
}
