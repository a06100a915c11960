//! How much of a request's body is text, by its bytes alone: what its tokens are estimated from.

use memchr::{memchr_iter, memmem};

/// What a body weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Bytes that are not media.
    pub(crate) text_bytes: u64,
    /// Images and other media in base64.
    pub(crate) media: u64,
}

/// Only requests with media hold one of these: a data URL or Anthropic's source has the first, OpenAI's audio the
/// second.
const SIGNS: [&[u8]; 2] = [b"base64", b"input_audio"];

/// A shorter string is not looked at, in bytes: as text it is estimated high by a few hundred tokens.
const MEDIA_BYTES_MIN: usize = 1024;

/// So many characters at the end of a string tell base64 from text, which has a space or a mark among them.
const SAMPLE_BYTES: usize = 128;

impl Weight {
    /// Weighs a body. Costs a search for two words, and only where one of them stands a search for quotes.
    pub(crate) fn of(body: &[u8]) -> Self {
        let all = body.len() as u64;
        if SIGNS.iter().all(|sign| memmem::find(body, sign).is_none()) {
            return Weight { text_bytes: all, media: 0 };
        }
        // No quote stands within base64, so each block is all that is between two.
        let (mut from, mut media_bytes, mut media) = (0, 0, 0);
        for quote in memchr_iter(b'"', body) {
            let piece = body.get(from..quote).unwrap_or_default();
            from = quote + 1;
            if is_media(piece) {
                media_bytes += piece.len() as u64;
                media += 1;
            }
        }
        Weight { text_bytes: all - media_bytes, media }
    }
}

fn is_media(piece: &[u8]) -> bool {
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(byte);
    piece.len() >= MEDIA_BYTES_MIN
        && piece.get(piece.len() - SAMPLE_BYTES..).is_some_and(|end| end.iter().all(in_alphabet))
}

#[cfg(test)]
mod tests {
    use super::Weight;

    fn weigh(text: &str) -> (u64, u64) {
        let weight = Weight::of(text.as_bytes());
        (weight.text_bytes, weight.media)
    }

    #[test]
    fn media_weigh_nothing_as_text() {
        let image = "iVBORw0KGgo".repeat(1000);
        let around = r#"{"content":[{"text":"look"},{"type":"base64","data":""}]}"#;
        let body = around.replace(r#""data":"""#, &format!(r#""data":"{image}""#));
        assert_eq!(weigh(&body), (around.len() as u64, 1));
        let url = format!(r#"{{"url":"data:image/png;base64,{image}"}}"#);
        assert_eq!(weigh(&url), (r#"{"url":""}"#.len() as u64, 1));
    }

    #[test]
    fn text_about_base64_is_text() {
        let text = format!(r#"{{"content":"base64 is {}"}}"#, "a long story, ".repeat(500));
        assert_eq!(weigh(&text), (text.len() as u64, 0));
        assert_eq!(weigh(""), (0, 0));
    }
}
