//! The three kinds of value that both databases know alike, and how our types become them.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value in a statement or a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        text.to_owned().to_value()
    }
}

/// A type that is a column.
pub(crate) trait Column: Sized {
    fn to_value(&self) -> Value;
    /// `None`: another kind of value stands there.
    fn from_value(value: Value) -> Option<Self>;
}

impl Column for String {
    /// PostgreSQL refuses the character NUL in a text, and nobody misses it.
    fn to_value(&self) -> Value {
        let free = !self.contains('\0');
        Value::Text(if free { self.clone() } else { self.replace('\0', "\u{fffd}") })
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Column for u64 {
    /// Both databases count to 2⁶³ − 1.
    fn to_value(&self) -> Value {
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Integer(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }
}

macro_rules! smaller_integer {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn to_value(&self) -> Value {
                Value::Integer(i64::from(*self))
            }

            fn from_value(value: Value) -> Option<Self> {
                u64::from_value(value).and_then(|number| Self::try_from(number).ok())
            }
        }
    )*};
}

smaller_integer!(u16, u32);

impl Column for bool {
    fn to_value(&self) -> Value {
        Value::Integer(i64::from(*self))
    }

    fn from_value(value: Value) -> Option<Self> {
        u64::from_value(value).map(|number| number != 0)
    }
}

impl Column for crate::link::Hash {
    fn to_value(&self) -> Value {
        Value::Bytes(self.0.to_vec())
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(crate::link::Hash(bytes.try_into().ok()?)),
            _ => None,
        }
    }
}

impl<T: Column> Column for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Column::to_value)
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// What may stand in a list column.
pub(crate) trait Item: Serialize + DeserializeOwned {}

impl Item for String {}
impl Item for crate::exchange::Attempt {}
impl Item for crate::exchange::Change {}

/// Lists are JSON; an empty one, which is the rule, is nothing at all.
impl<T: Item> Column for Vec<T> {
    fn to_value(&self) -> Value {
        if self.is_empty() {
            return Value::Null;
        }
        // A list of plain structs always becomes JSON.
        serde_json::to_string(self).map_or(Value::Null, |text| text.to_value())
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(Vec::new()),
            Value::Text(text) => serde_json::from_str(&text).ok(),
            _ => None,
        }
    }
}

/// An enum whose values have a name in records, the same in JSON and in a column.
macro_rules! named {
    ($(#[$about:meta])* pub enum $type:ident { $($(#[$of:meta])* $value:ident = $name:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $type { $($(#[$of])* #[serde(rename = $name)] $value),* }

        impl $type {
            /// Its name in records.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($type::$value => $name),* }
            }

            /// The value of that name.
            #[must_use]
            pub fn of_name(name: &str) -> Option<Self> {
                match name { $($name => Some($type::$value),)* _ => None }
            }
        }

        impl $crate::value::Column for $type {
            fn to_value(&self) -> $crate::value::Value {
                $crate::value::Value::Text(self.name().to_owned())
            }

            fn from_value(value: $crate::value::Value) -> Option<Self> {
                String::from_value(value).and_then(|name| Self::of_name(&name))
            }
        }
    };
}

pub(crate) use named;
