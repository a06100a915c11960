//! Small vocabularies with results worked out by hand; then the vocabularies of GPT-2 and GPT-4 written
//! out as `tokenizer.json` files, which must count as the encodings themselves do.

use std::error::Error as _;

use serde_json::{Value, json};

use super::pre_tokenizer::{PreTokenizer, byte_as_char, bytes_as_chars};
use super::*;
use crate::Encoding;

const LLAMA_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const O200K: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const DEEPSEEK: &str = r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##;

fn load(file: &Value) -> Result<TokenizerJson, TokenizerJsonError> {
    TokenizerJson::from_bytes("test", file.to_string().as_bytes())
}

/// A vocabulary of the Llama 2 kind: `▁` for spaces, 256 byte tokens, merges over characters.
fn sentencepiece() -> Value {
    let words = ["▁", "h", "e", "l", "o", "he", "ll", "hell", "hello", "▁hello", "é", "▁▁"];
    let bytes = (0..=255).map(|byte| format!("<0x{byte:02X}>"));
    let vocabulary = ["<unk>", "<s>", "</s>"].map(String::from).into_iter();
    let vocabulary = vocabulary.chain(bytes).chain(words.map(String::from));
    let vocabulary: serde_json::Map<String, Value> =
        vocabulary.enumerate().map(|(id, token)| (token, json!(id))).collect();
    json!({
        "added_tokens": [
            { "id": 1, "content": "<s>", "special": true },
            { "id": 2, "content": "</s>", "special": true },
        ],
        "normalizer": { "type": "Sequence", "normalizers": [
            { "type": "Prepend", "prepend": "▁" },
            { "type": "Replace", "pattern": { "String": " " }, "content": "▁" },
        ]},
        "pre_tokenizer": null,
        "model": {
            "type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
            "vocab": vocabulary,
            "merges": ["h e", "l l", "he ll", "hell o", "▁ hello", "▁ ▁"],
        },
    })
}

#[test]
fn sentencepiece_style_with_byte_fallback() {
    let tokenizer = load(&sentencepiece()).unwrap();
    for (text, expected) in [
        ("", vec![]),
        ("hello", vec![268]),
        ("hello hello", vec![268, 268]),
        ("  hello", vec![270, 268]),
        ("hell", vec![259, 266]),
        // Not in the vocabulary: three bytes, E4 BD A0, as tokens 3 + byte; `é` is in it.
        ("é你", vec![259, 269, 231, 192, 163]),
        ("\n", vec![259, 13]),
        ("<s>hello</s>", vec![1, 268, 2]),
        ("a<s>", vec![259, 100, 1]),
    ] {
        assert_eq!(tokenizer.encode(text), expected, "{text:?}");
        assert_eq!(tokenizer.count_text(text), expected.len() as u64);
    }
    assert_eq!((tokenizer.name(), tokenizer.exactness()), ("test", Exactness::Exact));
}

#[test]
fn gemma_style_and_unknown_characters() {
    let mut file = sentencepiece();
    file["normalizer"] = json!({ "type": "Replace", "pattern": { "String": " " }, "content": "▁" });
    file["pre_tokenizer"] = json!({
        "type": "Split", "pattern": { "String": " " }, "behavior": "MergedWithPrevious", "invert": false,
    });
    file["model"]["merges"] = json!([["h", "e"], ["l", "l"], ["▁", "▁"]]);
    file["model"]["byte_fallback"] = json!(false);
    for (fuse, text, expected) in [
        (true, "hello  e", vec![264, 265, 263, 270, 261]),
        (true, "xyzhxe", vec![0, 260, 0, 261]),
        (false, "xyzhxe", vec![0, 0, 0, 260, 0, 261]),
    ] {
        file["model"]["fuse_unk"] = json!(fuse);
        assert_eq!(load(&file).unwrap().encode(text), expected, "{text:?}");
    }
    file["model"]["unk_token"] = Value::Null;
    assert_eq!(load(&file).unwrap().encode("xhx"), [260]);
}

