//! Goes through an expression from its leaves up: what each part gives, and what is wrong with it.

use promql_parser::parser::{Expr, parse};

use super::catalogue::{Catalogue, Nature};
use super::labels::Labels;
use super::measure::{Base, Measure};

/// What an expression gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// A single number, such as `time()`, rather than series.
    pub is_scalar: bool,
    pub labels: Labels,
    pub measure: Measure,
    /// The plain numbers in it that are added to something or compared with it, and what that measures.
    pub numbers: Vec<(f64, Measure)>,
}

/// What a part of an expression gives.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub is_scalar: bool,
    pub labels: Labels,
    pub measure: Measure,
    pub nature: Nature,
    /// As messages call it.
    pub name: String,
}

/// Whether a counter may stand here as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw {
    Refused,
    /// Only whether there are series matters, or how they change.
    Allowed,
}

pub(super) struct Inference<'a> {
    pub catalogue: &'a Catalogue,
    pub findings: Vec<String>,
    numbers: Vec<(f64, Measure)>,
}

impl<'a> Inference<'a> {
    pub fn of(catalogue: &'a Catalogue, expression: &str) -> Result<Answer, Vec<String>> {
        let parsed = parse(expression).map_err(|error| vec![format!("not PromQL: {error}")])?;
        let mut inference = Self { catalogue, findings: Vec::new(), numbers: Vec::new() };
        let Part { is_scalar, labels, measure, .. } = inference.part(&parsed, Raw::Refused);
        if inference.findings.is_empty() {
            Ok(Answer { is_scalar, labels, measure, numbers: inference.numbers })
        } else {
            Err(inference.findings)
        }
    }

    pub fn part(&mut self, expression: &Expr, raw: Raw) -> Part {
        match expression {
            Expr::Paren(inner) => self.part(&inner.expr, raw),
            Expr::Unary(inner) => self.part(&inner.expr, raw),
            Expr::NumberLiteral(_) => Part::scalar(Measure::Literal),
            Expr::StringLiteral(_) => Part::scalar(Measure::Unknown),
            Expr::VectorSelector(selector) => {
                let part = self.selector(selector);
                self.refuse_raw(&part, raw);
                part
            }
            Expr::MatrixSelector(range) => self.selector(&range.vs),
            Expr::Subquery(inner) => self.part(&inner.expr, raw),
            Expr::Call(call) => self.call(call, raw),
            Expr::Aggregate(aggregation) => self.aggregation(aggregation, raw),
            Expr::Binary(binary) => self.binary(binary, raw),
            Expr::Extension(_) => Part::series(Labels::default(), Measure::Unknown),
        }
    }

    pub fn find(&mut self, finding: impl Into<String>) {
        let finding = finding.into();
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Notes a plain number, and what it is put beside.
    pub fn number(&mut self, expression: &Expr, beside: Measure) {
        if let Expr::NumberLiteral(number) = expression {
            self.numbers.push((number.val, beside));
        }
    }

    /// Takes a measure, or notes what `of` does wrong.
    pub fn measure(&mut self, of: &str, measure: Result<Measure, String>) -> Measure {
        measure.unwrap_or_else(|wrong| {
            self.find(format!("{of} {wrong}"));
            Measure::Unknown
        })
    }

    fn refuse_raw(&mut self, part: &Part, raw: Raw) {
        let counter = part.nature == Nature::Counter && !self.catalogue.may_be_raw(&part.name);
        if counter && raw == Raw::Refused {
            self.find(format!("the counter {} stands outside rate() and increase()", part.name));
        }
    }
}

impl Part {
    pub fn scalar(measure: Measure) -> Self {
        Self { is_scalar: true, ..Self::series(Labels::default(), measure) }
    }

    pub fn series(labels: Labels, measure: Measure) -> Self {
        Self { is_scalar: false, labels, measure, nature: Nature::Derived, name: "the expression".to_owned() }
    }

    pub fn is_instant(&self) -> bool {
        self.measure == Measure::Is(Base::Instant)
    }
}
