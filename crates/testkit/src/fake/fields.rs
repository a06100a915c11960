use serde_json::Value;

use crate::Received;

/// The named texts of a request: of a JSON object, of a form, or of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Those of a body; a form unless it is a JSON object.
    pub(crate) fn of_body(request: &Received) -> Self {
        match request.json() {
            Value::Object(object) => Self(
                object
                    .into_iter()
                    .map(|(name, value)| match value {
                        Value::String(text) => (name, text),
                        other => (name, other.to_string()),
                    })
                    .collect(),
            ),
            _ => Self::of_query(&String::from_utf8_lossy(&request.body)),
        }
    }

    /// Those of a query or form.
    pub(crate) fn of_query(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
        )
    }

    /// The first field of that name that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().filter(|(field, value)| field == name && !value.is_empty());
        named.map(|(_, value)| value.as_str()).next()
    }
}

/// `application/x-www-form-urlencoded`: `+` is a space, `%` begins two hexadecimal digits; a `%`
/// that does not is kept.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escaped = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                digit(*high).zip(digit(*low)).map(|(high, low)| (high * 16 + low, after))
            }
            _ => None,
        };
        match (escaped, first) {
            (Some((byte, after)), _) => {
                bytes.push(byte);
                rest = after;
            }
            (None, b'+') => bytes.push(b' '),
            (None, byte) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(character: u8) -> Option<u8> {
    let digit = char::from(character).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// A flat JSON object as a form.
pub(crate) fn form(object: &Value) -> String {
    let mut pairs = Vec::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        pairs.push(format!("{}={}", encoded(name), encoded(&text)));
    }
    pairs.join("&")
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_comes_back_as_it_was() {
        let form = form(&json!({"scope": "read:user a+b", "interval": 5, "ü": "100 %"}));
        assert_eq!(form, "scope=read%3Auser%20a%2Bb&interval=5&%C3%BC=100%20%25");
        let fields = Fields::of_query(&form);
        assert_eq!(fields.get("scope"), Some("read:user a+b"));
        assert_eq!((fields.get("interval"), fields.get("ü")), (Some("5"), Some("100 %")));
    }

    #[test]
    fn what_is_no_escape_is_kept() {
        let fields = Fields::of_query("a=x+y&b=%zz%4&c=&d");
        assert_eq!((fields.get("a"), fields.get("b")), (Some("x y"), Some("%zz%4")));
        assert_eq!((fields.get("c"), fields.get("d")), (None, None));
    }
}
