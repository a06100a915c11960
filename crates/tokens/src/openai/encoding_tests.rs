//! Held against two independent implementations: `tiktoken-rs` (the official patterns and the
//! official merging) for all encodings, `bpe-openai` (another algorithm) for o200k and cl100k.

use proptest::prelude::*;
use tiktoken_rs::CoreBPE;

use super::Encoding;

fn oracle(encoding: Encoding) -> &'static CoreBPE {
    match encoding {
        Encoding::O200kBase => tiktoken_rs::o200k_base_singleton(),
        Encoding::Cl100kBase => tiktoken_rs::cl100k_base_singleton(),
        // They differ in special tokens only; each oracle takes a second to build.
        Encoding::P50kBase | Encoding::P50kEdit => tiktoken_rs::p50k_base_singleton(),
        Encoding::R50kBase => tiktoken_rs::r50k_base_singleton(),
    }
}

/// All encodings agree with the oracle on a text, and lead back to it.
#[track_caller]
fn check(text: &str) {
    for encoding in Encoding::ALL {
        let tokens = encoding.encode(text);
        let expected = oracle(encoding).encode_ordinary(text);
        assert_eq!(tokens, expected, "{} of {text:?}", encoding.name());
        check_agreement(encoding, text, &tokens);
    }
}

#[track_caller]
fn check_agreement(encoding: Encoding, text: &str, tokens: &[u32]) {
    assert_eq!(encoding.decode(tokens).as_deref(), Ok(text.as_bytes()));
    assert_eq!(encoding.count(text), tokens.len());
    assert_eq!(encoding.count_up_to(text, tokens.len()), Some(tokens.len()));
    if let Some(less) = tokens.len().checked_sub(1) {
        assert_eq!(encoding.count_up_to(text, less), None);
    }
}

#[test]
fn agrees_on_chosen_texts() {
    let texts = [
        "",
        " ",
        "a",
        "Hello, world! It's 2024-05-13; I'LL we'Re y'all've don'T 'tis '\u{17f} x'\u{17f}y",
        "fn main() {\n    println!(\"{}\", 1_000_000);\n}\n\n\n// end   \n",
        "camelCase HTMLParser XMLHttpRequest iPhone SCREAMING_SNAKE aBcDeF ABCdefGHI",
        "あいうえおABC漢字かなカナabc。、！ 日本語テキストの長い段落が続く場合でも正しく動く必要がある",
        "ÀÉÎõü straße ΑΒΓαβγ Русский ТЕКСТ ǅungla ʰʱʲ अनुच्छेद เนื้อหาภาษาไทย مرحبا بالعالم",
        "\u{301}abc \u{301}ABC !\u{301}x \u{301}\u{301} a\u{301}B\u{301}c \u{301}A1",
        "١٢٣٤٥ 1234567890 ½ Ⅷ ²³ 12a34 ๑๒๓",
        "a \n b  \n\n  c\r\n\r\n\td \u{a0}\u{3000}e\u{2028}f  \n  ",
        "trailing \n  ",
        "trailing  ",
        "\n \n",
        "// a/b//c /// \n/// x\n///\n",
        "!!!\r\n\r\n/// ???\n\n",
        "<|endoftext|><|fim_prefix|>",
        "👩‍👩‍👧‍👦🏳️‍🌈 emoji 🤦🏽‍♀️!",
        "\0\u{1}\u{7f}\u{fffd}\u{10ffff}",
        "                                                                         x",
        "================================================================",
    ];
    let sources = [
        include_str!("encoding.rs"),
        include_str!("pattern.rs"),
        include_str!("encoding_tests.rs"),
        include_str!("../../Cargo.toml"),
    ];
    texts.into_iter().chain(sources).for_each(check);
}

/// What tempts a merge loop into quadratic time. The oracle itself is quadratic on some of these, so
/// its share is short.
#[test]
fn agrees_on_long_runs() {
    for unit in
        ["a", "A", "ab", "aあ", " ", "\n", " \n", "=", "0", "ſ", "\u{301}", "zq", "thequick"]
    {
        for count in [63, 64, 65, 128, 129, 257] {
            check(&unit.repeat(count));
            check(&format!("{}x", unit.repeat(count)));
        }
    }
}

#[test]
fn agrees_with_bpe_openai_on_very_long_runs() {
    for unit in ["a", "abcdefghij", "  ", "あいう", "-=", "zqxj", "aA"] {
        let text = format!("{}!", unit.repeat(50_000 / unit.len()));
        let tokens = Encoding::O200kBase.encode(&text);
        assert_eq!(tokens, bpe_openai::o200k_base().encode(text.as_str()), "{unit:?}");
        check_agreement(Encoding::O200kBase, &text, &tokens);
        let tokens = Encoding::Cl100kBase.encode(&text);
        assert_eq!(tokens, bpe_openai::cl100k_base().encode(text.as_str()), "{unit:?}");
    }
}

