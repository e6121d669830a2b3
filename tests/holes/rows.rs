//! Cases about rows: changed twice between two polls, without an event, apart from their event, or after their end.

use std::time::Duration;

use super::{Case, OVERLAP, merge};
use crate::support::writer::engine::Step;
use crate::support::writer::{delete_events, now};
use crate::{LIFE, SCHEMA, perform_at_once, support::writer::connect};

#[tokio::test]
async fn row_13_cancellations_between_two_polls_are_found_among_many_old_ones() {
    let mut case = Case::with_movable_clock().await;
    case.execute(
        "INSERT INTO workflow_executions (id, workflow_name, status, completed_at, created_at, updated_at) \
         SELECT gen_random_uuid(), 'old', 'Cancelled', now() - interval '1 day', now() - interval '1 day', now() \
         FROM generate_series(1, 500)",
    )
    .await;
    // So wide that the minute which passes below is no gap: the scan after a gap is not what is tested.
    let mut poller = case.poller_at(&case.url, Duration::from_secs(60)).await;
    let mut runner = case.runner().await;
    for number in 0..10 {
        let mut cancelled = runner.plan(&format!("w{number}"), 1);
        runner.perform(&mut cancelled, &[Step::Create]).await;
        if number < 5 {
            runner.perform(&mut cancelled, &[Step::ReadyAll]).await;
        }
        runner.perform(&mut cancelled, &[Step::Cancel]).await;
    }
    poller.poll().await;
    assert_eq!(poller.totals().sum("executions"), 5, "those that an event names");
    case.cluster.shift_clock(61);
    poller.poll().await;
    poller.assert_counted(&runner.truth);
}

#[tokio::test]
async fn row_14_tasks_left_by_cancelled_executions_are_not_read_again() {
    let mut case = Case::new().await;
    let mut runner = case.runner().await;
    for number in 0..20 {
        let mut cancelled = runner.plan(&format!("w{number}"), 15);
        runner.perform(&mut cancelled, &[Step::Create, Step::Cancel]).await;
    }
    let mut active = runner.plan("active", 3);
    runner.perform(&mut active, &[Step::Create]).await;
    let mut poller = case.poller().await;
    poller.poll().await;
    let batch = poller.batch.as_ref().unwrap();
    assert_eq!((batch.levels.tasks.len(), batch.tasks.len()), (3, 0));
}

