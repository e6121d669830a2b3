//! Names as a user selects them: by shell patterns.

use std::fmt;

use regex::Regex;

/// Shell patterns: `*` is any text, `?` any character, the rest is literal.
#[derive(Debug, Clone, Default)]
pub struct Patterns(pub(super) Vec<(Box<str>, Regex)>);

impl Patterns {
    /// # Errors
    /// If a pattern is longer than the regex engine takes (far beyond any name).
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, regex::Error> {
        let compile = |pattern: &'a str| {
            let body = regex::escape(pattern).replace("\\*", ".*").replace("\\?", ".");
            Ok((Box::from(pattern), Regex::new(&format!("(?s)^{body}$"))?))
        };
        Ok(Self(patterns.into_iter().map(compile).collect::<Result<_, _>>()?))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn matches(&self, value: &str) -> bool {
        self.0.iter().any(|(_, pattern)| pattern.is_match(value))
    }
}

/// As they were written, separated by commas.
impl fmt::Display for Patterns {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patterns: Vec<_> = self.0.iter().map(|(pattern, _)| &**pattern).collect();
        formatter.write_str(&patterns.join(", "))
    }
}

impl PartialEq for Patterns {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(|(text, _)| text).eq(other.0.iter().map(|(text, _)| text))
    }
}