#[test]
fn added_tokens_are_found_first() {
    let mut file = sentencepiece();
    file["added_tokens"] = json!([
        { "id": 900, "content": "<a>", "lstrip": true, "rstrip": true },
        { "id": 901, "content": "<a><a>" },
        { "id": 902, "content": "lo", "single_word": true },
        { "id": 903, "content": "o l", "normalized": true },
        { "id": 904, "content": "[x.y]" },
        { "id": 905, "content": "" },
    ]);
    let tokenizer = load(&file).unwrap();
    for (text, expected) in [
        ("h <a> \n h", vec![259, 260, 900, 259, 260]),
        ("<a><a><a>", vec![901, 900]),
        ("hello lo", vec![268, 259, 902]),
        ("[x.y][xxy]", vec![904, 259, 94, 123, 123, 124, 96]),
        // Normalized, it begins with the `▁` that is put before every text, so is found at the start.
        ("o l", vec![903]),
    ] {
        assert_eq!(tokenizer.encode(text), expected, "{text:?}");
    }
}

fn cut(spec: Value, text: &str) -> Vec<String> {
    let pieces = PreTokenizer::new(spec).unwrap().apply(Cow::Borrowed(text), true);
    pieces.into_iter().map(Cow::into_owned).collect()
}

#[test]
fn pre_tokenizers_cut_as_documented() {
    let split = |behavior: &str, invert: bool| json!({ "type": "Split", "pattern": { "String": "-" }, "behavior": behavior, "invert": invert });
    let metaspace = |scheme: &str, split: bool| json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split });
    // The first five are the examples of Hugging Face's documentation.
    let text = "the-final--countdown";
    for (spec, text, expected) in [
        (split("Removed", false), text, "the final countdown"),
        (split("Isolated", false), text, "the - final - - countdown"),
        (split("MergedWithPrevious", false), text, "the- final- - countdown"),
        (split("MergedWithNext", false), text, "the -final - -countdown"),
        (split("Contiguous", false), text, "the - final -- countdown"),
        (split("Removed", true), text, "- - -"),
        (split("Isolated", false), "a你-", "a你 -"),
        (metaspace("always", true), "Hey my friend", "▁Hey ▁my ▁friend"),
        (metaspace("first", false), "Hey friend", "▁Hey▁friend"),
        (metaspace("never", true), "Hey  friend", "Hey ▁ ▁friend"),
        (
            json!({ "type": "Metaspace", "replacement": "▁", "add_prefix_space": false }),
            "a b",
            "a ▁b",
        ),
        (json!({ "type": "Digits", "individual_digits": true }), "a123b", "a 1 2 3 b"),
        (json!({ "type": "Digits", "individual_digits": false }), "a123b", "a 123 b"),
        (json!({ "type": "Punctuation" }), "a,b?!", "a , b ? !"),
        (json!({ "type": "Whitespace" }), "a, b\t c!?", "a , b c !?"),
        (json!({ "type": "WhitespaceSplit" }), " a, b\tc!?", "a, b c!?"),
        (json!({ "type": "ByteLevel", "add_prefix_space": true }), "é I'm\n", "ĠÃ© ĠI 'm Ċ"),
        (
            json!({ "type": "ByteLevel", "add_prefix_space": false, "use_regex": false }),
            "a b",
            "aĠb",
        ),
        (
            json!({ "type": "Sequence", "pretokenizers": [
                { "type": "Split", "pattern": { "Regex": "\\p{N}{1,3}" }, "behavior": "Isolated" },
                { "type": "Split", "pattern": { "Regex": "[一-龥぀-ゟ゠-ヿ]+" }, "behavior": "Isolated" },
                { "type": "Split", "pattern": { "Regex": DEEPSEEK }, "behavior": "Isolated" },
                { "type": "ByteLevel", "add_prefix_space": false, "use_regex": false },
            ]}),
            "x=12345 漢字 a_b  (y)",
            "x = 123 45 Ġ æ¼¢åŃĹ Ġa _b Ġ Ġ( y )",
        ),
    ] {
        assert_eq!(cut(spec.clone(), text).join(" "), expected, "{spec}");
    }
}

