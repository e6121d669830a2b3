//! A value as a user wrote it, with the place to name if it is wrong; and the checks that turn it into a usable one.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Error, Patterns};

/// A text and where it comes from: a flag, a variable, or a line and key of the file.
#[derive(Clone)]
pub struct Setting<T = String> {
    pub value: T,
    pub origin: String,
}

impl<T> Setting<T> {
    pub fn new(value: T, origin: impl Into<String>) -> Self {
        Self { value, origin: origin.into() }
    }

    /// The error that says what is wrong with this setting. `problem` must not hold a secret.
    pub fn wrong(&self, problem: impl Into<String>) -> Error {
        Error::Setting { origin: self.origin.clone(), problem: problem.into() }
    }
}

/// A secret may be among the values, so only the origin is shown.
impl<T> std::fmt::Debug for Setting<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Setting({})", self.origin)
    }
}

impl Setting {
    /// # Errors
    /// If it is not a duration in `range`.
    pub fn duration(&self, range: RangeInclusive<Duration>) -> Result<Duration, Error> {
        match humantime::parse_duration(self.value.trim()) {
            Ok(duration) if range.contains(&duration) => Ok(duration),
            _ => Err(self.wrong(format!(
                "`{}` is not a duration from {} to {}, such as 15s or 5m",
                self.value,
                humantime::format_duration(*range.start()),
                humantime::format_duration(*range.end())
            ))),
        }
    }

    /// The value that stands beside the text in `choices`.
    ///
    /// # Errors
    /// If the text is none of them.
    pub fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, Error> {
        let wanted = self.value.trim();
        choices.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.wrong(format!("`{wanted}` is none of {}", names.join(", ")))
        })
    }
}

impl Setting<u64> {
    pub(super) fn number<T: TryFrom<u64>>(&self, range: RangeInclusive<u64>) -> Result<T, Error> {
        let wrong = || self.wrong(format!("{} is not from {} to {}", self.value, range.start(), range.end()));
        if !range.contains(&self.value) {
            return Err(wrong());
        }
        T::try_from(self.value).map_err(|_| wrong())
    }
}

/// # Errors
/// If one of them is empty or too long.
pub fn patterns(settings: &[Setting]) -> Result<Patterns, Error> {
    let compile = |setting: &Setting| match setting.value.as_str() {
        "" => Err(setting.wrong("a pattern is empty; write * for any text")),
        text => Patterns::new([text]).map_err(|_| setting.wrong("a pattern is too long")),
    };
    let compiled = settings.iter().map(compile).collect::<Result<Vec<_>, _>>()?;
    Ok(Patterns(compiled.into_iter().flat_map(|patterns| patterns.0).collect()))
}

/// The value of an optional setting, or `default`.
pub(super) fn or_default<S, T>(
    setting: Option<Setting<S>>,
    default: T,
    check: impl FnOnce(&Setting<S>) -> Result<T, Error>,
) -> Result<T, Error> {
    setting.as_ref().map_or(Ok(default), check)
}
