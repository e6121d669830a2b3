//! Ids depend on the rows' ids alone. They are in what receivers keep, so that no version may change them.

use cloacina_exporter::record::{EventKind, ExecutionStatus, TaskStatus};
use cloacina_exporter::trace;
use cloacina_exporter::trace::ids::{attempt_span_id, root_span_id, task_span_id, trace_id};
use uuid::Uuid;

use super::builders::{TOLD, event, story, task};

#[test]
fn ids_never_change() {
    let id = Uuid::from_u128(1);
    assert_eq!(trace_id(id), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(root_span_id(id), 0x1851_c4fa_70c9_5ed6_u64.to_be_bytes());
    assert_eq!(task_span_id(id), 0xc6c7_e919_5575_5ea3_u64.to_be_bytes());
    assert_eq!(attempt_span_id(id, 1), 0x086c_467b_f27c_5bcf_u64.to_be_bytes());
    assert_eq!(attempt_span_id(id, 2), 0x3907_27f2_5625_53b1_u64.to_be_bytes());
}

#[test]
fn an_id_of_zeros_which_would_mean_none_becomes_one() {
    assert_eq!(trace_id(Uuid::nil()), Uuid::from_u128(1).into_bytes());
}

#[test]
fn a_task_is_a_child_of_its_execution_and_an_attempt_of_its_task() {
    let mut story = story(ExecutionStatus::Completed);
    story.tasks = vec![task(2, TaskStatus::Completed)];
    story.tasks[0].task.attempt = 2;
    story.events = vec![event(Some(2), EventKind::TaskRetryScheduled, 11)];
    let spans = trace::spans(&story, TOLD);
    let [root, task, first, second] = &spans[..] else { panic!("{spans:?}") };
    let id = |number: u128| Uuid::from_u128(number);
    assert_eq!((&root.span_id[..], &root.parent_span_id[..]), (&root_span_id(id(1))[..], &[][..]));
    assert_eq!((&task.span_id[..], &task.parent_span_id), (&task_span_id(id(2))[..], &root.span_id));
    assert_eq!((&first.span_id[..], &first.parent_span_id), (&attempt_span_id(id(2), 1)[..], &task.span_id));
    assert_eq!(
        (&second.span_id[..], &second.parent_span_id),
        (&attempt_span_id(id(2), 2)[..], &task.span_id)
    );
    assert!(spans.iter().all(|span| span.trace_id == trace_id(id(1))));
    assert!(spans.iter().all(|span| span.flags == 0x101), "sampled, and the parent is not remote");
}

#[test]
fn the_same_story_is_the_same_trace() {
    let mut told = story(ExecutionStatus::Failed);
    told.tasks = vec![task(2, TaskStatus::Failed), task(3, TaskStatus::Completed)];
    assert_eq!(trace::spans(&told, TOLD), trace::spans(&told.clone(), TOLD));
}
