//! What the built-in model counts: everything by o200k_base and OpenAI's rules for messages.

use ironbridge_tokens::{Counter, Encoding, Family, Request};
use ironbridge_wire::Prompt;

/// A model that o200k_base and the rules of GPT-4o count exactly.
const COUNTED_AS: &str = "gpt-4o";

/// The tokens of a text.
pub(super) fn text(text: &str) -> u64 {
    Encoding::O200kBase.count(text) as u64
}

/// The longest beginning of `text` that has at most `tokens_max` tokens and ends between characters.
pub(super) fn cut(text: &str, tokens_max: u64) -> &str {
    let most = usize::try_from(tokens_max).unwrap_or(usize::MAX);
    if Encoding::O200kBase.count_up_to(text, most).is_some() {
        return text;
    }
    let tokens = Encoding::O200kBase.encode(text);
    (0..=most.min(tokens.len()))
        .rev()
        .find_map(|kept| {
            let bytes = Encoding::O200kBase.decode(tokens.get(..kept)?).ok()?;
            text.get(..bytes.len())
        })
        .unwrap_or_default()
}

/// The tokens of a whole request.
pub(super) fn input(prompt: &Prompt) -> u64 {
    let request = Request::of_prompt(prompt);
    Counter::new(Family::OpenAi, COUNTED_AS, &Encoding::O200kBase).count(&request).tokens
}
