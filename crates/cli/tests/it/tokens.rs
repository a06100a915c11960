//! `tokens`.

use expect_test::{Expect, expect};

use crate::command::Home;

fn check(files: &[(&str, &str)], arguments: &[&str], stdin: &str, expected: Expect) {
    expected.assert_eq(&Home::with(files).run(arguments, stdin));
}

#[test]
fn stdin_is_counted_without_a_file() {
    check(
        &[],
        &["tokens"],
        "hello world",
        expect![[r#"
        2  exact  o200k_base  -
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &[],
        &["tokens", "-", "--encoding", "r50k_base"],
        "hello world",
        expect![[r#"
        2  exact  r50k_base  -
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &[],
        &["tokens"],
        "",
        expect![[r#"
        0  exact  o200k_base  -
        --- stderr
        --- exit 0
    "#]],
    );
}

#[test]
fn several_files_have_a_total() {
    let files =
        [("a.txt", "hello world"), ("b.txt", "The quick brown fox jumps over the lazy dog.")];
    check(
        &files,
        &["tokens", "a.txt", "b.txt", "--model", "gpt-4"],
        "",
        expect![[r#"
         2  exact  cl100k_base  a.txt
        10  exact  cl100k_base  b.txt
        12  exact  cl100k_base  total
        --- stderr
        --- exit 0
    "#]],
    );
}

#[test]
fn what_cannot_be_counted_does_not_stop_the_rest() {
    let files = [("a.txt", "hello world")];
    check(
        &files,
        &["tokens", "absent", "a.txt", "gone"],
        "",
        expect![[r#"
        2  exact  o200k_base  a.txt
        --- stderr
        error: cannot count absent
          caused by: No such file or directory (os error 2)
        error: cannot count gone
          caused by: No such file or directory (os error 2)
        --- exit 1
    "#]],
    );
}

#[test]
fn estimates_say_so() {
    check(
        &[],
        &["tokens", "--model", "claude-sonnet-4-5"],
        "hello world",
        expect![[r#"
        2  estimate  anthropic  -
        --- stderr
        --- exit 0
    "#]],
    );
    check(
        &[],
        &["tokens", "--model", "qwen3:8b"],
        "hello world",
        expect![[r#"
        2  estimate  o200k_base (stand-in)  -
        --- stderr
        hint: no tokenizer.json of qwen3:8b was found; name one under [[tokenizer]] in config.toml to count exactly
        --- exit 0
    "#]],
    );
}

/// A vocabulary of single bytes and one merge.
const TOKENIZER: &str = r#"{
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]},
    "added_tokens": []
}"#;

#[test]
fn a_tokenizer_file_is_found_in_the_config_or_the_cache() {
    let config = "[[tokenizer]]\nmatch = \"mine-*\"\nfile = \"t.json\"\n";
    let files = [("config.toml", config), ("t.json", TOKENIZER)];
    check(
        &files,
        &["tokens", "--model", "mine-1"],
        "abab",
        expect![[r#"
        2  exact  t.json  -
        --- stderr
        --- exit 0
    "#]],
    );
    let cached = ".cache/huggingface/hub/models--Qwen--Qwen3-8B/snapshots/abc/tokenizer.json";
    check(
        &[(cached, TOKENIZER)],
        &["tokens", "--model", "qwen3:8b"],
        "aba",
        expect![[r#"
        2  exact  .cache/huggingface/hub/models--Qwen--Qwen3-8B/snapshots/abc/tokenizer.json  -
        --- stderr
        --- exit 0
    "#]],
    );
    let broken = [("config.toml", config), ("t.json", "{}")];
    check(
        &broken,
        &["tokens", "--model", "mine-1"],
        "a",
        expect![[r#"
        --- stderr
        error: cannot count with t.json
          caused by: tokenizer.json is not readable
          caused by: missing field `model` at line 1 column 2
        --- exit 1
    "#]],
    );
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    use std::process::Stdio;
    let home = Home::new();
    let mut command = home.command(&["completions", "zsh"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
