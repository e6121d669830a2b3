//! No row can make the fold or the page panic: any instant in any column, any text, in any order of polls.

use std::sync::Arc;

use cloacina_exporter::record::{ExecutionStatus, Fire, FiredExecution, Schedule, ScheduleKind, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::builders::*;
use crate::situation::time;
use crate::timeline::{Poll, Timeline, metrics, poll};

fn instant() -> impl Strategy<Value = Timestamp> {
    let near = time("10:00").0;
    prop_oneof![
        3 => (-90_000_000_000..90_000_000_000_i64).prop_map(move |by| Timestamp(near + by)),
        1 => any::<i64>().prop_map(Timestamp),
        1 => prop::sample::select(vec![Timestamp::MIN, Timestamp::MAX, Timestamp(0), Timestamp(-1)]),
    ]
}

fn maybe() -> impl Strategy<Value = Option<Timestamp>> {
    prop::option::of(instant())
}

fn text() -> impl Strategy<Value = Option<Arc<str>>> {
    let usual = [
        "* * * * *",
        "0 * * * *",
        "*/7 * * * * *",
        "0 0 30 2 *",
        "UTC",
        "America/New_York",
        "run_all",
        "skip",
        "",
    ];
    let text =
        prop_oneof![4 => prop::sample::select(usual.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,12}"];
    prop::option::weighted(0.9, text.prop_map(Arc::from))
}

fn cron() -> impl Strategy<Value = Option<Arc<str>>> {
    let usual = prop::sample::select(vec!["* * * * *", "0 * * * *", "*/7 * * * * *"]);
    prop_oneof![3 => usual.prop_map(|cron| Some(Arc::from(cron))), 1 => text()]
}

prop_compose! {
    /// One of three rows.
    fn schedule()(
        id in 1..4_u128,
        [is_cron, enabled, paused] in prop::array::uniform3(prop::bool::weighted(0.8)),
        [instance_name, trigger_name, timezone, catchup] in [text(), text(), text(), text()],
        cron in cron(),
        [paused_at, start_date, end_date, next_run_at, last_run_at, last_poll_at] in
            [maybe(), maybe(), maybe(), maybe(), maybe(), maybe()],
        created_at in instant(),
        poll_interval_ms in prop::option::of(any::<i64>()),
    ) -> Schedule {
        Schedule {
            id: Uuid::from_u128(id),
            kind: if is_cron { ScheduleKind::Cron } else { ScheduleKind::Trigger },
            paused: !paused,
            instance_name, trigger_name, enabled, paused_at, cron, timezone, catchup, start_date, end_date,
            poll_interval_ms, created_at, next_run_at, last_run_at, last_poll_at,
            ..crate::builders::cron("etl", "")
        }
    }
}

prop_compose! {
    fn fire()(
        id in 1..6_u128,
        schedule in 1..4_u128,
        scheduled_time in maybe(),
        started_at in instant(),
        completed_at in maybe(),
        recovery_attempts in prop_oneof![0..5_u32, any::<u32>()],
        execution in prop::option::of((0..6_usize, maybe())),
    ) -> Fire {
        use ExecutionStatus::{Cancelled, Completed, Failed, Other, Pending, Running};
        let statuses = [Pending, Running, Completed, Failed, Cancelled, Other];
        let execution = execution.map(|(status, completed_at)| {
            FiredExecution { id: Uuid::from_u128(id), status: statuses[status], created_at: completed_at, completed_at }
        });
        let schedule = Uuid::from_u128(schedule);
        Fire { id: Uuid::from_u128(id), schedule, scheduled_time, started_at, completed_at, recovery_attempts, execution }
    }
}

prop_compose! {
    fn any_poll()(
        at in instant(),
        schedules in prop::collection::vec(schedule(), 0..3),
        fires in prop::collection::vec(fire(), 0..6),
        created in prop::option::of(instant()),
    ) -> Poll {
        let active = created.map(|at| execution("etl").created(at));
        let mut schedules = schedules;
        schedules.sort_by_key(|row| row.id);
        schedules.dedup_by_key(|row| row.id);
        poll(at).schedules(schedules).fires(fires).executions(active)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_row_makes_the_fold_or_the_page_panic(polls in prop::collection::vec(any_poll(), 1..6)) {
        let mut timeline = Timeline::new(metrics());
        for poll in polls {
            timeline = timeline.poll(poll);
            timeline.lines(&[]);
            timeline = timeline.restarted();
        }
    }
}
