//! Properties of `Calendar`: one order of instants whatever is asked, and no text or instant that it cannot stand.

use cloacina_exporter::calendar::{Calendar, second_of};
use cloacina_exporter::record::{Span, Timestamp};
use proptest::prelude::*;

use crate::situation::time;

/// With changes of an hour, of half an hour, at midnight, none, and one that is behind UTC by more than half a day.
const ZONES: [&str; 9] = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
];

fn field(values: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = String> {
    let (low, high) = (*values.start(), *values.end());
    prop_oneof![
        3 => Just("*".to_owned()),
        2 => (2..=high.max(2)).prop_map(|step| format!("*/{step}")),
        3 => prop::collection::btree_set(values, 1..4)
            .prop_map(|set| set.iter().map(u32::to_string).collect::<Vec<_>>().join(",")),
        1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
    ]
}

fn day() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just("*".to_owned()), 1 => Just("L".to_owned()), 2 => field(1..=31)]
}

fn expression() -> impl Strategy<Value = String> {
    let seconds = prop_oneof![2 => Just(String::new()), 1 => field(0..=59).prop_map(|field| field + " ")];
    let rest = (
        field(0..=59),
        field(0..=23),
        day(),
        Just("*"),
        prop_oneof![3 => Just("*".to_owned()), 1 => field(0..=6)],
    );
    (seconds, rest).prop_map(|(seconds, (minute, hour, day, month, weekday))| {
        format!("{seconds}{minute} {hour} {day} {month} {weekday}")
    })
}

/// Within 3 hours of a change of one of the clocks, most often.
fn instant() -> impl Strategy<Value = Timestamp> {
    let changes = [
        "2026-03-08 07:00",
        "2026-11-01 06:00",
        "2026-03-29 01:00",
        "2026-10-25 01:00",
        "2026-04-04 15:00",
        "2026-10-03 15:30",
        "2026-04-05 03:00",
        "2026-09-06 04:00",
        "2026-04-23 22:00",
        "2026-10-29 21:00",
        "2026-01-01 00:00",
    ];
    let within = Span::from_seconds(3 * 3600).0;
    (prop::sample::select(changes.to_vec()), -within..within)
        .prop_map(|(change, by)| time(change).plus(Span(by)))
}

fn instants(calendar: &Calendar, from: Timestamp, count: usize) -> Vec<Timestamp> {
    std::iter::successors(calendar.next_after(from), |at| calendar.next_after(*at)).take(count).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn instants_are_whole_seconds_that_only_grow_and_are_the_same_wherever_one_begins(
        expression in expression(),
        zone in prop::sample::select(ZONES.to_vec()),
        from in instant(),
        later in 0..7_200_000_000_i64,
    ) {
        let calendar = Calendar::new(&expression, Some(zone)).unwrap();
        let all = instants(&calendar, from, 40);
        prop_assert!(all.first().is_none_or(|first| *first > from));
        prop_assert!(all.iter().all(|at| second_of(*at) == *at), "{all:?}");
        prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
        let later = from.plus(Span(later));
        let rest: Vec<Timestamp> = all.iter().copied().filter(|at| *at > second_of(later)).collect();
        prop_assert_eq!(instants(&calendar, later, rest.len()), rest, "{} in {} after {:?}", expression, zone, later);
    }

    #[test]
    fn no_instant_is_too_much(expression in expression(), zone in prop::sample::select(ZONES.to_vec()), at in any::<i64>()) {
        let calendar = Calendar::new(&expression, Some(zone)).unwrap();
        let next = calendar.next_after(Timestamp(at));
        prop_assert!(next.is_none_or(|next| next > Timestamp(at)));
    }

    #[test]
    fn no_text_is_too_much(expression in "\\PC{0,40}", zone in "\\PC{0,20}", after in any::<i64>()) {
        if let Ok(calendar) = Calendar::new(&expression, Some(&zone)) {
            calendar.next_after(Timestamp(after));
        }
    }

    /// Made of what expressions are made of.
    #[test]
    fn no_near_expression_is_too_much(expression in "[-0-9*/,?LW#@a-zA-Z ]{0,60}", after in instant()) {
        if let Ok(calendar) = Calendar::new(&expression, None) {
            calendar.next_after(after);
        }
    }

    #[test]
    fn no_length_is_too_much(part in "\\PC{1,3}|[0-9],|\\* |/", times in 0..3000_usize) {
        let _ = Calendar::new(&part.repeat(times), None);
    }
}
