//! The part of Datadog's language for metrics that the dashboard and the monitors use: queries, formulas, arithmetic.
//!
//! Stricter than Datadog: what is not used here is not understood, so that a slip is not taken for something else.

/// Functions that take an expression, with the number of their arguments.
const FUNCTIONS: [(&str, usize); 5] =
    [("abs", 1), ("clamp_min", 2), ("count_nonzero", 1), ("count_not_null", 1), ("default_zero", 1)];

#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    Number(f64),
    /// A query of the same widget, by its name.
    Name(String),
    Query(Query),
    Call(String, Vec<Expression>),
    Operation(Box<Expression>, char, Box<Expression>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub aggregator: String,
    pub metric: String,
    pub filters: Vec<Filter>,
    pub groups: Vec<String>,
    /// `as_count`, for example.
    pub modifier: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Series whose tag has one of the values, or none of them.
    Tag {
        key: String,
        values: Vec<String>,
    },
    Variable(String),
}

impl Expression {
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text.trim() };
        let expression = parser.sum()?;
        if parser.rest.is_empty() {
            Ok(expression)
        } else {
            Err(format!("`{}` is not understood", parser.rest))
        }
    }

    /// All queries and names in it.
    pub fn leaves(&self) -> Vec<&Expression> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Name(_) | Self::Query(_) => vec![self],
            Self::Call(_, arguments) => arguments.iter().flat_map(Self::leaves).collect(),
            Self::Operation(left, _, right) => [left.leaves(), right.leaves()].concat(),
        }
    }

    pub fn queries(&self) -> Vec<&Query> {
        let leaves = self.leaves().into_iter();
        leaves.filter_map(|leaf| if let Self::Query(query) = leaf { Some(query) } else { None }).collect()
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn sum(&mut self) -> Result<Expression, String> {
        self.chain(&['+', '-'], Self::product)
    }

    fn product(&mut self) -> Result<Expression, String> {
        self.chain(&['*', '/'], Self::operand)
    }

    fn chain(
        &mut self,
        operators: &[char],
        operand: fn(&mut Self) -> Result<Expression, String>,
    ) -> Result<Expression, String> {
        let mut left = operand(self)?;
        while let Some(operator) = self.rest.chars().next().filter(|next| operators.contains(next)) {
            self.take(&operator.to_string())?;
            left = Expression::Operation(Box::new(left), operator, Box::new(operand(self)?));
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Expression, String> {
        if self.rest.starts_with('(') {
            self.take("(")?;
            let inner = self.sum()?;
            self.take(")")?;
            return Ok(inner);
        }
        if self.rest.starts_with(|first: char| first.is_ascii_digit()) {
            let number = self.word(|letter| letter.is_ascii_digit() || letter == '.')?;
            self.rest = self.rest.trim_start();
            return number.parse().map(Expression::Number).map_err(|_| format!("`{number}` is not a number"));
        }
        let word = self.word(is_word)?;
        match self.rest.chars().next() {
            Some('(') => self.call(word),
            Some(':') => self.query(word).map(Expression::Query),
            _ => {
                self.rest = self.rest.trim_start();
                Ok(Expression::Name(word))
            }
        }
    }

    fn call(&mut self, function: String) -> Result<Expression, String> {
        let known = FUNCTIONS.iter().find(|(name, _)| *name == function);
        let (_, count) = known.ok_or_else(|| format!("function {function}"))?;
        self.take("(")?;
        let mut arguments = vec![self.sum()?];
        while self.rest.starts_with(',') {
            self.take(",")?;
            arguments.push(self.sum()?);
        }
        self.take(")")?;
        if arguments.len() != *count {
            return Err(format!("{function} takes {count} arguments"));
        }
        Ok(Expression::Call(function, arguments))
    }

    fn query(&mut self, aggregator: String) -> Result<Query, String> {
        self.take(":")?;
        let metric = self.word(|letter| is_word(letter) || letter == '.')?;
        self.take("{")?;
        let filters = self.until("}")?;
        let filters = if filters == "*" { Vec::new() } else { filter(&filters)? };
        let mut groups = Vec::new();
        if self.rest.starts_with("by ") {
            self.take("by ")?;
            self.take("{")?;
            groups = self.until("}")?.split(',').map(str::to_owned).collect();
        }
        let mut modifier = None;
        if self.rest.starts_with('.') {
            self.take(".")?;
            modifier = Some(self.word(is_word)?);
            self.take("()")?;
        }
        Ok(Query { aggregator, metric, filters, groups, modifier })
    }

    fn take(&mut self, expected: &str) -> Result<(), String> {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.ok_or_else(|| format!("`{expected}` instead of `{}`", self.rest))?.trim_start();
        Ok(())
    }

    fn until(&mut self, end: &str) -> Result<String, String> {
        let (text, rest) = self.rest.split_once(end).ok_or_else(|| format!("no `{end}`"))?;
        self.rest = rest.trim_start();
        Ok(text.to_owned())
    }

    fn word(&mut self, belongs: fn(char) -> bool) -> Result<String, String> {
        let (word, rest) =
            self.rest.split_at(self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len()));
        if word.is_empty() {
            return Err(format!("a word instead of `{rest}`"));
        }
        self.rest = rest;
        Ok(word.to_owned())
    }
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// What stands in braces: `tag IN (value,value)`, or tags and variables with commas. Datadog does not mix the two.
fn filter(text: &str) -> Result<Vec<Filter>, String> {
    let tag = |key: &str, values: &str| {
        let values: Vec<_> = values.split(',').map(|value| value.trim().to_owned()).collect();
        let is_one = |word: &str| !word.is_empty() && word.chars().all(is_word);
        if is_one(key) && values.iter().all(|value| is_one(value)) {
            Ok(Filter::Tag { key: key.to_owned(), values })
        } else {
            Err(format!("filter `{text}`"))
        }
    };
    if let Some((key, values)) = text.split_once(" IN (") {
        let values = values.strip_suffix(')').ok_or_else(|| format!("filter `{text}`"))?;
        return Ok(vec![tag(key, values)?]);
    }
    let term = |term: &str| match (term.strip_prefix('$'), term.split_once(':')) {
        (Some(variable), _) => Ok(Filter::Variable(variable.to_owned())),
        (None, Some((key, value))) => tag(key.strip_prefix('!').unwrap_or(key), value),
        (None, None) => Err(format!("filter `{term}`")),
    };
    text.split(',').map(term).collect()
}

#[test]
fn arithmetic_binds_as_usual() {
    let parsed = Expression::parse("a - 5 * (b + 1)").unwrap();
    let name = |name: &str| Box::new(Expression::Name(name.into()));
    let number = |number| Box::new(Expression::Number(number));
    let sum = Expression::Operation(name("b"), '+', number(1.0));
    let product = Expression::Operation(number(5.0), '*', Box::new(sum));
    assert_eq!(parsed, Expression::Operation(name("a"), '-', Box::new(product)));
}

#[test]
fn a_query_is_taken_apart() {
    let parsed = Expression::parse("sum:a.b{$tenant,!status:failed} by {x,y}.as_count()").unwrap();
    let filters = vec![
        Filter::Variable("tenant".into()),
        Filter::Tag { key: "status".into(), values: vec!["failed".into()] },
    ];
    let query = Query {
        aggregator: "sum".into(),
        metric: "a.b".into(),
        filters,
        groups: vec!["x".into(), "y".into()],
        modifier: Some("as_count".into()),
    };
    assert_eq!(parsed, Expression::Query(query));
}

#[test]
fn what_is_not_of_the_language_is_refused() {
    for text in [
        "",
        "a -",
        "a b",
        "(a",
        "median(a)",
        "clamp_min(a)",
        "sum:a",
        "sum:a{}",
        "sum:a{x}",
        "sum:a{*} by {x",
        "sum:a{x:y AND z:w}",
        "sum:a{x IN (y}",
        "sum:a{*}.as_count",
    ] {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
}
