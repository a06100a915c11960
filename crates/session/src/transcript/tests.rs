use super::*;
use crate::{ResultStatus, ToolResult};
use expect_test::{Expect, expect};

fn user(turn: u64, text: &str) -> EntryBody {
    EntryBody::User { turn, parts: vec![UserPart::text(text)], origin: Origin::User }
}

fn says(text: &str, calls: &[&str]) -> EntryBody {
    let text = (!text.is_empty()).then(|| ReplyPart::Text { text: text.to_owned() });
    let call = |id: &&str| ReplyPart::Call {
        id: (*id).to_owned(),
        name: "read_file".to_owned(),
        arguments: "{}".to_owned(),
    };
    let parts = text.into_iter().chain(calls.iter().map(call)).collect();
    EntryBody::Assistant { parts, model: "m".to_owned(), usage: None }
}

fn result(call: &str, text: &str) -> EntryBody {
    EntryBody::Result(ToolResult {
        call: call.to_owned(),
        tool: "read_file".to_owned(),
        text: text.to_owned(),
        status: ResultStatus::Done,
        images: Vec::new(),
        usage: None,
    })
}

fn folded(entries: impl IntoIterator<Item = EntryBody>) -> Transcript {
    let mut transcript = Transcript::default();
    for (at, body) in entries.into_iter().enumerate() {
        transcript.apply(&Entry { at: at as u64, body });
    }
    transcript
}

fn check(entries: impl IntoIterator<Item = EntryBody>, expected: Expect) {
    let view = folded(entries).view();
    assert_eq!(check_view(&view), Ok(()));
    let line = |message: &Arc<Message>| match &**message {
        Message::User { parts, .. } => format!("user: {}\n", UserPart::texts(parts)),
        Message::Assistant { parts } => {
            let texts: Vec<String> = parts
                .iter()
                .map(|part| match part {
                    ReplyPart::Text { text } | ReplyPart::Thinking { text, .. } => text.clone(),
                    ReplyPart::Call { id, .. } => format!("call {id}"),
                })
                .collect();
            format!("model: {}\n", texts.join(" | "))
        }
        Message::Result(result) => format!("{}: {}\n", result.call, result.text),
    };
    expected.assert_eq(&view.iter().map(line).collect::<String>());
}

