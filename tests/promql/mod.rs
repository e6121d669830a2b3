//! Static checks of PromQL against the exporter's catalogue: does each metric, label and value exist, can the sides of
//! each operation match, and do the units go together.
//!
//! ```ignore
//! let mut catalogue = Catalogue::of_exporter();
//! // The labels and unit of the result, or everything that is wrong, in plain words.
//! let answer: Result<Answer, Vec<String>> = catalogue.analyse("sum by (tenant) (cloacina_state_tasks)");
//! assert!(answer?.labels.always.contains("tenant"));
//! catalogue.record("tenant:tasks:sum", &answer?); // later expressions may name the recording rule
//! catalogue.allow_raw("cloacina_state_trigger_fires_total"); // a counter that may stand outside rate()
//!
//! // Of Grafana: `$__rate_interval`, `$tenant`, `${tenant:regex}`, `[[tenant]]` are replaced first.
//! grafana::analyse(&catalogue, "rate(cloacina_state_events_total{tenant=~\"$tenant\"}[$__rate_interval])")?;
//! grafana::analyse_variable(&catalogue, "label_values(cloacina_state_up, tenant)")?;
//! grafana::variables("…"); // the names of the variables that a text uses
//!
//! for file in rules::files() {} // alerts/*.yaml, read; `rules::catalogue()` knows what they record
//! ```
//!
//! Nothing is evaluated: an expression that passes may still have an empty answer. Each scraped series has the labels
//! `job` and `instance`; a database's own labels (tenant, workflow, schedule, task) may have any value, those of a closed
//! set only the values that the exporter gives them.

// Every test binary compiles the whole module and uses a part of it; nothing leaves the binary.
#![allow(dead_code, unused_imports, unreachable_pub, missing_debug_implementations)]

mod aggregation;
mod binary;
mod call;
mod catalogue;
pub mod grafana;
mod infer;
mod labels;
mod measure;
pub mod rules;
mod selector;

pub use catalogue::Catalogue;
pub use infer::Answer;
pub use labels::Labels;
pub use measure::{Base, Measure};
