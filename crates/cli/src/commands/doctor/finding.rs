//! What a check has found.

use serde_json::{Value, json};

/// How good it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Ok,
    /// It works, but should be otherwise.
    Warn,
    /// Something that is asked for will not work.
    Fail,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "fail",
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) level: Level,
    /// What was looked at: `network`, `login`, ….
    area: &'static str,
    what: String,
    hint: Option<String>,
}

impl Finding {
    pub(super) fn ok(area: &'static str, what: impl Into<String>) -> Self {
        Finding { level: Level::Ok, area, what: what.into(), hint: None }
    }

    pub(super) fn warn(
        area: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Finding { level: Level::Warn, area, what: what.into(), hint: Some(hint.into()) }
    }

    pub(super) fn fail(
        area: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Finding { level: Level::Fail, area, what: what.into(), hint: Some(hint.into()) }
    }

    /// Its line, and that of its hint.
    pub(super) fn in_words(&self) -> String {
        let mut text = format!("{:<5} {:<8} {}\n", self.level.name(), self.area, self.what);
        if let Some(hint) = &self.hint {
            text.push_str(&format!("{:15}hint: {hint}\n", ""));
        }
        text
    }

    pub(super) fn as_json(&self) -> Value {
        json!({
            "level": self.level.name(),
            "area": self.area,
            "what": self.what,
            "hint": self.hint,
        })
    }
}
