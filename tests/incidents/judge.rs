//! Judges what a webhook was told against what an incident must and may cause. Pure: tested with made notices.

use std::collections::{BTreeMap, BTreeSet};

/// One alert of one notification.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Seconds on the clock of the suite.
    pub at: f64,
    pub firing: bool,
    pub labels: BTreeMap<String, String>,
}

/// An alert that must fire, with the labels that it must have among others.
#[derive(Debug, Clone, Copy)]
pub struct Must {
    pub alert: &'static str,
    pub labels: &'static [(&'static str, &'static str)],
}

/// An alert that tells the truth if it fires, and may come too late to do so.
#[derive(Debug, Clone, Copy)]
pub struct May {
    pub alert: &'static str,
    #[allow(dead_code, reason = "it is for the reader of the incident")]
    pub because: &'static str,
}

/// On the same clock as the notices.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub began: f64,
    pub mended: f64,
    /// All was told to be over, or that was given up.
    pub ended: f64,
}

#[derive(Debug, Default)]
pub struct Verdict {
    /// In the order of the incident's, with the seconds from the beginning to the first notice.
    pub fired: Vec<(&'static str, Option<f64>)>,
    pub also: BTreeSet<String>,
    /// Seconds from the mend to the last notice that something is over.
    pub cleared: Option<f64>,
    /// What is wrong, if anything.
    pub faults: Vec<String>,
}

impl Notice {
    pub fn alert(&self) -> &str {
        self.labels.get("alertname").map_or("", String::as_str)
    }

    /// "" for alerts that are not about one.
    pub fn tenant(&self) -> &str {
        self.labels.get("tenant").map_or("", String::as_str)
    }

    pub fn is(&self, must: &Must) -> bool {
        let has = |(name, value): &(&str, &str)| self.labels.get(*name).is_some_and(|found| found == value);
        self.alert() == must.alert && must.labels.iter().all(has)
    }
}

/// `notices` are those of the incident's tenant, in order. A tenant to which nothing happened has no `times`.
pub fn judge(must: &[Must], may: &[May], times: Option<Times>, notices: &[Notice]) -> Verdict {
    let mut verdict = Verdict::default();
    let began = times.map_or(f64::INFINITY, |times| times.began);
    let ended = times.map_or(f64::INFINITY, |times| times.ended);
    for must in must {
        let first = notices.iter().find(|notice| notice.firing && notice.at >= began && notice.is(must));
        if first.is_none() {
            verdict.faults.push(format!("MISSED {}{}", must.alert, labels(must.labels)));
        }
        verdict.fired.push((must.alert, first.map(|notice| notice.at - began)));
    }
    for notice in notices.iter().filter(|notice| notice.firing) {
        let allowed = (began..=ended).contains(&notice.at)
            && (must.iter().any(|must| notice.is(must)) || may.iter().any(|may| may.alert == notice.alert()));
        let wanted = must.iter().any(|must| notice.is(must));
        if !allowed {
            verdict.faults.push(format!("FALSE {:?}, at {:.1} s of the suite", notice.labels, notice.at));
        } else if !wanted {
            verdict.also.insert(notice.alert().to_owned());
        }
    }
    // Each alert is notified again while it lasts.
    verdict.faults.sort();
    verdict.faults.dedup_by(|one, other| one.split(", at ").next() == other.split(", at ").next());
    let last = last_notices(notices.iter().filter(|notice| notice.at <= ended));
    let open = last.iter().filter(|notice| notice.firing);
    verdict.faults.extend(open.clone().map(|notice| format!("NOT CLEARED {:?}", notice.labels)));
    if let Some(times) = times.filter(|_| open.count() == 0) {
        let over = last.iter().map(|notice| notice.at - times.mended).reduce(f64::max);
        verdict.cleared = over.map(|seconds| seconds.max(0.0));
    }
    verdict
}

/// The alerts that the newest notice about them calls firing.
pub fn firing(notices: &[Notice]) -> Vec<&Notice> {
    last_notices(notices.iter()).into_iter().filter(|notice| notice.firing).collect()
}

fn last_notices<'a>(notices: impl Iterator<Item = &'a Notice>) -> Vec<&'a Notice> {
    let mut last = BTreeMap::new();
    for notice in notices {
        last.insert(&notice.labels, notice);
    }
    last.into_values().collect()
}

