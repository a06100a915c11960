//! A context that fills: outputs are forgotten, then messages summarised, and what the user said stays.

use super::turns::{check, done};
use super::*;
use expect_test::expect;
use ironbridge_session::Message;

/// About so many tokens.
fn long(tokens: usize) -> String {
    "long ".repeat(tokens)
}

/// A bench with a context of 20,000 tokens, whose turn has had so many calls with outputs of 2,000 tokens each; the lines
/// of the last.
fn with_outputs(context_max: u64, calls: usize) -> (Bench, Vec<String>) {
    let mut bench = Bench::with(engine_of(true, 100, context_max));
    bench.prompt("count the words");
    let mut lines = Vec::new();
    for step in 0..calls {
        bench.reply("", &[(&format!("c{step}"), "look", r#"{"path":"p"}"#)]);
        let call = bench.call(0);
        bench.give(Input::Judged { call, verdict: Verdict::Allow });
        let outcome = done(&format!("{step} {}", long(2_000)));
        lines = bench.give(Input::ToolDone { call, outcome });
        lines.retain(|line| !line.starts_with("result"));
    }
    (bench, lines)
}

/// A bench with a context of 20,000 tokens and prompts of 3,000 tokens, until a summary is asked for.
fn with_prompts() -> Bench {
    let mut bench = Bench::with(engine_of(true, 100, 20_000));
    for step in 0..10 {
        let lines = bench.prompt(&format!("prompt {step} {}", long(3_000)));
        if lines == ["summarise"] {
            return bench;
        }
        bench.reply(&format!("reply {step}"), &[]);
    }
    panic!("no summary was asked for");
}

fn first_text(bench: &Bench) -> String {
    let view = bench.engine.transcript().view();
    match view.first().map(AsRef::as_ref) {
        Some(Message::User { parts, .. }) => UserPart::texts(parts).replace("long ", ""),
        other => panic!("the user speaks first, not {other:?}"),
    }
}

#[test]
fn old_outputs_are_forgotten_within_a_turn_before_anything_is_summarised() {
    let (_, lines) = with_outputs(20_000, 7);
    check(lines, expect!["model 15 messages"]);
    let (bench, lines) = with_outputs(20_000, 8);
    check(
        lines,
        expect![[r#"
            notice 6 old outputs of tools are no longer sent, to save context
            model 17 messages"#]],
    );
    let kept = |message: &&std::sync::Arc<Message>| matches!(&***message, Message::Result(result) if result.text.len() > 1_000);
    assert_eq!(bench.engine.transcript().view().iter().filter(kept).count(), 2);
}

#[test]
fn the_oldest_messages_are_summarised_and_what_the_user_said_is_kept_word_by_word() {
    let mut bench = with_prompts();
    let lines = bench.reply("<think>hm</think>They talk.", &[]);
    check(
        lines.iter().map(|line| line.replace("long ", "")).collect(),
        expect![[r#"
            summary They talk.

            # What the user said, word for word
            prompt 3 l
            [… 9383 of 15008 characters left out …]
             long
            model 3 messages"#]],
    );
    assert_eq!(first_text(&bench).lines().nth(2), Some("They talk."));
    check(bench.reply("reply", &[]), expect!["end completed"]);
}

#[test]
fn where_the_model_gives_no_summary_or_a_longer_one_a_mechanical_one_is_made() {
    let mut bench = with_prompts();
    let lines = bench.reply(&long(20_000), &[]);
    let said = lines.iter().map(|line| line.replace("long ", "")).collect();
    check(
        said,
        expect![[r#"
            summary - you said: reply 0
            - you said: reply 1
            - you said: reply 2

            # What the user said, word for word
            prompt 3 l
            [… 9383 of 15008 characters left out …]
             long
            model 3 messages"#]],
    );
    let mut bench = with_prompts();
    let lines = bench.fail(FailureKind::Fatal, None);
    check(
        lines.into_iter().take(2).collect(),
        expect![[r#"
            cancel model
            notice the model gave no summary, a mechanical one is made: no luck"#]],
    );
    assert!(first_text(&bench).contains("- you said: reply 0"));
}

#[test]
fn a_summary_is_asked_for_again_and_an_interrupt_ends_it() {
    let mut bench = with_prompts();
    check(
        bench.fail(FailureKind::Transient, None),
        expect![[r#"
            cancel model
            discard 10
            retry 1 in 205"#]],
    );
    let timer = bench.engine.numbers.timer;
    check(bench.give(Input::Timer(timer)), expect!["summarise"]);
    check(
        bench.give(Input::Operation(Operation::Interrupt)),
        expect![[r#"
            cancel model
            discard 11
            end interrupted"#]],
    );
    assert!(bench.engine.transcript().compacted().is_none());
    check(bench.reply("late", &[]), expect![""]);
}

#[test]
fn a_request_that_is_refused_as_too_long_gets_shorter_until_nothing_is_left_to_leave_out() {
    let (mut bench, _) = with_outputs(0, 4);
    check(
        bench.fail(FailureKind::ContextFull, None),
        expect![[r#"
            cancel model
            notice 3 old outputs of tools are no longer sent, to save context
            model 9 messages"#]],
    );
    check(
        bench.fail(FailureKind::ContextFull, None),
        expect![[r#"
            cancel model
            summarise"#]],
    );
    let lines = bench.reply("They counted.", &[]);
    check(
        lines,
        expect![[r#"
            summary They counted.

            # What the user said, word for word
            count the words
            model 3 messages"#]],
    );
    check(
        bench.fail(FailureKind::ContextFull, None),
        expect![[r#"
            cancel model
            end error: no luck"#]],
    );
}

#[test]
fn a_person_may_ask_for_a_summary_between_turns() {
    let compact = || Input::Operation(Operation::Compact);
    let mut bench = Bench::new();
    check(bench.give(compact()), expect!["notice there is nothing to summarise yet"]);
    bench.prompt("one");
    check(
        bench.give(compact()),
        expect!["notice a turn is under way; interrupt it before summarising"],
    );
    bench.reply(&long(500), &[]);
    bench.prompt("two");
    bench.reply("2", &[]);
    check(bench.give(compact()), expect!["summarise"]);
    check(bench.prompt("three"), expect![[r#"queue ["three"]"#]]);
    check(
        bench.reply("They counted.", &[]),
        expect![[r#"
            summary They counted.

            # What the user said, word for word
            one
            queue []
            model 4 messages"#]],
    );
}

#[test]
fn what_a_provider_reports_is_what_counts() {
    let mut bench = Bench::with(engine_of(true, 10, 20_000));
    bench.prompt(&long(5_000));
    let usage = ironbridge_wire::Usage { input: 16_000, output: 4, ..Default::default() };
    let request = bench.request();
    bench.give(Input::Model { request, event: Heard::Usage(usage) });
    bench.reply("hi", &[]);
    check(bench.prompt("again"), expect!["summarise"]);
}
