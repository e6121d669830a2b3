//! Aggregations: what is grouped by exists, and what is summed can be.

use promql_parser::parser::{AggregateExpr, Expr, LabelModifier};

use super::infer::{Inference, Part, Raw};
use super::labels::Labels;
use super::measure::{Base, Measure};

impl Inference<'_> {
    pub fn aggregation(&mut self, aggregation: &AggregateExpr, raw: Raw) -> Part {
        let operator = aggregation.op.to_string();
        let counts = ["count", "group", "count_values"].contains(&operator.as_str());
        let inner = self.part(&aggregation.expr, if counts { Raw::Allowed } else { raw });
        if let Some(parameter) = &aggregation.param {
            self.part(parameter, Raw::Refused);
        }
        let selects = ["topk", "bottomk", "limitk", "limit_ratio"].contains(&operator.as_str());
        let grouped = self.grouped(&operator, aggregation.modifier.as_ref(), &inner.labels);
        if operator == "sum" && inner.is_instant() {
            self.find("sum adds instants");
        }
        let mut labels = if selects { inner.labels } else { grouped };
        if let (true, Some(Expr::StringLiteral(name))) =
            (operator == "count_values", aggregation.param.as_deref())
        {
            labels = labels.with(&name.val);
            labels.distinguishing.insert(name.val.clone());
        }
        let measure = match operator.as_str() {
            "count" | "group" | "count_values" => Measure::Is(Base::Number),
            "stdvar" => Measure::Unknown,
            _ => inner.measure,
        };
        Part { name: format!("{operator}(…)"), ..Part::series(labels, measure) }
    }

    fn grouped(&mut self, operator: &str, modifier: Option<&LabelModifier>, labels: &Labels) -> Labels {
        let Some(modifier) = modifier else { return Labels::default() };
        let names = &modifier.labels().labels;
        let word = if modifier.is_include() { "by" } else { "without" };
        for name in names.iter().filter(|name| *name != "__name__" && !labels.has(name)) {
            self.find(format!("{operator} {word} ({name}): there is no such label among {labels}"));
        }
        if modifier.is_include() { labels.clone().keep(names) } else { labels.clone().without(names) }
    }
}