/// An encoding written out as a byte-level `tokenizer.json`.
fn written_out(encoding: Encoding, pre_tokenizer: &Value, ignore_merges: bool) -> TokenizerJson {
    let token = |id: u32| {
        let bytes = encoding.decode(&[id]).ok()?;
        Some(bytes.into_iter().map(byte_as_char).collect::<String>())
    };
    let ids = 0..encoding.vocabulary_size();
    let vocabulary: serde_json::Map<String, Value> =
        ids.clone().filter_map(|id| Some((token(id)?, json!(id)))).collect();
    let merges = ids.filter(|&id| encoding.halves(id) != (id, id)).filter_map(|id| {
        let (left, right) = encoding.halves(id);
        Some(json!([token(left)?, token(right)?]))
    });
    let merges: Vec<Value> = merges.collect();
    load(&json!({
        "pre_tokenizer": pre_tokenizer,
        "model": {
            "type": "BPE", "vocab": vocabulary, "merges": merges, "ignore_merges": ignore_merges,
        },
    }))
    .unwrap()
}

fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "Hello, world! It's 2024-05-13 and WE'RE fine.",
        "fn main() {\n    println!(\"{}\", 1_000);\n}\n\n\n// end",
        "  spaces   and\ttabs \u{3000} x",
        "日本語とEnglishの混在 café naïve \u{301}x 👩‍👩‍👧‍👦",
        include_str!("model.rs"),
        include_str!("tests.rs"),
    ]
    .map(String::from)
    .to_vec();
    texts.push("a".repeat(5_000));
    texts.push("zqxj".repeat(1_000));
    texts
}

#[test]
fn gpt2_written_out_counts_as_r50k() {
    let byte_level = json!({ "type": "ByteLevel", "add_prefix_space": false });
    let tokenizer = written_out(Encoding::R50kBase, &byte_level, false);
    for text in texts() {
        assert_eq!(tokenizer.encode(&text), Encoding::R50kBase.encode(&text), "{text:.60}");
    }
}

#[test]
fn gpt4_written_out_like_llama_3_counts_as_cl100k() {
    let llama = json!({ "type": "Sequence", "pretokenizers": [
        { "type": "Split", "pattern": { "Regex": LLAMA_3 }, "behavior": "Isolated", "invert": false },
        { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false },
    ]});
    let tokenizer = written_out(Encoding::Cl100kBase, &llama, true);
    for text in texts() {
        assert_eq!(tokenizer.encode(&text), Encoding::Cl100kBase.encode(&text), "{text:.60}");
    }
}

/// The look-ahead in the pattern is emulated; the hand-written cut of o200k needs none.
#[test]
fn patterns_with_look_ahead_cut_exactly() {
    let pattern = Pattern::regex(O200K).unwrap();
    for text in texts() {
        let mut start = 0;
        for (section, is_match) in pattern.sections(&text) {
            let end = crate::openai::o200k_piece_end(&text, start);
            assert_eq!((section, is_match), (&text[start..end], true));
            start = end;
        }
        assert_eq!(start, text.len());
    }
}

#[test]
fn bytes_are_disguised_as_in_gpt2() {
    assert_eq!(bytes_as_chars("a \n\u{0}\u{7f}\u{ad}é"), "aĠĊĀġÂŃÃ©");
}

