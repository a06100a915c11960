//! Strict JSON: what a client may send us.
//!
//! Duplicate keys are refused, since two readers may take different ones and so be made to see different requests
//! (GHSA-4gph-2hhr-5mwg); depth is bounded, since readers recurse. Numbers that are not JSON (NaN, infinities,
//! overflowing exponents) are refused by serde_json itself.

use crate::invalid::Invalid;
use crate::pointer::Pointer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

/// The deepest nesting that is read. serde_json's own guard is 128; tool schemas reach about 30.
pub const DEPTH_MAX: usize = 100;

/// Reads a document.
///
/// # Errors
/// Says what is wrong, at which line and column and, for duplicates and depth, at which pointer.
pub fn parse(body: &[u8]) -> Result<Value, Invalid> {
    let mut place = Place::default();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let parsed = Build { place: &mut place }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    parsed.map_err(|error| not_json(&error, &place))
}

/// Checks a document as strictly as [`parse`] without building it, and gives its members where they stand.
///
/// # Errors
/// As [`parse`], and when the document is not an object.
pub fn members(body: &[u8]) -> Result<Members<'_>, Invalid> {
    let mut place = Place::default();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let checked = Check { place: &mut place }.deserialize(&mut reader).and_then(|()| reader.end());
    checked.map_err(|error| not_json(&error, &place))?;
    let raw: RawObject<'_> = serde_json::from_slice(body)
        .map_err(|_| Invalid::one(Pointer::root(), "expected a JSON object"))?;
    Ok(Members { body, list: raw.0 })
}

/// The members of an object, each with the bytes of its value.
#[derive(Debug)]
pub struct Members<'a> {
    body: &'a [u8],
    list: Vec<(String, &'a RawValue)>,
}

impl<'a> Members<'a> {
    /// The JSON text of a member's value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.list.iter().find(|(name, _)| name == key).map(|(_, raw)| raw.get())
    }

    /// A member's value in a type of serde's; `None` when it is absent or of another type.
    #[must_use]
    pub fn read<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_str(self.get(key)?).ok()
    }

    fn range(&self, raw: &RawValue) -> Range<usize> {
        let start = raw.get().as_ptr() as usize - self.body.as_ptr() as usize;
        start..start + raw.get().len()
    }

    /// The document with members set to new JSON texts; every other byte stays as it is.
    ///
    /// A member that is not there is added at the front; of two texts for one member the later counts.
    #[must_use]
    pub fn with(&self, set: &[(&str, String)]) -> Vec<u8> {
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let mut front = String::new();
        for (index, (key, json)) in set.iter().enumerate() {
            if set.iter().skip(index + 1).any(|(later, _)| later == key) {
                continue;
            }
            if let Some((_, raw)) = self.list.iter().find(|(name, _)| name == key) {
                edits.push((self.range(raw), json.clone()));
                continue;
            }
            if !front.is_empty() {
                front.push(',');
            }
            front.push_str(&format!("{}:{json}", Value::from(*key)));
        }
        if !front.is_empty() {
            if !self.list.is_empty() {
                front.push(',');
            }
            let open = self.body.iter().position(|b| *b == b'{').map_or(0, |at| at + 1);
            edits.push((open..open, front));
        }
        edits.sort_by_key(|(range, _)| range.start);
        let mut document = Vec::with_capacity(self.body.len() + 64);
        let mut at = 0;
        for (range, json) in edits {
            document.extend_from_slice(&self.body[at..range.start]);
            document.extend_from_slice(json.as_bytes());
            at = range.end;
        }
        document.extend_from_slice(&self.body[at..]);
        document
    }
}

fn not_json(error: &serde_json::Error, place: &Place) -> Invalid {
    let message = error.to_string();
    Invalid::one(place.pointer(), format!("not valid JSON: {message}"))
}

/// Where the reader stands; on an error it is left pointing at the place of the error.
#[derive(Default)]
struct Place {
    segments: Vec<Segment>,
}

enum Segment {
    Key(String),
    Index(usize),
}

impl Place {
    fn pointer(&self) -> Pointer {
        self.segments.iter().fold(Pointer::root(), |at, segment| match segment {
            Segment::Key(key) => at.key(key),
            Segment::Index(index) => at.index(*index),
        })
    }

    fn enter<E: serde::de::Error>(&mut self, segment: Segment) -> Result<(), E> {
        self.segments.push(segment);
        if self.segments.len() > DEPTH_MAX {
            return Err(E::custom(format_args!("nested deeper than {DEPTH_MAX}")));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.segments.pop();
    }
}

/// The keys of one object seen so far. Most objects are small, where a scan beats a hash.
#[derive(Default)]
struct Keys {
    few: Vec<String>,
    many: HashSet<String>,
}

const FEW: usize = 12;

impl Keys {
    fn insert(&mut self, key: &str) -> bool {
        if self.few.len() < FEW {
            let new = !self.few.iter().any(|seen| seen == key);
            self.few.push(key.to_owned());
            return new;
        }
        !self.few.iter().any(|seen| seen == key) && self.many.insert(key.to_owned())
    }
}

struct Build<'p> {
    place: &'p mut Place,
}

impl<'de> DeserializeSeed<'de> for Build<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            self.place.enter(Segment::Index(items.len()))?;
            let Some(item) = seq.next_element_seed(Build { place: self.place })? else { break };
            items.push(item);
            self.place.leave();
        }
        self.place.leave();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.place.enter(Segment::Key(key.clone()))?;
            if members.contains_key(&key) {
                return Err(A::Error::custom("duplicate key"));
            }
            let value = map.next_value_seed(Build { place: self.place })?;
            members.insert(key, value);
            self.place.leave();
        }
        Ok(Value::Object(members))
    }
}

/// [`Build`] without the building.
struct Check<'p> {
    place: &'p mut Place,
}

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            self.place.enter(Segment::Index(index))?;
            if seq.next_element_seed(Check { place: self.place })?.is_none() {
                break;
            }
            index += 1;
            self.place.leave();
        }
        self.place.leave();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut keys = Keys::default();
        while let Some(key) = map.next_key::<String>()? {
            let new = keys.insert(&key);
            self.place.enter(Segment::Key(key))?;
            if !new {
                return Err(A::Error::custom("duplicate key"));
            }
            map.next_value_seed(Check { place: self.place })?;
            self.place.leave();
        }
        Ok(())
    }
}

/// The members of the outermost object, unread.
struct RawObject<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for RawObject<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl<'de> Visitor<'de> for RawVisitor {
            type Value = RawObject<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    list.push(member);
                }
                Ok(RawObject(list))
            }
        }
        deserializer.deserialize_map(RawVisitor)
    }
}

#[cfg(test)]
mod tests;
