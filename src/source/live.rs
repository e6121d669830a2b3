//! Rows that are true now: of those that the last poll showed only the ones written since are read, the others are kept.
//!
//! Exact, not a hint. A row that this snapshot shows and the last one did not, or showed otherwise, was written by a
//! transaction that the last one did not see, whose id is therefore not below its `xmin`. A row that is gone leaves no such
//! trace. But what is kept and what was written are, together, all that there is now and what is gone: if they are as many
//! as there are now, nothing is gone. If not, all is read; also while there are rows that cannot be used, which are in no state.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::questions::Written;
use super::reader::Reader;
use super::rounds::{Failure, Rounds};
use crate::record::{Collector, Execution, Ids, Schedule, Task};
use crate::state::Tenant;

/// All that are active now. Their ids are few, so that it need not be counted whether any are gone.
pub(super) async fn active_executions(
    reader: &mut Reader,
    tenant: &Tenant,
    newer_than: Option<u64>,
    rounds: &mut Rounds,
) -> Result<Vec<Execution>, Failure> {
    let Some(since) = newer_than else {
        return rounds.time(Collector::Executions, reader.active_executions()).await;
    };
    let (active, written) = rounds.time(Collector::Executions, reader.written_executions(since)).await?;
    let before = &tenant.levels.active;
    let mut unread: Ids = active.into_iter().collect();
    let written: Ids = written.into_iter().collect();
    let kept: Ids =
        before.iter().map(|row| row.id).filter(|id| !written.contains(id) && unread.remove(id)).collect();
    let unread: Vec<Uuid> = unread.into_iter().collect();
    let read = rounds.time(Collector::Executions, reader.active_executions_by_id(&unread)).await?;
    Ok(in_order(before.iter(), read, |id| kept.contains(id), |row| row.id))
}

pub(super) struct Tasks {
    pub unfinished: Vec<Task>,
    /// Of those that were watched, those that were found to be unfinished no longer; others may be too.
    pub ended: Vec<Task>,
}

/// Tasks of `active`, the executions that are active now. `newer_than` as in `state::Tail`.
pub(super) async fn tasks(
    reader: &mut Reader,
    tenant: &Tenant,
    newer_than: Option<u64>,
    active: &[Uuid],
    rounds: &mut Rounds,
) -> Result<Tasks, Failure> {
    let Some(since) = newer_than else {
        let unfinished = rounds.time(Collector::Tasks, reader.unfinished_tasks(active)).await?;
        return Ok(Tasks { unfinished, ended: Vec::new() });
    };
    // Of an execution that was not active nothing was kept, however old its tasks are.
    let were_active: Ids = tenant.levels.active.iter().map(|execution| execution.id).collect();
    let (known, new): (Vec<Uuid>, Vec<Uuid>) = active.iter().partition(|id| were_active.contains(id));
    let written = rounds.time(Collector::Tasks, reader.written_tasks(&known, since)).await?;
    let present: Ids = written.present.iter().copied().collect();
    let past = written.past.iter().filter(|id| tenant.watches(id));
    let wanted: Vec<Uuid> = written.present.iter().chain(past).copied().collect();
    let read = rounds.time(Collector::Tasks, reader.tasks(&wanted)).await?;
    let (read, ended) = read.into_iter().partition(|task| present.contains(&task.id));
    let known_set: Ids = known.iter().copied().collect();
    let before = tenant.levels.tasks.iter().filter(|task| known_set.contains(&task.execution));
    let of_known = match merge(before, read, &written, |task| task.id) {
        Some(tasks) => tasks,
        None => rounds.time(Collector::Tasks, reader.unfinished_tasks(&known)).await?,
    };
    let of_new = rounds.time(Collector::Tasks, reader.unfinished_tasks(&new)).await?;
    Ok(Tasks { unfinished: of_known.into_iter().chain(of_new).collect(), ended })
}

