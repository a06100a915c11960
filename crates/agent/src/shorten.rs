//! Texts that are too long for a model: the begin and the end stay, and what is left out is said.

/// The text, or its begin (40 %) and end (60 %) with what is missing between them, in `chars_max` characters and a line.
pub(crate) fn shorten(text: &str, chars_max: usize) -> String {
    let total = text.chars().count();
    if total <= chars_max {
        return text.to_owned();
    }
    let head = chars_max * 2 / 5;
    let tail = chars_max - head;
    let at = |chars: usize| text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    let (begin, end) = (text.get(..at(head)), text.get(at(total - tail)..));
    let left_out = total - chars_max;
    format!(
        "{}\n[… {left_out} of {total} characters left out …]\n{}",
        begin.unwrap_or_default(),
        end.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begin_and_end_stay_and_characters_stay_whole() {
        assert_eq!(shorten("short", 5), "short");
        assert_eq!(shorten("äöüßéèêëàá", 5), "äö\n[… 5 of 10 characters left out …]\nëàá");
    }
}
