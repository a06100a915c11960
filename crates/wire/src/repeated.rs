//! What servers repeat from event to event: everything but the text.
//!
//! Between two events of text nearly all servers change nothing else, so an event that is the last one but for what
//! stands in that one string need not be read as JSON again. That reading was a quarter of the gateway's instructions per
//! chunk (bench/gateway/README.md).

/// The event of text that was read last, without its text.
#[derive(Debug, Default)]
pub(crate) struct Repeated {
    /// Up to the string's opening quote, that included; empty: no event is known.
    before: String,
    /// From its closing quote on.
    after: String,
}

impl Repeated {
    /// The text of `event`, where it is the known one with another text.
    ///
    /// The text must stand there as it is: without escapes, and without a quote that would end the string earlier.
    pub(crate) fn text<'a>(&self, event: &'a str) -> Option<&'a str> {
        if self.before.is_empty() {
            return None;
        }
        let text = event.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\').then_some(text)
    }

    /// Remembers `event`, whose text is `text`, a part of it.
    pub(crate) fn remember(&mut self, event: &str, text: &str) {
        self.forget();
        let start = (text.as_ptr() as usize).checked_sub(event.as_ptr() as usize);
        let Some((before, rest)) = start.and_then(|start| event.split_at_checked(start)) else {
            return;
        };
        let Some(after) = rest.strip_prefix(text) else { return };
        if before.ends_with('"') && after.starts_with('"') {
            self.before.push_str(before);
            self.after.push_str(after);
        }
    }

    /// Forgets it: what comes next may be another thing in the same words.
    pub(crate) fn forget(&mut self) {
        self.before.clear();
        self.after.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Repeated;

    #[test]
    fn only_another_plain_text_is_a_repetition() {
        let event = r#"{"delta":{"content":"hi"},"n":1}"#;
        let mut repeated = Repeated::default();
        assert_eq!(repeated.text(event), None);
        repeated.remember(event, &event[21..23]);
        assert_eq!(repeated.text(event), Some("hi"));
        assert_eq!(repeated.text(r#"{"delta":{"content":""},"n":1}"#), Some(""));
        assert_eq!(repeated.text(r#"{"delta":{"content":"é 😀"},"n":1}"#), Some("é 😀"));
        for other in [
            r#"{"delta":{"content":"a\nb"},"n":1}"#,
            r#"{"delta":{"content":"a","content":"b"},"n":1}"#,
            r#"{"delta":{"content":"a"},"n":2}"#,
            r#"{"delta":{"content":null},"n":1}"#,
            "{\"delta\":{\"content\":\"a\tb\"},\"n\":1}",
            r#"{"delta":{"content":""#,
            "",
        ] {
            assert_eq!(repeated.text(other), None, "{other}");
        }
        repeated.forget();
        assert_eq!(repeated.text(event), None);
    }

    #[test]
    fn a_text_from_elsewhere_is_not_remembered() {
        let mut repeated = Repeated::default();
        repeated.remember(r#"{"text":"hi"}"#, String::from("hi").as_str());
        repeated.remember(r#"{"text":"hi"}"#, "");
        assert_eq!(repeated.text(r#"{"text":"hi"}"#), None);
    }
}
