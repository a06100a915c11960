//! Strict JSON: what a client may send us.
//!
//! Duplicate keys are refused, since two readers may take different ones and so be made to see different requests
//! (GHSA-4gph-2hhr-5mwg); depth is bounded, since readers recurse. Numbers that are not JSON (NaN, infinities,
//! overflowing exponents) are refused by serde_json itself.

mod parts;
mod scan;

pub use parts::{elements, fields};

use crate::invalid::Invalid;
use crate::pointer::Pointer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::map::Entry;
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
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
    quick_members(body).map_or_else(|| members_exactly(body), Ok)
}

/// As [`members`], where the quick pass vouches for the document.
pub(crate) fn quick_members(body: &[u8]) -> Option<Members<'_>> {
    scan::members(body).map(|list| Members { body, layout: Layout(list) })
}

fn members_exactly(body: &[u8]) -> Result<Members<'_>, Invalid> {
    let mut place = Place::default();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let checked = Check { place: &mut place }.deserialize(&mut reader).and_then(|()| reader.end());
    checked.map_err(|error| not_json(&error, &place))?;
    let raw: RawObject<'_> = serde_json::from_slice(body)
        .map_err(|_| Invalid::one(Pointer::root(), "expected a JSON object"))?;
    Ok(Members { body, layout: Layout::of(body, &raw.0) })
}

/// Where the members of a checked document stand. It outlives the borrow of the document, so that what was checked once
/// can be read and edited again without another pass.
#[derive(Clone, Debug, Default)]
pub struct Layout(Vec<(String, Range<usize>)>);

impl Layout {
    fn of(body: &[u8], list: &[(String, &RawValue)]) -> Self {
        let range = |raw: &RawValue| {
            let start = raw.get().as_ptr() as usize - body.as_ptr() as usize;
            start..start + raw.get().len()
        };
        Layout(list.iter().map(|(key, raw)| (key.clone(), range(raw))).collect())
    }

    /// The members of `body`, which is the document that this is the layout of.
    #[must_use]
    pub fn members(self, body: &[u8]) -> Members<'_> {
        Members { body, layout: self }
    }

    fn get(&self, key: &str) -> Option<Range<usize>> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, range)| range.clone())
    }
}

/// The members of an object, each with the bytes of its value.
#[derive(Debug)]
pub struct Members<'a> {
    body: &'a [u8],
    layout: Layout,
}

impl<'a> Members<'a> {
    /// The JSON text of a member's value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a str> {
        std::str::from_utf8(self.body.get(self.layout.get(key)?)?).ok()
    }

    /// A member's value in a type of serde's; `None` when it is absent or of another type.
    #[must_use]
    pub fn read<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_str(self.get(key)?).ok()
    }

    /// Where they stand, to be kept.
    #[must_use]
    pub fn into_layout(self) -> Layout {
        self.layout
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
            if let Some(range) = self.layout.get(key) {
                edits.push((range, json.clone()));
                continue;
            }
            if !front.is_empty() {
                front.push(',');
            }
            front.push_str(&format!("{}:{json}", Value::from(*key)));
        }
        if !front.is_empty() {
            if !self.layout.0.is_empty() {
                front.push(',');
            }
            let open = self.body.iter().position(|b| *b == b'{').map_or(0, |at| at + 1);
            edits.push((open..open, front));
        }
        edits.sort_by_key(|(range, _)| range.start);
        let mut document = Vec::with_capacity(self.body.len() + 64);
        let mut at = 0;
        for (range, json) in edits {
            document.extend_from_slice(self.body.get(at..range.start).unwrap_or_default());
            document.extend_from_slice(json.as_bytes());
            at = range.end;
        }
        document.extend_from_slice(self.body.get(at..).unwrap_or_default());
        document
    }
}

fn not_json(error: &serde_json::Error, place: &Place<'_>) -> Invalid {
    // What we refuse ourselves (duplicate keys, depth) is valid JSON for others.
    let message = match error.classify() {
        Category::Data => error.to_string(),
        Category::Io | Category::Syntax | Category::Eof => format!("not valid JSON: {error}"),
    };
    Invalid::one(place.pointer(), message)
}

/// Where the reader stands; on an error it is left pointing at the place of the error.
#[derive(Default)]
struct Place<'de> {
    segments: Vec<Segment<'de>>,
}

enum Segment<'de> {
    Key(Cow<'de, str>),
    Index(usize),
}

impl<'de> Place<'de> {
    fn pointer(&self) -> Pointer {
        self.segments.iter().fold(Pointer::root(), |at, segment| match segment {
            Segment::Key(key) => at.key(key),
            Segment::Index(index) => at.index(*index),
        })
    }

    fn enter<E: serde::de::Error>(&mut self, segment: Segment<'de>) -> Result<(), E> {
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
struct Keys<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

const FEW: usize = 12;

impl<'de> Keys<'de> {
    fn insert(&mut self, key: Cow<'de, str>) -> bool {
        if self.few.len() < FEW {
            let new = !self.few.contains(&key);
            self.few.push(key);
            return new;
        }
        !self.few.contains(&key) && self.many.insert(key)
    }
}

/// A key, borrowed from the document where it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

struct Build<'p, 'de> {
    place: &'p mut Place<'de>,
}

impl<'de> DeserializeSeed<'de> for Build<'_, 'de> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_, 'de> {
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
        while let Some(key) = map.next_key_seed(Key)? {
            self.place.enter(Segment::Key(key.clone()))?;
            let Entry::Vacant(member) = members.entry(key) else {
                return Err(A::Error::custom("duplicate key"));
            };
            member.insert(map.next_value_seed(Build { place: self.place })?);
            self.place.leave();
        }
        Ok(Value::Object(members))
    }
}

/// [`Build`] without the building.
struct Check<'p, 'de> {
    place: &'p mut Place<'de>,
}

impl<'de> DeserializeSeed<'de> for Check<'_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_, 'de> {
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
        while let Some(key) = map.next_key_seed(Key)? {
            let new = keys.insert(key.clone());
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