fn labels(labels: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}}", pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATE: &[Must] = &[Must { alert: "Late", labels: &[("schedule", "a")] }];
    const SKIPPED: &[May] = &[May { alert: "Skipped", because: "a late one is skipped in the end" }];
    const TIMES: Option<Times> = Some(Times { began: 10.0, mended: 20.0, ended: 30.0 });

    fn notice(at: f64, firing: bool, alert: &str, schedule: &str) -> Notice {
        let labels = [("alertname", alert), ("schedule", schedule)];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Notice { at, firing, labels: BTreeMap::from(labels) }
    }

    fn faults(times: Option<Times>, notices: &[Notice]) -> Vec<String> {
        judge(LATE, SKIPPED, times, notices).faults
    }

    #[test]
    fn an_alert_that_fires_and_clears_is_as_it_should_be() {
        let notices = [
            notice(12.5, true, "Late", "a"),
            notice(15.0, true, "Skipped", "a"),
            notice(18.0, true, "Late", "a"),
            notice(21.0, false, "Skipped", "a"),
            notice(23.0, false, "Late", "a"),
        ];
        let verdict = judge(LATE, SKIPPED, TIMES, &notices);
        assert_eq!(verdict.fired, [("Late", Some(2.5))]);
        assert_eq!(verdict.also, BTreeSet::from(["Skipped".to_owned()]));
        assert_eq!((verdict.cleared, verdict.faults), (Some(3.0), vec![]));
    }

    #[test]
    fn an_alert_that_does_not_fire_is_missed() {
        assert_eq!(faults(TIMES, &[]), ["MISSED Late{schedule=\"a\"}"]);
        let other = [notice(12.0, true, "Skipped", "a"), notice(21.0, false, "Skipped", "a")];
        assert_eq!(faults(TIMES, &other), ["MISSED Late{schedule=\"a\"}"]);
    }

    #[test]
    fn an_alert_that_nothing_accounts_for_is_false() {
        let late = [notice(12.0, true, "Late", "a"), notice(21.0, false, "Late", "a")];
        for (alert, schedule) in [("Late", "b"), ("Stalled", "a")] {
            let other = [notice(13.0, true, alert, schedule), notice(21.0, false, alert, schedule)];
            let found = faults(TIMES, &[&late[..], &other].concat());
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with("FALSE"), "{found:?}");
        }
    }

    #[test]
    fn an_alert_before_the_fault_or_without_one_is_false() {
        let late = [notice(12.0, true, "Late", "a"), notice(21.0, false, "Late", "a")];
        let before = [notice(8.0, true, "Late", "a"), notice(9.0, false, "Late", "a")];
        assert!(faults(TIMES, &[&before[..], &late].concat())[0].starts_with("FALSE"));
        assert!(judge(&[], &[], None, &late).faults[0].starts_with("FALSE"));
        assert_eq!(judge(&[], &[], None, &[]).faults, Vec::<String>::new());
    }

    #[test]
    fn an_alert_that_stays_after_the_mend_is_not_cleared() {
        let late = [notice(12.0, true, "Late", "a")];
        assert!(faults(TIMES, &late)[0].starts_with("NOT CLEARED"));
        let again = [
            notice(12.0, true, "Late", "a"),
            notice(21.0, false, "Late", "a"),
            notice(22.0, true, "Late", "a"),
        ];
        assert!(faults(TIMES, &again)[0].starts_with("NOT CLEARED"));
        assert_eq!(judge(LATE, SKIPPED, TIMES, &again).cleared, None);
    }

    #[test]
    fn an_alert_that_clears_after_it_was_given_up_is_not_cleared() {
        let notices = [notice(12.0, true, "Late", "a"), notice(31.0, false, "Late", "a")];
        assert!(faults(TIMES, &notices)[0].starts_with("NOT CLEARED"));
    }

    #[test]
    fn an_alert_that_comes_again_after_all_was_over_is_false() {
        let notices = [
            notice(12.0, true, "Late", "a"),
            notice(21.0, false, "Late", "a"),
            notice(31.0, true, "Late", "a"),
            notice(32.0, false, "Late", "a"),
        ];
        let found = faults(TIMES, &notices);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("FALSE"), "{found:?}");
    }
}
