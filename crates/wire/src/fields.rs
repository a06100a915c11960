//! Reading an object field by field, so that every mistake is found at once and nothing goes unseen.
//!
//! [`Fields`] owns the object and gives each member away once. What nobody asked for when [`Fields::finish`] is called
//! is noted as unknown; a translation then lists it as dropped. `null` counts as absent, as the servers have it.

use crate::changes::Changes;
use crate::invalid::{Invalid, Problem};
use crate::pointer::{At, Pointer};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::ops::RangeInclusive;

/// What is found out about a document while it is read.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    problems: RefCell<Vec<Problem>>,
    unknown: RefCell<Vec<Pointer>>,
    changed: RefCell<Vec<(Pointer, &'static str)>>,
}

impl Reading {
    pub(crate) fn problem(&self, path: &Pointer, message: impl Into<String>) {
        self.problems.borrow_mut().push(Problem { path: path.clone(), message: message.into() });
    }

    /// Notes a member that this dialect does not have, or that the neutral model has no place for.
    pub(crate) fn unknown(&self, path: Pointer) {
        self.unknown.borrow_mut().push(path);
    }

    /// Notes something that the neutral model can only hold in another form.
    pub(crate) fn changed(&self, path: &Pointer, why: &'static str) {
        self.changed.borrow_mut().push((path.clone(), why));
    }

    /// `value` if nothing was wrong, with the unknown members as dropped.
    pub(crate) fn finish<T>(self, value: T) -> Result<(T, Changes), Invalid> {
        let problems = self.problems.into_inner();
        if !problems.is_empty() {
            return Err(Invalid { problems });
        }
        let mut changes = Changes::new();
        for path in self.unknown.into_inner() {
            changes.dropped(&path, "no counterpart in the other dialect");
        }
        for (path, why) in self.changed.into_inner() {
            changes.changed(&path, why);
        }
        Ok((value, changes))
    }
}

/// An object being read.
pub(crate) struct Fields<'r> {
    map: Map<String, Value>,
    at: Pointer,
    reading: &'r Reading,
}

