use ironbridge_tokens::{Encoding, Family, ImageSize, TokenizerJson};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// A prefix of the tokens decodes to a prefix of the text, and limits cut where counting does.
    #[test]
    fn encodings_lead_back_to_the_text(text in "\\PC{0,40}|[a-zA-Z' ]{0,60}|[\\s\\d]{0,20}", cut in 0usize..40) {
        for encoding in Encoding::ALL {
            let tokens = encoding.encode(&text);
            let cut = cut.min(tokens.len());
            let decoded = encoding.decode(&tokens[..cut]).unwrap();
            prop_assert!(text.as_bytes().starts_with(&decoded));
            let limited = encoding.count_up_to(&text, cut);
            prop_assert_eq!(limited, (tokens.len() <= cut).then_some(tokens.len()));
        }
    }

    #[test]
    fn hostile_input_is_an_answer_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200), text in any::<String>()) {
        prop_assert!(TokenizerJson::from_bytes("x", &bytes).is_err());
        for head in [&b"\xff\xd8\xff"[..], b"RIFF\0\0\0\0WEBPVP8X", b"\x89PNG\r\n\x1a\n", b"GIF89a"] {
            let found = ImageSize::of_bytes(&[head, &bytes].concat());
            prop_assert!(found.is_none_or(|size| size.width > 0 && size.height > 0));
        }
        prop_assert!(ImageSize::of(&text).is_none_or(|size| size.width > 0));
        prop_assert!(!Family::of(Some(&text), &text).tokenizer(&text).name().is_empty());
    }
}