#[test]
fn results_follow_their_calls_in_order_whatever_order_they_came_in() {
    check(
        [
            user(1, "go"),
            says("", &["a", "b"]),
            result("b", "two"),
            result("a", "one"),
            says("ok", &[]),
        ],
        expect![[r"
            user: go
            model: call a | call b
            a: one
            b: two
            model: ok
        "]],
    );
}

#[test]
fn what_a_crash_left_open_is_closed_in_the_view() {
    check(
        [user(1, "go"), says("", &["a", "b"]), result("a", "one"), user(2, "again")],
        expect![[r"
            user: go
            model: call a | call b
            a: one
            b: aborted: the call was not finished
            user: again
        "]],
    );
}

#[test]
fn what_nobody_called_and_what_says_nothing_is_left_out() {
    let thought = ReplyPart::Thinking { text: "hm".to_owned(), seal: None };
    let thinks = EntryBody::Assistant { parts: vec![thought], model: String::new(), usage: None };
    check(
        [
            user(1, "go"),
            result("x", "?"),
            thinks,
            says("", &[]),
            says("hi", &["a"]),
            result("a", "1"),
            result("a", "2"),
            says("", &["a"]),
        ],
        expect![[r"
            user: go
            model: hi | call a
            a: 1
        "]],
    );
}

#[test]
fn undo_hides_a_turn_redo_shows_it_and_a_prompt_ends_it_for_good() {
    let two = || vec![user(1, "one"), says("1", &[]), user(2, "two"), says("2", &[])];
    let undo = |turn| EntryBody::Undo { turn, snapshot: None };
    let with = |more: Vec<EntryBody>| two().into_iter().chain(more);
    let only_one = || {
        expect![[r"
        user: one
        model: 1
    "]]
    };
    check(with(vec![undo(2)]), only_one());
    check(with(vec![undo(2), undo(1)]), expect![[""]]);
    check(with(vec![undo(2), undo(1), EntryBody::Redo { turn: 1 }]), only_one());
    check(
        with(vec![undo(2), EntryBody::Redo { turn: 2 }]),
        expect![[r"
            user: one
            model: 1
            user: two
            model: 2
        "]],
    );
    check(
        with(vec![undo(2), user(3, "three")]),
        expect![[r"
            user: one
            model: 1
            user: three
        "]],
    );
    let after = folded(with(vec![undo(2), user(3, "three")]));
    assert_eq!((after.undone(), after.next_turn()), (None, 4));
    let before = folded(with(vec![undo(2)]));
    assert_eq!(before.undone().map(|turn| turn.number), Some(2));
}

#[test]
fn a_summary_stands_for_the_messages_it_names_and_old_outputs_are_forgotten() {
    let summary = "we read a".to_owned();
    check(
        [
            user(1, "one"),
            says("", &["a"]),
            result("a", "long"),
            says("1", &[]),
            user(2, "two"),
            says("", &["b"]),
            result("b", "longer"),
            says("2", &[]),
            EntryBody::Compaction { messages: 4, summary, usage: None },
            EntryBody::Pruned { calls: vec!["b".to_owned()] },
        ],
        expect![[r"
            user: Summary of the conversation so far, whose messages are no longer shown:

            we read a
            user: two
            model: call b
            b: [this old output was removed to save context; call the tool again if needed]
            model: 2
        "]],
    );
}

#[test]
fn a_summary_of_turns_that_were_undone_for_good_is_gone_with_them() {
    let turn = |n: u64| [user(n, &format!("ask {n}")), says(&format!("say {n}"), &[])];
    let summary = EntryBody::Compaction { messages: 4, summary: "old".to_owned(), usage: None };
    let undo = EntryBody::Undo { turn: 2, snapshot: None };
    let entries = turn(1).into_iter().chain(turn(2)).chain(turn(3)).chain([summary, undo]);
    check(
        entries.chain(turn(4)).chain(turn(5)),
        expect![[r"
            user: ask 1
            model: say 1
            user: ask 4
            model: say 4
            user: ask 5
            model: say 5
        "]],
    );
}

#[test]
fn a_session_is_exported_as_markdown_that_its_texts_cannot_break() {
    let entries =
        [user(1, "go"), says("I read.", &["a"]), result("a", "```\ncode\n```"), says("ok", &[])];
    let expected = expect![[r"
        # go

        Session `` in ``.

        ## User

        go

        ## Agent

        I read.

        Calls `read_file`:

        ```json
        {}
        ```

        `read_file` answered:

        ````
        ```
        code
        ```
        ````

        ## Agent

        ok
    "]];
    expected.assert_eq(&folded(entries).to_markdown());
}

#[test]
fn an_entry_of_a_later_version_is_passed_over() {
    let line = r#"{"at":7,"type":"hologram","depth":3}"#;
    let entry: Entry = serde_json::from_str(line).expect("it is an entry");
    assert_eq!(entry, Entry { at: 7, body: EntryBody::Unknown });
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0x0001_F00D),
        ..proptest::test_runner::Config::default()
    })]

    /// Whatever stands in a file, its view is one that a provider takes, and writing it down changes nothing.
    #[test]
    fn any_entries_give_a_valid_view(steps in proptest::collection::vec((0_u8..9, 0_u8..4), 0..40)) {
        let mut turn = 0;
        let id = |n: u8| ["a", "b", "c", "d"][usize::from(n)];
        let bodies: Vec<EntryBody> = steps.iter().map(|(kind, n)| match kind {
            0 | 1 => { turn += 1; user(turn, id(*n)) }
            2 => says("text", &[id(*n)]),
            3 => says("", &[id(*n), id((*n + 1) % 4)]),
            4 => says("", &[]),
            5 => result(id(*n), "done"),
            6 => EntryBody::Undo { turn: u64::from(*n), snapshot: None },
            7 => EntryBody::Redo { turn: u64::from(*n) },
            _ => {
                let (messages, summary) = (usize::from(*n), "s".to_owned());
                EntryBody::Compaction { messages, summary, usage: None }
            }
        }).collect();
        let first = EntryBody::User { turn: 0, parts: vec![UserPart::text("begin")], origin: Origin::Engine };
        let bodies: Vec<EntryBody> = std::iter::once(first).chain(bodies).collect();
        let transcript = folded(bodies.clone());
        proptest::prop_assert_eq!(check_view(&transcript.view()), Ok(()));
        let read_again = bodies.into_iter().map(|body| {
            let line = serde_json::to_string(&Entry { at: 1, body }).expect("it is JSON");
            serde_json::from_str::<Entry>(&line).expect("it is an entry").body
        });
        proptest::prop_assert_eq!(folded(read_again), transcript);
    }
}