#[tokio::test]
async fn row_15_what_happens_to_a_task_between_two_polls_before_its_execution_is_cancelled_counts() {
    let mut case = Case::new().await;
    let mut poller = case.poller().await;
    let mut runner = case.runner().await;
    let known: [&[Step]; 4] = [
        &[Step::Retry(0), Step::Start(0), Step::Retry(0), Step::Cancel],
        &[Step::Recover(0), Step::Start(0), Step::Recover(0), Step::Cancel],
        &[Step::Recover(0), Step::Start(0), Step::Retry(0), Step::Start(0), Step::Complete(0), Step::Cancel],
        &[Step::Cancel, Step::Complete(0)],
    ];
    let mut executions = Vec::new();
    for number in 0..known.len() {
        let mut execution = runner.plan(&format!("known{number}"), 2);
        runner.perform(&mut execution, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
        executions.push(execution);
    }
    poller.poll().await;
    for (execution, steps) in executions.iter_mut().zip(known) {
        runner.perform(execution, steps).await;
    }
    // One that is born and cancelled between the two.
    let mut unknown = runner.plan("unknown", 2);
    runner.perform(&mut unknown, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
    runner.perform(&mut unknown, &[Step::Retry(0), Step::Start(0), Step::Recover(0), Step::Cancel]).await;
    // No event says that its task was recovered.
    let mut silent = runner.plan("silent", 2);
    let recovered = [Step::Recover(0), Step::Start(0), Step::Recover(0), Step::Cancel];
    runner.perform(&mut silent, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
    runner.perform(&mut silent, &recovered).await;
    // A left-over task ends only after its execution was found cancelled.
    let mut later = runner.plan("later", 1);
    runner.perform(&mut later, &[Step::Create, Step::ReadyAll, Step::Start(0), Step::Cancel]).await;
    poller.poll().await;
    runner.perform(&mut later, &[Step::Retry(0), Step::Start(0), Step::Fail(0)]).await;
    poller.poll().await;
    poller.assert_counted(&runner.truth);
}

#[tokio::test]
async fn row_18_executions_that_ended_while_nobody_polled_count_though_retention_took_their_events() {
    let mut case = Case::with_movable_clock().await;
    let mut poller = case.poller().await;
    let mut runner = case.runner().await;
    for number in 0..5 {
        runner.succeed(&format!("a{number}")).await;
    }
    let between = now();
    for number in 0..5 {
        runner.succeed(&format!("b{number}")).await;
    }
    assert_eq!(delete_events(&mut connect(&case.url, SCHEMA).await, between).await, 15);
    runner.truth.events.retain(|_, (_, at)| *at >= between);
    poller.restart();
    case.cluster.shift_clock(10);
    poller.poll().await;
    poller.assert_counted(&runner.truth);
}

#[tokio::test]
async fn row_19_events_and_rows_may_come_in_either_order_and_far_apart() {
    let mut case = Case::new().await;
    let mut poller = case.poller().await;
    let mut runner = case.runner().await;
    let mut execution = runner.plan("w", 2);
    let start = [Step::Create, Step::ReadyAll, Step::Start(0), Step::Start(1)];
    runner.perform(&mut execution, &start).await;
    poller.poll().await;
    let first = runner.write_events(&execution, Step::Complete(0)).await;
    let second = runner.write_rows(&mut execution, Step::Fail(1), None).await;
    super::poll_for(&mut poller, OVERLAP + OVERLAP / 2).await;
    poller.restart();
    poller.poll().await;
    runner.write_rows(&mut execution, Step::Complete(0), Some(first)).await;
    runner.insert_events(&execution, &second).await;
    poller.poll().await;
    runner.perform(&mut execution, &[Step::End]).await;
    poller.poll().await;
    poller.assert_counted(&runner.truth);
}

#[tokio::test]
async fn row_19_a_task_whose_event_comes_long_after_its_row_counts_once_while_its_execution_lives() {
    let mut case = Case::with_movable_clock().await;
    let mut poller = case.poller().await;
    let (mut slow, mut fresh) = (case.runner().await, case.runner().await);
    let mut execution = slow.plan("w", 2);
    slow.perform(&mut execution, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
    poller.poll().await;
    // All clocks agree that the task ended long ago, so that its id need not be remembered for its age.
    case.cluster.shift_clock(-3600);
    slow.set_skew(-1800.0);
    let mut write = slow.write_rows(&mut execution, Step::Complete(0), None).await;
    poller.poll().await;
    case.cluster.shift_clock(0);
    fresh.succeed("fresh").await;
    poller.poll().await;
    poller.restart();
    write.events[0].created_at = now();
    slow.insert_events(&execution, &write).await;
    poller.poll().await;
    poller.assert_counted(&merge([&slow, &fresh]));
}

#[tokio::test]
async fn row_20_an_execution_re_opened_by_hand_counts_once() {
    let mut case = Case::new().await;
    let mut poller = case.poller().await;
    let mut runner = case.runner().await;
    let mut execution = runner.succeed("w").await;
    poller.poll().await;
    case.execute("UPDATE workflow_executions SET status = 'Running', completed_at = NULL").await;
    poller.poll().await;
    runner.perform(&mut execution, &[Step::End]).await;
    poller.poll().await;
    assert_eq!(runner.truth.executions.len(), 1);
    poller.assert_counted(&runner.truth);
}

#[tokio::test]
async fn what_a_transaction_undid_does_not_count() {
    let mut case = Case::new().await;
    let mut poller = case.poller().await;
    let mut runner = case.runner().await;
    for end in ["ROLLBACK", "ROLLBACK TO before"] {
        runner.begin().await;
        runner.say("SAVEPOINT before").await;
        let mut undone = runner.plan("undone", 1);
        perform_at_once(&mut runner, &mut undone, &LIFE).await;
        poller.poll().await;
        if end == "ROLLBACK" {
            runner.rollback().await;
        } else {
            runner.say(end).await;
            runner.rollback().await;
        }
    }
    runner.succeed("w").await;
    poller.poll().await;
    poller.assert_counted(&runner.truth);
}