#[test]
fn normalizers_change_the_text() {
    let sequence = json!({ "type": "Sequence", "normalizers": [
        { "type": "Strip", "strip_left": true, "strip_right": false },
        { "type": "Lowercase" },
        { "type": "Replace", "pattern": { "Regex": "\\s+" }, "content": "_" },
    ]});
    for (spec, text, expected) in [
        (sequence, "  A  \tB ", "a_b_"),
        (json!({ "type": "NFC" }), "e\u{301}ﬁ", "éﬁ"),
        (json!({ "type": "NFD" }), "é", "e\u{301}"),
        (json!({ "type": "NFKC" }), "e\u{301}ﬁ", "éfi"),
        (json!({ "type": "NFKD" }), "éﬁ", "e\u{301}fi"),
        (json!({ "type": "Prepend", "prepend": "▁" }), "", ""),
        (json!({ "type": "Strip", "strip_left": false, "strip_right": true }), " a ", " a"),
    ] {
        assert_eq!(
            Normalizer::new(spec.clone()).unwrap().apply(Cow::Borrowed(text)),
            expected,
            "{spec}"
        );
    }
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let regex = |pattern: &str| json!({ "type": "Split", "pattern": { "Regex": pattern }, "behavior": "Isolated" });
    for (path, value, expected) in [
        (
            "/model/type",
            json!("WordPiece"),
            "tokenizer.json uses a model that is not supported: WordPiece",
        ),
        (
            "/model/end_of_word_suffix",
            json!("</w>"),
            "tokenizer.json uses a model that is not supported: end_of_word_suffix",
        ),
        ("/model/merges/0", json!("h x"), "tokenizer.json has no token \"hx\", which it refers to"),
        (
            "/model/merges/0",
            json!("hx"),
            "tokenizer.json uses a model that is not supported: a merge that is no pair",
        ),
        ("/model/unk_token", json!("?"), "tokenizer.json has no token \"?\", which it refers to"),
        ("/model/vocab", json!([]), "tokenizer.json is not readable"),
        (
            "/normalizer",
            json!({ "type": "Precompiled" }),
            "tokenizer.json uses a normalizer that is not supported: Precompiled",
        ),
        (
            "/pre_tokenizer",
            json!({ "type": "BertPreTokenizer" }),
            "tokenizer.json uses a pre-tokenizer that is not supported: BertPreTokenizer",
        ),
        (
            "/pre_tokenizer",
            regex("a(?!b)"),
            "tokenizer.json uses a pattern that is not supported: a(?!b)",
        ),
        (
            "/pre_tokenizer",
            regex("(?<=a)b"),
            "tokenizer.json uses a pattern that is not supported: (?<=a)b",
        ),
        (
            "/pre_tokenizer",
            regex("a++|b"),
            "tokenizer.json uses a pattern that is not supported: a++|b",
        ),
        (
            "/pre_tokenizer",
            regex("(a)\\1"),
            "tokenizer.json uses a pattern that is not supported: (a)\\1",
        ),
        (
            "/pre_tokenizer",
            regex("(?:\\s+(?!\\S))x"),
            "tokenizer.json uses a pattern that is not supported: (?:\\s+(?!\\S))x",
        ),
        (
            "/pre_tokenizer",
            regex("[z-a]"),
            "tokenizer.json has a pattern that does not compile: [z-a]",
        ),
    ] {
        let mut file = sentencepiece();
        file["model"]["end_of_word_suffix"] = Value::Null;
        *file.pointer_mut(path).unwrap() = value;
        let error = load(&file).unwrap_err();
        assert_eq!(error.to_string(), expected, "{path}");
        let has_source = expected.ends_with("readable") || expected.contains(" compile:");
        assert_eq!(error.source().is_some(), has_source, "{path}");
    }
}

#[test]
fn what_is_no_json_or_too_large_is_refused() {
    let error = TokenizerJson::from_bytes("x", b"{").unwrap_err();
    assert_eq!(error.to_string(), "tokenizer.json is not readable");
    let error =
        TokenizerJson::from_bytes("x", &vec![b' '; TOKENIZER_JSON_BYTES_MAX + 1]).unwrap_err();
    assert_eq!(error.to_string(), "tokenizer.json has 67108865 bytes, more than 67108864");
}
