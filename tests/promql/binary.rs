//! Binary operations: the sides can match, one for one, and their units go together.

use promql_parser::parser::{BinaryExpr, LabelModifier, VectorMatchCardinality};

use super::infer::{Inference, Part, Raw};
use super::labels::Labels;
use super::measure::{Base, Measure};

impl Inference<'_> {
    pub fn binary(&mut self, binary: &BinaryExpr, raw: Raw) -> Part {
        let operator = binary.op.to_string();
        let filters = ["and", "unless"].contains(&operator.as_str());
        let left = self.part(&binary.lhs, raw);
        let right = self.part(&binary.rhs, if filters { Raw::Allowed } else { raw });
        let measure = self.combined(binary, &operator, &left, &right);
        if left.is_scalar && right.is_scalar {
            return Part::scalar(measure);
        }
        if left.is_scalar || right.is_scalar {
            let labels = if left.is_scalar { right.labels } else { left.labels };
            return Part::series(labels, measure);
        }
        let matching = Matching::of(binary, &operator);
        self.names_exist(&matching, &left.labels, &right.labels);
        if operator != "or" {
            self.sides_match(&matching, &left.labels, &right.labels);
        }
        let labels = match operator.as_str() {
            "and" | "unless" => left.labels,
            "or" => left.labels.either(&right.labels),
            _ => self.joined(&matching, left.labels, right.labels),
        };
        Part { name: format!("… {operator} …"), ..Part::series(labels, measure) }
    }

    fn combined(&mut self, binary: &BinaryExpr, operator: &str, left: &Part, right: &Part) -> Measure {
        let (one, other) = (left.measure, right.measure);
        let of = format!("\"{operator}\"");
        if !["*", "/", "%", "^"].contains(&operator) {
            self.number(&binary.lhs, other);
            self.number(&binary.rhs, one);
        }
        match operator {
            "+" => self.measure(&of, one.add(other)),
            "-" => self.measure(&of, one.subtract(other)),
            "*" => one.multiply(other),
            "/" => one.divide(other),
            "and" | "unless" => one,
            // An alert may have two causes.
            "or" => one.same(other, "joins").unwrap_or(Measure::Unknown),
            "==" | "!=" | "<" | ">" | "<=" | ">=" => {
                let compared = self.measure(&of, one.compare(other));
                let is_bool = binary.modifier.as_ref().is_some_and(|modifier| modifier.return_bool);
                if is_bool { Measure::Is(Base::Number) } else { compared }
            }
            _ => Measure::Unknown,
        }
    }

    fn names_exist(&mut self, matching: &Matching<'_>, left: &Labels, right: &Labels) {
        match matching.labels {
            Some(LabelModifier::Include(names)) => {
                for (side, labels) in [("left", left), ("right", right)] {
                    for name in names.labels.iter().filter(|name| !labels.has(name)) {
                        self.find(format!(
                            "on ({name}): the {side} side of \"{}\" has no such label",
                            matching.operator
                        ));
                    }
                }
            }
            Some(LabelModifier::Exclude(names)) => {
                for name in names.labels.iter().filter(|name| !left.has(name) && !right.has(name)) {
                    self.find(format!(
                        "ignoring ({name}): neither side of \"{}\" has such a label",
                        matching.operator
                    ));
                }
            }
            None => {}
        }
    }

    fn sides_match(&mut self, matching: &Matching<'_>, left: &Labels, right: &Labels) {
        if matching.is_on() {
            return;
        }
        let (left, right) = (matching.compared(left), matching.compared(right));
        for (side, lacking) in [("left", left.lacking_in(&right)), ("right", right.lacking_in(&left))] {
            if !lacking.is_empty() {
                let (operator, lacking) = (matching.operator, lacking.join(", "));
                self.find(format!(
                    "the sides of \"{operator}\" never match: only the {side} one has {lacking}"
                ));
            }
        }
    }

    /// The labels of an arithmetic operation or comparison.
    fn joined(&mut self, matching: &Matching<'_>, left: Labels, right: Labels) -> Labels {
        let (mut many, one, included) = match matching.cardinality {
            Some(VectorMatchCardinality::ManyToOne(included)) => (left, right, &included.labels),
            Some(VectorMatchCardinality::OneToMany(included)) => (right, left, &included.labels),
            _ => {
                self.is_single(matching, "left", &left);
                self.is_single(matching, "right", &right);
                return matching.compared(&left);
            }
        };
        self.is_single(matching, "\"one\"", &one);
        for name in included {
            if !one.has(name) {
                self.find(format!(
                    "group ({name}): the \"one\" side of \"{}\" has no such label",
                    matching.operator
                ));
            }
            many = many.with(name);
        }
        many
    }

    /// A side that may have one series only for each match: two of them are an error of evaluation.
    fn is_single(&mut self, matching: &Matching<'_>, side: &str, labels: &Labels) {
        let compared = matching.compared(labels);
        let more: Vec<&str> =
            labels.distinguishing.difference(&compared.possible).map(String::as_str).collect();
        if !more.is_empty() {
            let (operator, more) = (matching.operator, more.join(", "));
            self.find(format!(
                "the {side} side of \"{operator}\" may have several series to a match, by {more}"
            ));
        }
    }
}

struct Matching<'a> {
    operator: &'a str,
    labels: Option<&'a LabelModifier>,
    cardinality: Option<&'a VectorMatchCardinality>,
}

impl<'a> Matching<'a> {
    fn of(binary: &'a BinaryExpr, operator: &'a str) -> Self {
        let modifier = binary.modifier.as_ref();
        Self {
            operator,
            labels: modifier.and_then(|modifier| modifier.matching.as_ref()),
            cardinality: modifier.map(|modifier| &modifier.card),
        }
    }

    fn is_on(&self) -> bool {
        self.labels.is_some_and(LabelModifier::is_include)
    }

    /// Those that must be equal on both sides.
    fn compared(&self, labels: &Labels) -> Labels {
        match self.labels {
            Some(LabelModifier::Include(names)) => labels.clone().keep(&names.labels),
            Some(LabelModifier::Exclude(names)) => labels.clone().without(&names.labels),
            None => labels.clone(),
        }
    }
}
