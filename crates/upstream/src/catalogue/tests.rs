use super::*;
use expect_test::{Expect, expect};
use ironbridge_wire::Usage;

fn check(names: &[&str], expected: Expect) {
    let mut text = String::new();
    for name in names {
        let facts = Catalogue::model(name);
        text.push_str(&format!(
            "{name}: {:?} {}+{} {:?} {}\n",
            facts.pattern,
            facts.context_tokens,
            facts.output_tokens_max,
            facts.tokenizer,
            facts
                .prices
                .map_or("free".to_owned(), |prices| format!("{}/{}", prices.input, prices.output)),
        ));
    }
    expected.assert_eq(&text);
}

#[test]
fn the_longest_pattern_wins_whatever_the_spelling() {
    check(
        &[
            "claude-sonnet-4-5-20250929",
            "claude-sonnet-4.5",
            "anthropic/Claude-Sonnet-4",
            "us.anthropic.claude-opus-4-1-20250805-v1:0",
            "claude-9",
            "gpt-5.1-codex",
            "gpt-5-mini-2025-08-07",
            "gpt-4.1-nano",
            "openai/gpt-4o",
            "gpt-3.5-turbo",
            "gpt-oss:20b",
            "gpt-9",
            "o3",
            "meta-llama/Llama-3.3-70B-Instruct",
            "qwen2.5-coder:7b",
            "offline",
            "nobody-knows",
            "",
        ],
        expect![[r#"
            claude-sonnet-4-5-20250929: "claude-sonnet-4-5" 200000+64000 Anthropic 3000000/15000000
            claude-sonnet-4.5: "claude-sonnet-4-5" 200000+64000 Anthropic 3000000/15000000
            anthropic/Claude-Sonnet-4: "claude-sonnet-4" 200000+64000 Anthropic 3000000/15000000
            us.anthropic.claude-opus-4-1-20250805-v1:0: "claude-opus-4-1" 200000+32000 Anthropic 15000000/75000000
            claude-9: "claude-" 200000+32000 Anthropic 3000000/15000000
            gpt-5.1-codex: "gpt-5-1" 400000+128000 Openai("o200k_base") 1250000/10000000
            gpt-5-mini-2025-08-07: "gpt-5-mini" 400000+128000 Openai("o200k_base") 250000/2000000
            gpt-4.1-nano: "gpt-4-1-nano" 1047576+32768 Openai("o200k_base") 100000/400000
            openai/gpt-4o: "gpt-4o" 128000+16384 Openai("o200k_base") 2500000/10000000
            gpt-3.5-turbo: "gpt-3-5-turbo" 16385+4096 Openai("cl100k_base") 500000/1500000
            gpt-oss:20b: "gpt-oss" 131072+131072 Openai("o200k_base") free
            gpt-9: "gpt-" 128000+16384 Openai("o200k_base") 2500000/15000000
            o3: "o3" 200000+100000 Openai("o200k_base") 2000000/8000000
            meta-llama/Llama-3.3-70B-Instruct: "llama" 131072+8192 Llama("llama") free
            qwen2.5-coder:7b: "qwen" 131072+32768 Llama("qwen") free
            offline: "offline" 1000000+128000 Openai("o200k_base") free
            nobody-knows: "" 128000+8192 Unknown free
            : "" 128000+8192 Unknown free
        "#]],
    );
}

#[test]
fn every_listed_name_finds_its_own_row() {
    let names: Vec<_> = Catalogue::names().collect();
    assert!(names.len() > 20);
    for name in names {
        assert_eq!(Catalogue::model(name).pattern, name);
    }
}

#[test]
fn a_translation_learns_what_the_model_wants() {
    let target = Catalogue::model("claude-opus-4-6").target();
    assert!(target.adaptive_thinking && target.output_tokens_max == Some(128_000));
    assert!(Catalogue::model("gpt-5").target().max_completion_tokens);
    assert_eq!(Catalogue::model("nobody-knows").target().output_tokens_max, None);
}

#[test]
fn each_token_is_billed_once() {
    let usage = Usage {
        input: 1000,
        cache_read: Some(10_000),
        cache_write: Some(3000),
        cache_write_1h: Some(1000),
        output: 500,
        reasoning: Some(400),
    };
    let prices = Catalogue::model("claude-sonnet-4-5").prices.unwrap();
    // By hand: 1000×3 + 10,000×0.3 + 2000×3.75 + 1000×6 + 500×15 dollars per million.
    assert_eq!(prices.cost(&usage), Picodollars(27_000_000_000));
    assert!((prices.cost(&usage).dollars() - 0.027).abs() < 1e-12);
}

#[test]
fn every_kind_has_a_path_for_each_dialect_it_speaks() {
    use crate::call::Endpoint;
    for kind in ProviderKind::ALL {
        let facts = Catalogue::kind(kind);
        assert_eq!(facts.kind, kind);
        for dialect in facts.dialects.iter().chain(facts.taught) {
            assert!(facts.path(Endpoint::of(*dialect)).is_some(), "{} {dialect}", facts.name);
        }
    }
}
