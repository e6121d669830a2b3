//! Runs every query of a dashboard against a Prometheus, in the ways that its variables allow, and judges the answers.

use std::collections::BTreeSet;

use crate::ask::{self, Answer};
use crate::grafana::{Dashboard, Format, Panel, Target, Variable};
use crate::needs;
use crate::report::Tally;
use crate::substitute::{Choice, Choices, substitute};
use crate::support::prometheus::Prometheus;

/// How much the Prometheus has to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload<'a> {
    /// Everything but the panels listed: their queries, named `uid/panel`, may give nothing.
    Full { may_be_empty: &'a [&'a str] },
    /// A Cloacina without rows.
    Empty,
}

/// How a query says that nothing is 0.
const OR_ZERO: &str = " or vector(0)";

/// A dashboard against one Prometheus.
struct Check<'a> {
    prometheus: &'a Prometheus,
    dashboard: &'a Dashboard,
    workload: Workload<'a>,
    /// By variable, in their order.
    values: Vec<(&'a Variable, Vec<String>)>,
    tally: Tally,
}

pub async fn dashboard(prometheus: &Prometheus, dashboard: &Dashboard, workload: Workload<'_>) -> Tally {
    let tally = Tally::new(&dashboard.uid);
    let mut check = Check { prometheus, dashboard, workload, values: Vec::new(), tally };
    for variable in dashboard.variables() {
        check.variable(variable).await;
    }
    for panel in dashboard.panels() {
        check.tally.panels += 1;
        check.panel(panel).await;
    }
    for annotation in dashboard.annotations() {
        if let Some(expression) = &annotation.expr {
            check.annotation(&annotation.name, expression).await;
        }
    }
    check.tally
}

impl<'a> Check<'a> {
    async fn variable(&mut self, variable: &'a Variable) {
        let Some(definition) = variable.definition() else { return };
        let place = format!("{}/variable {}", self.dashboard.uid, variable.name);
        let choices = self.choices().into_iter().next().unwrap_or_default();
        let values = match self.fill(definition, &choices, None, None) {
            Ok(definition) => ask::values(self.prometheus, &definition).await,
            Err(finding) => Err(finding),
        };
        self.tally.queries += 1;
        match values {
            Err(finding) => self.tally.find(&place, &finding),
            Ok(values) => {
                if values.is_empty() && self.workload != Workload::Empty {
                    self.tally.find(&place, "no values");
                }
                self.values.push((variable, values));
            }
        }
    }

    async fn panel(&mut self, panel: &Panel) {
        let place = format!("{}/{}", self.dashboard.uid, panel.title);
        let mut answers = Vec::new();
        for target in panel.targets() {
            answers.push((target, self.target(&place, panel, target).await));
        }
        if matches!(self.workload, Workload::Full { .. }) {
            for finding in needs::missing_columns(panel, &answers) {
                self.tally.find(&place, &finding);
            }
        }
    }

    /// Gives the first answer.
    async fn target(&mut self, place: &str, panel: &Panel, target: &Target) -> Answer {
        let named = format!("{place} ({})", target.ref_id);
        let first = self.answered(&named, panel, target, self.choices()).await;
        self.tally.series += first.series.len();
        if first.findings.is_empty() {
            match self.workload {
                Workload::Empty => self.judge_zero(&named, target, &first),
                Workload::Full { .. } if first.is_empty() => self.empty(place, &named),
                Workload::Full { .. } => self.judge(&named, panel, target, &first).await,
            }
        }
        first
    }

    fn empty(&mut self, place: &str, named: &str) {
        self.tally.empty += 1;
        self.tally.empties.insert(place.to_owned());
        if !self.may_be_empty(place) {
            self.tally.find(named, "an empty answer");
        }
    }

    /// Over an empty database, a query that falls back to 0 says 0.
    fn judge_zero(&mut self, named: &str, target: &Target, answer: &Answer) {
        self.tally.empty += usize::from(answer.is_empty());
        if target.expression().contains(OR_ZERO)
            && (answer.is_empty() || answer.values.iter().any(|value| *value != 0.0))
        {
            self.tally.find(named, &format!("{:?} instead of 0", answer.values));
        }
    }

    async fn judge(&mut self, named: &str, panel: &Panel, target: &Target, answer: &Answer) {
        for label in needs::legend_labels(&target.legend_format) {
            if !answer.has_label(label) {
                self.tally.find(named, &format!("no series has the label {label} of the legend"));
            }
        }
        if target.format == Format::Heatmap && !answer.has_label("le") {
            self.tally.find(named, "a heatmap without buckets");
        }
        for selector in needs::selectors(target.expression()) {
            if self.instants(named, panel, selector).await.is_empty() {
                self.tally.find(named, &format!("no series for {selector}"));
            }
        }
        self.each_choice(named, panel, target).await;
        if target.exemplar {
            self.exemplars(named, panel, target).await;
        }
    }

