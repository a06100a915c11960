//! Looking into JSON that was checked before, without reading what is not asked for.
//!
//! ```
//! use ironbridge_wire::json::{elements, fields};
//! let messages = r#"[{"role":"user","content":"hi"},{"role":"assistant"}]"#;
//! let roles: Vec<_> = elements(messages)
//!     .filter_map(|message| fields(message).find(|(key, _)| *key == "role"))
//!     .map(|(_, role)| role)
//!     .collect();
//! assert_eq!(roles, [r#""user""#, r#""assistant""#]);
//! ```
//!
//! Keys are given as they stand, escapes and all. Of text that is not JSON nothing is promised but that this ends, and
//! reads nothing outside it.

use memchr::memchr2;

/// The elements of an array, each as its JSON text; nothing of what is no array.
pub fn elements(array: &str) -> impl Iterator<Item = &str> {
    let mut rest = Rest::within(array, b'[');
    std::iter::from_fn(move || rest.next_value())
}

/// The members of an object, each with its key and its value as JSON text; nothing of what is no object.
pub fn fields(object: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = Rest::within(object, b'{');
    std::iter::from_fn(move || {
        let key = rest.next_value()?;
        let value = rest.next_value()?;
        Some((key.strip_prefix('"')?.strip_suffix('"')?, value))
    })
}

/// What is still to be read of a container.
struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    fn within(text: &'a str, open: u8) -> Self {
        let text = text.trim_ascii();
        let at = if text.as_bytes().first() == Some(&open) { 1 } else { text.len() };
        Rest { text, at }
    }

    /// The next key, value or element.
    fn next_value(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\t' | b'\r' | b',' | b':') = bytes.get(self.at) {
            self.at += 1;
        }
        let start = self.at;
        self.at = match bytes.get(start)? {
            b'"' => end_of_string(bytes, start),
            b'{' | b'[' => end_of_container(bytes, start),
            b'}' | b']' => return None,
            _ => bytes[start..]
                .iter()
                .position(|byte| b",]} \n\t\r".contains(byte))
                .map_or(bytes.len(), |length| start + length),
        };
        self.text.get(start..self.at)
    }
}

/// Where the string that begins at `start` is over.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        if bytes[at + next] == b'"' {
            return at + next + 1;
        }
        at += next + 2;
    }
    bytes.len()
}

/// Where the object or array that begins at `start` is over.
fn end_of_container(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = end_of_string(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{elements, fields};

    #[test]
    fn parts_are_found_whatever_stands_between_them() {
        let text = r#" [ 1 , "a,]\"}" , {"b":[1,{"c":"]"}], "d" : null } ,[], true ] "#;
        let parts: Vec<_> = elements(text).collect();
        assert_eq!(
            parts,
            ["1", r#""a,]\"}""#, r#"{"b":[1,{"c":"]"}], "d" : null }"#, "[]", "true"]
        );
        let members: Vec<_> = fields(parts[2]).collect();
        assert_eq!(members, [("b", r#"[1,{"c":"]"}]"#), ("d", "null")]);
        assert_eq!(fields(r#"{"k\"":-1.5}"#).collect::<Vec<_>>(), [(r#"k\""#, "-1.5")]);
        for empty in ["", "7", r#""[1]""#, "[]", "{}", " [ ] "] {
            assert_eq!((elements(empty).count(), fields(empty).count()), (0, 0), "{empty}");
        }
    }

    #[test]
    fn what_is_no_json_ends_too() {
        for broken in ["[", "[\"", "[\"\\", "{\"a\"", "{\"a\":", "[[[", "[1,,]", "{]", "[\"\\\""] {
            assert!(elements(broken).count() + fields(broken).count() <= 3, "{broken}");
        }
    }
}
