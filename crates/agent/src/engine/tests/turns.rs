use super::*;
use expect_test::{Expect, expect};
use ironbridge_session::{Answer, Scope};

pub(super) fn check(lines: Vec<String>, expected: Expect) {
    expected.assert_eq(&lines.join("\n"));
}

pub(super) fn done(text: &str) -> ToolOutcome {
    ToolOutcome::done(text)
}

#[test]
fn a_text_ends_a_turn() {
    let mut bench = Bench::new();
    check(bench.prompt("hello"), expect!["model 1 messages"]);
    check(bench.reply("hi", &[]), expect!["end completed"]);
}

#[test]
fn readers_run_at_once_and_a_writer_waits_for_them_and_runs_alone() {
    let mut bench = Bench::new();
    bench.prompt("go");
    let path = r#"{"path":"p"}"#;
    let calls =
        [("a", "look", path), ("b", "look", path), ("c", "change", path), ("d", "look", path)];
    check(
        bench.reply("", &calls),
        expect![[r#"
        judge look in normal
        judge look in normal"#]],
    );
    let [d, c, b, a] = [0, 1, 2, 3].map(|back| bench.call(back));
    let allow = |call| Input::Judged { call, verdict: Verdict::Allow };
    check(bench.give(allow(b)), expect![[r#"run look {"path":"p"}"#]]);
    check(bench.give(allow(a)), expect![[r#"run look {"path":"p"}"#]]);
    check(bench.give(Input::ToolDone { call: b, outcome: done("B") }), expect!["result b Done: B"]);
    check(
        bench.give(Input::ToolDone { call: a, outcome: done("A") }),
        expect![[r#"
            result a Done: A
            judge change in normal"#]],
    );
    check(
        bench.give(allow(c)),
        expect![[r#"
        checkpoint 1
        run change {"path":"p"}"#]],
    );
    check(
        bench.give(Input::ToolDone { call: c, outcome: done("C") }),
        expect![[r#"
            result c Done: C
            judge look in normal"#]],
    );
    bench.give(allow(d));
    check(
        bench.give(Input::ToolDone { call: d, outcome: done("D") }),
        expect![[r#"
            result d Done: D
            model 6 messages"#]],
    );
    check(bench.reply("done", &[]), expect!["end completed"]);
}

#[test]
fn what_is_no_proper_call_is_answered_and_its_neighbours_run() {
    let mut bench = Bench::new();
    bench.prompt("go");
    let calls = [
        ("a", "lok", "{}"),
        ("b", "look", "{}"),
        ("c", "look", "{'path': 'p',}"),
        ("c", "look", "path is p"),
    ];
    check(
        bench.reply("", &calls),
        expect![[r#"
        result a Failed: there is no tool `lok`; did you mean look?
        result b Failed: the arguments of look do not fit: path: is missing; found nothing
        judge look in normal
        result call_4 Failed: the arguments of look are not JSON (expected value at line 1 column 1): path is p"#]],
    );
}

fn ask() -> Verdict {
    let rule = AllowRule { permission: "edit".to_owned(), pattern: "*".to_owned() };
    Verdict::Ask { subject: "p".into(), why: "w".into(), diff: None, rules: vec![rule] }
}

use ironbridge_session::AllowRule;

/// A bench whose model has called `change` twice, the first of which is asked about.
fn asked() -> (Bench, u64) {
    let mut bench = Bench::new();
    bench.prompt("go");
    let path = r#"{"path":"p"}"#;
    bench.reply("", &[("a", "change", path), ("b", "change", path)]);
    let call = bench.call(1);
    check(bench.give(Input::Judged { call, verdict: ask() }), expect!["ask p"]);
    let number = bench.engine.numbers.ask;
    (bench, number)
}

#[test]
fn an_answer_lets_a_call_run_or_tells_the_model_no() {
    let answer = |ask, answer| Input::Operation(Operation::Answer { ask, answer });
    let (mut bench, ask) = asked();
    check(
        bench.give(answer(ask, Answer::Allow { scope: Scope::Session })),
        expect![[r#"
        resolved true
        checkpoint 1
        run change {"path":"p"} by person"#]],
    );
    assert_eq!(bench.engine.transcript().rules().len(), 1);
    check(bench.give(answer(ask, Answer::Deny { message: None })), expect![""]);

    let (mut bench, ask) = asked();
    let no = Answer::Deny { message: Some("not that file".to_owned()) };
    check(
        bench.give(answer(ask, no)),
        expect![[r#"
        resolved false
        result a Denied: the user said no to this call: not that file
        judge change in normal"#]],
    );

    let (mut bench, ask) = asked();
    check(
        bench.give(answer(ask, Answer::Cancel)),
        expect![[r#"
        cancel tools
        resolved false
        result a Aborted: not run: ended by the user
        result b Aborted: not run: ended by the user
        end interrupted"#]],
    );
}

#[test]
fn another_mode_answers_questions_that_are_open() {
    let (mut bench, _) = asked();
    let mode = Mode::AutoAccept;
    check(
        bench.give(Input::Operation(Operation::SetMode { mode })),
        expect!["judge change in auto-accept"],
    );
    let call = bench.call(2);
    check(
        bench.give(Input::Judged { call, verdict: Verdict::Allow }),
        expect![[r#"
        resolved true
        checkpoint 1
        run change {"path":"p"}"#]],
    );
}

#[test]
fn without_anybody_to_ask_a_question_ends_the_turn() {
    let mut bench = Bench::with(engine(false, 10));
    bench.prompt("go");
    bench.reply("", &[("a", "change", r#"{"path":"p"}"#)]);
    let call = bench.call(0);
    check(
        bench.give(Input::Judged { call, verdict: ask() }),
        expect![[r#"
        cancel tools
        result a Aborted: not run: ended by the end of the run: an approval is needed and nobody can give it
        end approval_needed: change needs an approval (w): p"#]],
    );
}

#[test]
fn an_interrupt_ends_the_turn_whatever_is_under_way_and_late_answers_are_not_heard() {
    let interrupt = || Input::Operation(Operation::Interrupt);
    let mut bench = Bench::new();
    bench.prompt("go");
    for event in reply_events("half a sen", &[]).into_iter().take(2) {
        let request = bench.request();
        bench.give(Input::Model { request, event });
    }
    check(
        bench.give(interrupt()),
        expect![[r#"
        cancel model
        end interrupted"#]],
    );
    assert_eq!(bench.engine.transcript().view().len(), 2);
    check(bench.reply("late", &[]), expect![""]);

    bench.prompt("again");
    bench.reply("", &[("a", "look", r#"{"path":"p"}"#)]);
    let call = bench.call(0);
    bench.give(Input::Judged { call, verdict: Verdict::Allow });
    check(
        bench.give(interrupt()),
        expect![[r#"
        cancel tools
        result a Aborted: aborted by the user after 1 s
        end interrupted"#]],
    );
    check(bench.give(Input::ToolDone { call, outcome: done("late") }), expect![""]);
    check(bench.give(interrupt()), expect![""]);
}

#[test]
fn failures_are_retried_with_growing_waits_and_then_told() {
    let mut bench = Bench::new();
    bench.prompt("go");
    let mut lines = Vec::new();
    for _ in 0..5 {
        lines.extend(bench.fail(FailureKind::Transient, None));
        let timer = bench.engine.numbers.timer;
        lines.extend(bench.give(Input::Timer(timer)));
    }
    check(
        lines,
        expect![[r#"
        cancel model
        retry 1 in 205
        model 1 messages
        cancel model
        retry 2 in 378
        model 1 messages
        cancel model
        retry 3 in 775
        model 1 messages
        cancel model
        retry 4 in 1625
        model 1 messages
        cancel model
        end error: no luck"#]],
    );
    bench.prompt("again");
    check(
        bench.fail(FailureKind::Limited, Some(7_000)),
        expect![[r#"
        cancel model
        retry 1 in 7000"#]],
    );
    check(bench.give(Input::Operation(Operation::Interrupt)), expect!["end interrupted"]);
    bench.prompt("again");
    check(
        bench.fail(FailureKind::Limited, Some(3_600_000)),
        expect![[r#"
        cancel model
        end error: no luck"#]],
    );
    bench.prompt("again");
    check(
        bench.fail(FailureKind::Fatal, None),
        expect![[r#"
        cancel model
        end error: no luck"#]],
    );
}

#[test]
fn half_a_reply_is_taken_back_and_no_call_of_it_runs() {
    let mut bench = Bench::new();
    bench.prompt("go");
    for event in reply_events("I will", &[("a", "change", r#"{"path":"p"}"#)]).into_iter().take(5) {
        let request = bench.request();
        bench.give(Input::Model { request, event });
    }
    check(
        bench.fail(FailureKind::Transient, None),
        expect![[r#"
        discard 2
        cancel model
        retry 1 in 205"#]],
    );
    assert_eq!(bench.engine.transcript().view().len(), 1);
}

#[test]
fn a_model_that_says_nothing_is_told_so_twice() {
    let mut bench = Bench::new();
    bench.prompt("go");
    let mut lines = Vec::new();
    for _ in 0..3 {
        lines.extend(bench.reply("", &[]));
    }
    check(
        lines,
        expect![[r#"
        nudge Your reply was empty. Answer, or call a tool.
        model 2 messages
        nudge Your reply was empty. Answer, or call a tool.
        model 3 messages
        end empty_reply: the model gave no answer, though it was asked again"#]],
    );
}

#[test]
fn the_same_calls_with_the_same_results_are_told_and_then_ended() {
    let mut bench = Bench::with(engine(true, 100));
    bench.prompt("go");
    let mut lines = Vec::new();
    for step in 0..7 {
        if bench.engine.is_idle() {
            break;
        }
        bench.reply("", &[(&format!("c{step}"), "look", r#"{"path":"p"}"#)]);
        let call = bench.call(0);
        bench.give(Input::Judged { call, verdict: Verdict::Allow });
        lines.extend(bench.give(Input::ToolDone { call, outcome: done("same") }));
    }
    let kept = |line: &String| line.starts_with("nudge") || line.starts_with("end");
    check(
        lines.into_iter().filter(kept).collect(),
        expect![[r#"
        nudge You have made the same calls with the same results several times. Do something else, or say what keeps you from going on.
        end loop: the model made the same calls with the same results again and again"#]],
    );
}

#[test]
fn the_turn_limit_ends_a_turn_with_its_results_written() {
    let mut bench = Bench::with(engine(true, 1));
    bench.prompt("go");
    bench.reply("", &[("a", "look", r#"{"path":"p"}"#)]);
    let call = bench.call(0);
    bench.give(Input::Judged { call, verdict: Verdict::Allow });
    check(
        bench.give(Input::ToolDone { call, outcome: done("A") }),
        expect![[r#"
        result a Done: A
        end max_turns"#]],
    );
}

#[test]
fn steering_is_heard_at_the_next_step_and_the_queue_waits_for_the_end() {
    let mut bench = Bench::new();
    let say = |text: &str| vec![UserPart::text(text)];
    bench.prompt("go");
    check(bench.prompt("later"), expect![[r#"queue ["later"]"#]]);
    bench.give(Input::Operation(Operation::Steer { parts: say("also this") }));
    check(bench.reply("ok", &[]), expect!["model 3 messages"]);
    check(
        bench.reply("done", &[]),
        expect![[r#"
        end completed
        queue []
        model 5 messages"#]],
    );
    bench.prompt("even later");
    check(
        bench.give(Input::Operation(Operation::Interrupt)),
        expect![[r#"
        cancel model
        end interrupted"#]],
    );
    assert!(bench.engine.is_idle());
    check(bench.prompt("now"), expect!["model 6 messages"]);
    check(
        bench.reply("done", &[]),
        expect![[r#"
        end completed
        queue []
        model 8 messages"#]],
    );
}

#[test]
fn undo_puts_files_back_and_takes_the_turn_out_and_redo_brings_both_back() {
    let mut bench = Bench::new();
    let operation = |operation| Input::Operation(operation);
    check(bench.give(operation(Operation::Undo)), expect!["notice there is nothing to undo"]);
    bench.prompt("go");
    bench.reply("ok", &[]);
    bench.give(Input::Checkpointed { turn: 1, snapshot: 7 });
    check(bench.give(operation(Operation::Undo)), expect!["restore 1 from 7"]);
    bench.give(Input::Restored { turn: 1, snapshot: Some(8), files: Vec::new() });
    assert_eq!(bench.engine.transcript().view().len(), 0);
    check(bench.give(operation(Operation::Redo)), expect!["restore 1 from 8"]);
    bench.give(Input::RestoreFailed { turn: 1, reason: "full".to_owned() });
    check(bench.give(operation(Operation::Redo)), expect!["restore 1 from 8"]);
    bench.give(Input::Restored { turn: 1, snapshot: Some(9), files: Vec::new() });
    assert_eq!(bench.engine.transcript().view().len(), 2);
    check(bench.give(operation(Operation::Redo)), expect!["notice there is nothing to redo"]);
}

#[test]
fn a_session_that_cannot_be_written_ends_its_turn() {
    let mut bench = Bench::new();
    bench.prompt("go");
    check(
        bench.give(Input::WriteFailed { reason: "disk full".to_owned() }),
        expect![[r#"
        cancel model
        end error: the session cannot be saved: disk full"#]],
    );
}
