//! Values in a query.

use std::fmt::Write as _;

/// Appends `value` to a query, every byte that is not unreserved (RFC 3986 §2.3) as `%XX`.
pub(crate) fn push_encoded(query: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            query.push(char::from(byte));
        } else {
            let _ = write!(query, "%{byte:02X}");
        }
    }
}