pub(super) async fn schedules(
    reader: &mut Reader,
    tenant: &Tenant,
    newer_than: Option<u64>,
    rounds: &mut Rounds,
) -> Result<Vec<Schedule>, Failure> {
    if let Some(since) = newer_than {
        let written = rounds.time(Collector::Schedules, reader.written_schedules(since)).await?;
        let read = rounds.time(Collector::Schedules, reader.schedules_by_id(&written.present)).await?;
        if let Some(schedules) = merge(tenant.schedules.rows(), read, &written, |schedule| schedule.id) {
            return Ok(schedules);
        }
    }
    rounds.time(Collector::Schedules, reader.schedules()).await
}

/// Rows as they are now; `None` if some are gone, or cannot be used.
fn merge<'a, T: Clone + 'a>(
    before: impl Iterator<Item = &'a T>,
    read: Vec<T>,
    written: &Written,
    id: impl Fn(&T) -> Uuid,
) -> Option<Vec<T>> {
    if read.len() != written.present.len() {
        return None;
    }
    let changed: Ids = written.present.iter().chain(&written.past).copied().collect();
    let rows = in_order(before, read, |id| !changed.contains(id), id);
    (rows.len() as u64 == written.all_present).then_some(rows)
}

/// Rows keep their places, since a snapshot is made sooner if what it shows comes in the order of the one before.
fn in_order<'a, T: Clone + 'a>(
    before: impl Iterator<Item = &'a T>,
    read: Vec<T>,
    is_kept: impl Fn(&Uuid) -> bool,
    id: impl Fn(&T) -> Uuid,
) -> Vec<T> {
    let mut read: BTreeMap<Uuid, T> = read.into_iter().map(|row| (id(&row), row)).collect();
    let as_it_is_now = |row: &T| read.remove(&id(row)).or_else(|| is_kept(&id(row)).then(|| row.clone()));
    let mut rows: Vec<T> = before.filter_map(as_it_is_now).collect();
    rows.extend(read.into_values());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An id and what its row says.
    type Row = (u128, char);

    fn merged(before: &[Row], read: &[Row], past: &[u128], all_present: u64) -> Option<Vec<Row>> {
        let written = Written {
            present: read.iter().map(|row| Uuid::from_u128(row.0)).collect(),
            past: past.iter().copied().map(Uuid::from_u128).collect(),
            all_present,
        };
        merge(before.iter(), read.to_vec(), &written, |row| Uuid::from_u128(row.0))
    }

    #[test]
    fn rows_written_since_stand_for_those_of_before() {
        let before = [(1, 'a'), (2, 'b'), (3, 'c')];
        assert_eq!(merged(&before, &[], &[], 3), Some(before.to_vec()));
        assert_eq!(merged(&before, &[(2, 'B'), (4, 'D')], &[3], 3), Some(vec![(1, 'a'), (2, 'B'), (4, 'D')]));
        assert_eq!(merged(&[], &[], &[], 0), Some(vec![]));
        assert_eq!(merged(&before, &[], &[1, 2, 3, 9], 0), Some(vec![]), "9 began and ended in between");
    }

    #[test]
    fn rows_keep_their_places_and_new_ones_come_last() {
        let before = [(3, 'c'), (1, 'a'), (2, 'b')];
        assert_eq!(merged(&before, &[(4, 'D'), (3, 'C')], &[1], 3), Some(vec![(3, 'C'), (2, 'b'), (4, 'D')]));
    }

    #[test]
    fn rows_that_are_gone_without_a_trace_are_noticed() {
        let before = [(1, 'a'), (2, 'b')];
        assert_eq!(merged(&before, &[], &[], 1), None);
        assert_eq!(merged(&before, &[(3, 'c')], &[], 2), None, "one went and one came");
        assert_eq!(merged(&before, &[], &[2], 2), None, "what could not be used before may be there again");
    }

    #[test]
    fn a_row_that_cannot_be_used_does_not_stand_for_one_that_is_gone() {
        let before = [(1, 'a'), (2, 'b')];
        let written = Written { present: vec![Uuid::from_u128(3)], past: vec![], all_present: 2 };
        assert_eq!(merge(before.iter(), vec![], &written, |row: &Row| Uuid::from_u128(row.0)), None);
    }
}