    /// For each of the target's variables that can stand at All: some value of it, alone, has an answer.
    async fn each_choice(&mut self, named: &str, panel: &Panel, target: &Target) {
        let own = self.values.iter().filter(|(variable, _)| {
            variable.include_all && needs::mentions(target.expression(), &variable.name)
        });
        let groups: Vec<_> = own.map(|(variable, values)| (variable.name.clone(), values.clone())).collect();
        for (variable, values) in groups {
            let ways = values.iter().flat_map(|value| {
                self.choices().into_iter().map(|mut choices| {
                    choices.insert(variable.clone(), Choice::One(value.clone()));
                    choices
                })
            });
            if self.answered(named, panel, target, ways.collect()).await.is_empty() {
                self.tally.find(named, &format!("an empty answer for every value of {variable}"));
            }
        }
    }

    /// The first answer that is not empty. All ways are asked, for what has a value elsewhere may be none in one of them.
    async fn answered(&mut self, named: &str, panel: &Panel, target: &Target, ways: Vec<Choices>) -> Answer {
        let mut first = Answer::default();
        for choices in ways {
            let answer = self.ask(panel, target, &choices).await;
            self.note(named, &answer);
            if first.is_empty() {
                first = answer;
            }
        }
        first
    }

    /// The first answer that is not empty to an instant query that is a part of a panel's.
    async fn instants(&mut self, named: &str, panel: &Panel, expression: &str) -> Answer {
        let mut last = Answer::default();
        for choices in self.choices() {
            last = match self.fill(expression, &choices, Some(panel), None) {
                Ok(expression) => ask::instant(self.prometheus, &expression).await,
                Err(finding) => Answer::finding(finding),
            };
            self.note(named, &last);
            if !last.is_empty() {
                break;
            }
        }
        last
    }

    fn note(&mut self, named: &str, answer: &Answer) {
        self.tally.queries += 1;
        for finding in &answer.findings {
            self.tally.find(named, finding);
        }
    }

    async fn ask(&self, panel: &Panel, target: &Target, choices: &Choices) -> Answer {
        let mut expression = target.expression().to_owned();
        if self.workload != Workload::Empty {
            // It would hide that what comes before gives nothing.
            expression = expression.replace(OR_ZERO, "");
        }
        let expression = match self.fill(&expression, choices, Some(panel), target.interval.as_deref()) {
            Ok(expression) => expression,
            Err(finding) => return Answer::finding(finding),
        };
        let mut answer = Answer::default();
        if target.is_instant() {
            answer = ask::instant(self.prometheus, &expression).await;
        }
        if target.is_range() {
            answer.extend(ask::range(self.prometheus, &expression).await);
        }
        answer
    }

    async fn exemplars(&mut self, named: &str, panel: &Panel, target: &Target) {
        let choices = self.choices().into_iter().next().unwrap_or_default();
        let Ok(expression) = self.fill(target.expression(), &choices, Some(panel), None) else { return };
        self.tally.queries += 1;
        match ask::exemplars(self.prometheus, &expression).await {
            Ok(0) => self.tally.find(named, "no exemplar has a trace"),
            Ok(_) => {}
            Err(finding) => self.tally.find(named, &finding),
        }
    }

    async fn annotation(&mut self, name: &str, expression: &str) {
        let place = format!("{}/annotation {name}", self.dashboard.uid);
        let choices = self.choices().into_iter().next().unwrap_or_default();
        let answer = match self.fill(expression, &choices, None, None) {
            Ok(expression) => ask::range(self.prometheus, &expression).await,
            Err(finding) => Answer::finding(finding),
        };
        self.note(&place, &answer);
        self.tally.series += answer.series.len();
        if answer.is_empty() && answer.findings.is_empty() {
            self.empty(&place, &place);
        }
    }

    /// All, once for each value of a variable that cannot stand at All.
    fn choices(&self) -> Vec<Choices> {
        let mut ways = vec![Choices::new()];
        for (variable, values) in &self.values {
            let offered: Vec<_> = if variable.include_all {
                vec![Choice::All]
            } else {
                values.iter().map(|value| Choice::One(value.clone())).collect()
            };
            // Without any value Grafana puts nothing in.
            let offered = if offered.is_empty() { vec![Choice::One(String::new())] } else { offered };
            ways = offered
                .into_iter()
                .flat_map(|choice| {
                    ways.iter().cloned().map(move |mut way| {
                        way.insert(variable.name.clone(), choice.clone());
                        way
                    })
                })
                .collect();
        }
        ways
    }

    fn fill(
        &self,
        text: &str,
        choices: &Choices,
        panel: Option<&Panel>,
        least_step: Option<&str>,
    ) -> Result<String, String> {
        substitute(text, self.dashboard, choices, (self.dashboard.range(panel), least_step))
    }

    fn may_be_empty(&self, place: &str) -> bool {
        match self.workload {
            Workload::Full { may_be_empty } => may_be_empty.contains(&place),
            Workload::Empty => true,
        }
    }
}

/// Those of `listed` that had an answer everywhere, so that they need not be listed.
pub fn listed_in_vain<'a>(listed: &[&'a str], tallies: &[Tally]) -> BTreeSet<&'a str> {
    let empty = |place: &&str| tallies.iter().any(|tally| tally.empties.contains(*place));
    listed.iter().copied().filter(|place| !empty(place)).collect()
}
