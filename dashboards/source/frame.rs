//! What all dashboards share: their names, the variables, the links between them, and alerts as annotations.

use super::grafana::{
    Annotation, Choice, Dashboard, DashboardLink, DataLink, DataSource, Element, List, TimeRange, Variable,
};
use super::query;

pub const DATA_SOURCE: DataSource = DataSource { kind: "prometheus", uid: "${datasource}" };

const TAG: &str = "cloacina";

/// Which column of a table's row says what a variable is to be.
pub type Columns = &'static [(&'static str, &'static str)];
pub const OF_TENANT: Columns = &[("job", "Job"), ("tenant", "Tenant")];
pub const OF_WORKFLOW: Columns = &[("job", "Job"), ("tenant", "Tenant"), ("workflow", "Workflow")];
pub const OF_SCHEDULE: Columns =
    &[("job", "Job"), ("tenant", "Tenant"), ("workflow", "Workflow"), ("schedule", "Schedule")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Overview,
    Schedules,
    Workflow,
    Queue,
    Exporter,
}

impl Page {
    pub const ALL: [Self; 5] = [Self::Overview, Self::Schedules, Self::Workflow, Self::Queue, Self::Exporter];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Schedules => "schedules",
            Self::Workflow => "workflow",
            Self::Queue => "queue",
            Self::Exporter => "exporter",
        }
    }

    const fn uid(self) -> &'static str {
        match self {
            Self::Overview => "cloacina-overview",
            Self::Schedules => "cloacina-schedules",
            Self::Workflow => "cloacina-workflow",
            Self::Queue => "cloacina-queue",
            Self::Exporter => "cloacina-exporter",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Cloacina / Overview",
            Self::Schedules => "Cloacina / Schedules",
            Self::Workflow => "Cloacina / Workflow",
            Self::Queue => "Cloacina / Queue and runners",
            Self::Exporter => "Cloacina / Exporter and database",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Overview => "Is anything wrong, and where? Start here.",
            Self::Schedules => "Does each schedule run when it should, and succeed in time?",
            Self::Workflow => "How one workflow does: its failures, its durations, and where the time goes.",
            Self::Queue => "Do tasks get a runner in time, and do runners live?",
            Self::Exporter => {
                "Can the figures be trusted? The exporter's reading, its database, and its pushes."
            }
        }
    }

    /// A link of a table to this dashboard, which keeps the time and sets variables to `columns` of the row.
    pub fn of_row(self, columns: Columns) -> DataLink {
        let set = |name| columns.iter().find(|(variable, _)| *variable == name);
        let query: Vec<String> = ["datasource", "job", "tenant", "workflow", "schedule"]
            .into_iter()
            .map(|name| match set(name) {
                Some((_, column)) => format!("var-{name}=${{__data.fields.{column}}}"),
                None => format!("${{{name}:queryparam}}"),
            })
            .collect();
        let url = format!("/d/{}?${{__url_time_range}}&{}", self.uid(), query.join("&"));
        DataLink { title: self.title(), url, target_blank: false }
    }
}

pub fn dashboard(page: Page, panels: Vec<Element>) -> Dashboard {
    Dashboard {
        uid: page.uid(),
        title: page.title(),
        description: page.description(),
        tags: vec![TAG],
        timezone: "browser",
        editable: true,
        graph_tooltip: 1,
        time: TimeRange { from: "now-6h", to: "now" },
        refresh: "30s",
        schema_version: 39,
        links: links(page),
        templating: List { list: variables(page, &panels) },
        annotations: List { list: vec![alerts()] },
        panels,
    }
}

fn links(page: Page) -> Vec<DashboardLink> {
    let others = Page::ALL.into_iter().filter(|&other| other != page);
    others
        .map(|other| DashboardLink {
            title: other.title(),
            kind: "link",
            icon: "dashboard",
            tooltip: other.description(),
            url: format!("/d/{}", other.uid()),
            tags: Vec::new(),
            as_dropdown: false,
            target_blank: false,
            include_vars: true,
            keep_time: true,
        })
        .collect()
}

/// Taken from metrics that are there, with values, when nothing has been executed yet; workflows show once they were seen.
///
/// A variable that no panel asks for is hidden, and only carried from one dashboard to the other.
fn variables(page: Page, panels: &[Element]) -> Vec<Variable> {
    // One workflow at a time, as its panels compare what is inside of it. "All" stays, for links that come from there.
    let one_workflow = page == Page::Workflow;
    let mut variables = vec![
        Variable {
            name: "datasource",
            label: "Data source",
            description: "The Prometheus that scrapes the exporter.",
            kind: "datasource",
            hide: 0,
            datasource: None,
            query: "prometheus".to_owned(),
            multi: false,
            include_all: false,
            all_value: None,
            current: None,
            refresh: 1,
            sort: 0,
        },
        choice("job", "Job", "The scrape job of the exporter.", "cloacina_state_up", true),
        choice("tenant", "Tenant", "A database or schema that is read.", "cloacina_state_up{@job}", true),
        choice(
            "workflow",
            "Workflow",
            "A workflow that was ever seen to end, or is active.",
            "cloacina_state_workflow_executions_total{@tenant}",
            !one_workflow,
        ),
        choice(
            "schedule",
            "Schedule",
            "A cron schedule or trigger.",
            "cloacina_state_schedule_info{@workflow}",
            true,
        ),
    ];
    for variable in &mut variables {
        let is_used =
            variable.kind == "datasource" || panels.iter().any(|panel| asks_for(panel, variable.name));
        variable.hide = if is_used { 0 } else { 2 };
    }
    variables
}

fn asks_for(element: &Element, variable: &str) -> bool {
    let Element::Panel(panel) = element else { return false };
    panel.targets.iter().any(|target| target.expr.contains(&format!("${variable}\"")))
}

fn choice(
    name: &'static str,
    label: &'static str,
    description: &'static str,
    selector: &str,
    multi: bool,
) -> Variable {
    Variable {
        name,
        label,
        description,
        kind: "query",
        hide: 0,
        datasource: Some(DATA_SOURCE),
        query: query::written_out(&format!("label_values({selector}, {name})")),
        multi,
        include_all: true,
        all_value: Some(".*"),
        // Where one is chosen, Grafana takes the first.
        current: multi.then(|| Choice { text: vec!["All"], value: vec!["$__all"] }),
        refresh: 2,
        sort: 1,
    }
}

fn alerts() -> Annotation {
    Annotation {
        name: "Firing alerts",
        datasource: DATA_SOURCE,
        enable: true,
        hide: false,
        icon_color: "red",
        expr: query::written_out(
            r#"max by (alertname, severity, tenant, workflow, schedule) (ALERTS{@firing, severity!="info"})"#,
        ),
        title_format: "{{alertname}}",
        text_format: "{{tenant}} {{workflow}} {{schedule}}",
        tag_keys: "severity,tenant,workflow,schedule",
    }
}