/// Every fifth token of every vocabulary that is a text by itself, and some put together: neighbours in
/// rank are unrelated words, so their concatenation is hard to encode.
#[test]
fn agrees_on_tokens() {
    for encoding in
        [Encoding::O200kBase, Encoding::Cl100kBase, Encoding::P50kBase, Encoding::R50kBase]
    {
        let ids = (0..encoding.vocabulary_size()).step_by(5);
        let texts = ids.filter_map(|id| String::from_utf8(encoding.decode(&[id]).ok()?).ok());
        let mut previous = String::new();
        for (number, text) in texts.enumerate() {
            assert_eq!(encoding.encode(&text), oracle(encoding).encode_ordinary(&text), "{text:?}");
            if number % 5 == 0 {
                let pair = [previous.trim(), text.trim()].concat();
                assert_eq!(
                    encoding.encode(&pair),
                    oracle(encoding).encode_ordinary(&pair),
                    "{pair:?}"
                );
            }
            previous = text;
        }
    }
}

#[test]
fn decoding_refuses_what_is_no_token() {
    for (encoding, token) in [
        (Encoding::O200kBase, 199_998),
        (Encoding::Cl100kBase, 100_257),
        (Encoding::P50kBase, 50_256),
        (Encoding::R50kBase, 50_256),
        (Encoding::R50kBase, u32::MAX),
    ] {
        let error = super::DecodeError { encoding: encoding.name(), token };
        assert_eq!(encoding.decode(&[0, token]), Err(error));
    }
}

#[test]
fn models_have_the_encoding_of_the_official_table() {
    for (model, encoding) in [
        ("gpt-5.4-mini", Some("o200k_base")),
        ("o1", Some("o200k_base")),
        ("o3-mini", Some("o200k_base")),
        ("gpt-4o-2024-05-13", Some("o200k_base")),
        ("openai/gpt-4.1-nano", Some("o200k_base")),
        ("ft:gpt-4o:acme:suffix:id", Some("o200k_base")),
        ("gpt-oss-120b", Some("o200k_base")),
        ("gpt-4-0314", Some("cl100k_base")),
        ("gpt-3.5-turbo-16k", Some("cl100k_base")),
        ("gpt-35-turbo", Some("cl100k_base")),
        ("text-embedding-3-small", Some("cl100k_base")),
        ("text-davinci-003", Some("p50k_base")),
        ("text-davinci-001", Some("r50k_base")),
        ("code-davinci-002", Some("p50k_base")),
        ("code-davinci-edit-001", Some("p50k_edit")),
        ("gpt2", Some("r50k_base")),
        ("claude-sonnet-4", None),
    ] {
        assert_eq!(Encoding::for_model(model).map(Encoding::name), encoding, "{model}");
    }
    for encoding in Encoding::ALL {
        assert_eq!(Encoding::by_name(encoding.name()), Some(encoding));
    }
    assert_eq!(Encoding::by_name("o200k"), None);
}

#[test]
fn tables_stay_within_their_budget() {
    assert!(Encoding::O200kBase.table_bytes() <= 6 << 20);
    assert!(Encoding::Cl100kBase.table_bytes() <= 3 << 20);
    assert!(Encoding::P50kBase.table_bytes() <= 2 << 20);
}

/// Text that changes between the classes of the patterns all the time.
fn mixed_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z]{1,12}",
        "[A-Z]{1,6}",
        "[ \t\n\r]{1,4}",
        "[0-9]{1,5}",
        "[!-/:-@'_]{1,4}",
        "'(s|S|t|re|VE|ll|d|m|ſ|x)",
        "\\p{Lo}{1,4}",
        "\\p{Lm}",
        "\\p{Lt}",
        "\\p{Lu}{1,2}",
        "\\p{Ll}{1,2}",
        "\\p{M}{1,2}",
        "\\p{N}{1,3}",
        "\\s{1,3}",
        "\\PC{1,3}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_on_mixed_text(text in mixed_text()) {
        check(&text);
    }

    #[test]
    fn agrees_on_any_text(text in any::<String>()) {
        check(&text);
    }

    /// Few letters, so that every piece is a contest of overlapping tokens.
    #[test]
    fn agrees_on_narrow_alphabets(text in "[abe]{0,60}|[ inotes]{0,80}|[eèé]{0,30}|[的一是]{0,20}") {
        check(&text);
    }
}