impl<'r> Fields<'r> {
    /// Begins to read `value`; anything but an object is a problem.
    pub(crate) fn of(value: Value, at: Pointer, reading: &'r Reading) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Fields { map, at, reading }),
            other => {
                reading.problem(&at, format!("expected an object, found {}", kind(&other)));
                None
            }
        }
    }

    pub(crate) fn at(&self) -> &Pointer {
        &self.at
    }

    pub(crate) fn reading(&self) -> &'r Reading {
        self.reading
    }

    /// Where the member `key` stands.
    pub(crate) fn path(&self, key: &str) -> Pointer {
        self.at.key(key)
    }

    /// Whether there may be such a member. Most of what is asked for is not there, and a few keys are compared sooner
    /// than one is hashed.
    fn may_have(&self, key: &str) -> bool {
        const FEW: usize = 8;
        self.map.len() > FEW || self.map.keys().any(|name| name == key)
    }

    /// Looks at a member without taking it.
    pub(crate) fn peek(&self, key: &str) -> Option<&Value> {
        if !self.may_have(key) {
            return None;
        }
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Looks at a text member without taking it.
    pub(crate) fn peek_str(&self, key: &str) -> Option<&str> {
        self.peek(key).and_then(Value::as_str)
    }

    /// Takes a member of any type.
    pub(crate) fn take(&mut self, key: &str) -> Option<At<Value>> {
        if !self.may_have(key) {
            return None;
        }
        let value = self.map.swap_remove(key)?;
        if value.is_null() { None } else { Some(At { value, at: self.at.key(key) }) }
    }

    fn typed<T>(
        &mut self,
        key: &str,
        expected: &str,
        read: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Option<At<T>> {
        let found = self.take(key)?;
        match read(found.value) {
            Ok(value) => Some(At { value, at: found.at }),
            Err(value) => {
                self.reading
                    .problem(&found.at, format!("expected {expected}, found {}", kind(&value)));
                None
            }
        }
    }

    pub(crate) fn string(&mut self, key: &str) -> Option<At<String>> {
        self.typed(key, "a string", |value| match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        })
    }

    /// A string that must be there; an empty one stands in after the problem is noted.
    pub(crate) fn required_string(&mut self, key: &str) -> String {
        if self.peek(key).is_none() {
            self.reading.problem(&self.at.key(key), "required, but missing");
        }
        self.string(key).map(|found| found.value).unwrap_or_default()
    }

    pub(crate) fn bool(&mut self, key: &str) -> Option<At<bool>> {
        self.typed(key, "true or false", |value| value.as_bool().ok_or(value))
    }

    /// A whole number from 0; `1.0` is taken as 1, since some clients write floats.
    pub(crate) fn u64(&mut self, key: &str) -> Option<At<u64>> {
        self.typed(key, "a whole number from 0", |value| whole(&value).ok_or(value))
    }

    pub(crate) fn i64(&mut self, key: &str) -> Option<At<i64>> {
        self.typed(key, "a whole number", |value| value.as_i64().ok_or(value))
    }

    pub(crate) fn f64(&mut self, key: &str) -> Option<At<f64>> {
        self.typed(key, "a number", |value| value.as_f64().ok_or(value))
    }

    /// A number within `range`; one outside is noted, and given all the same.
    pub(crate) fn f64_within(&mut self, key: &str, range: RangeInclusive<f64>) -> Option<At<f64>> {
        let found = self.f64(key)?;
        if !range.contains(&found.value) {
            let (least, most) = (range.start(), range.end());
            let message =
                format!("expected a number from {least} to {most}, found {}", found.value);
            self.reading.problem(&found.at, message);
        }
        Some(found)
    }

    /// The elements of an array with their places; empty when it is absent.
    pub(crate) fn array(&mut self, key: &str) -> Option<Vec<At<Value>>> {
        let found = self.typed(key, "an array", |value| match value {
            Value::Array(items) => Ok(items),
            other => Err(other),
        })?;
        Some(elements(found.value, &found.at))
    }

    /// An array that must be there.
    pub(crate) fn required_array(&mut self, key: &str) -> Vec<At<Value>> {
        if self.peek(key).is_none() {
            self.reading.problem(&self.at.key(key), "required, but missing");
        }
        self.array(key).unwrap_or_default()
    }

    pub(crate) fn object(&mut self, key: &str) -> Option<Fields<'r>> {
        let found = self.take(key)?;
        Fields::of(found.value, found.at, self.reading)
    }

    /// An object whose members are all strings; `None` where it has none.
    pub(crate) fn labels(&mut self, key: &str) -> Option<At<Map<String, Value>>> {
        let labels = self.object(key)?;
        for (key, label) in labels.map.iter().filter(|(_, label)| !label.is_string()) {
            let message = format!("expected a string, found {}", kind(label));
            self.reading.problem(&labels.at.key(key), message);
        }
        (!labels.map.is_empty()).then_some(At { value: labels.map, at: labels.at })
    }

    /// Takes a member that is understood and deliberately means nothing for a translation.
    pub(crate) fn ignore(&mut self, key: &str) {
        self.map.swap_remove(key);
    }

    /// The rest as it is: for blocks that only this dialect has.
    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.map)
    }

    /// Notes every member that was not taken as unknown.
    pub(crate) fn finish(self) {
        for (key, value) in &self.map {
            if !value.is_null() {
                self.reading.unknown(self.at.key(key));
            }
        }
    }
}

/// The elements of `items` with their places.
pub(crate) fn elements(items: Vec<Value>, at: &Pointer) -> Vec<At<Value>> {
    items.into_iter().enumerate().map(|(index, value)| At { value, at: at.index(index) }).collect()
}

fn whole(value: &Value) -> Option<u64> {
    /// The largest whole number that a double holds exactly.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be whole and in range"
        )]
        (number.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&number)).then_some(number as u64)
    })
}

/// The JSON type of `value`, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
