//! Which exchanges belong together: each situation once, and any order of arrival.

use crate::databases::on_each;
use expect_test::{Expect, expect};
use ironbridge_ledger::{
    Address, Digest, Entry, Exchange, Message, Origin, Part, Request, Role, Store, link,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::fmt::Write;

const START_MS: u64 = 1_763_728_567_000;
const SECOND: u64 = 1000;

/// An exchange as a few words: what the client sends, and what the model replies.
#[derive(Clone, Default)]
struct Turn {
    id: &'static str,
    second: u64,
    session: Option<&'static str>,
    system: Vec<&'static str>,
    messages: Vec<Message<'static>>,
    reply: Vec<Part<'static>>,
}

fn user(text: &'static str) -> Message<'static> {
    Message { role: Role::User, parts: vec![Part::Text(text.into())] }
}

fn model(text: &'static str) -> Message<'static> {
    Message { role: Role::Assistant, parts: vec![Part::Text(text.into())] }
}

fn turn(id: &'static str, second: u64, messages: Vec<Message<'static>>) -> Turn {
    let system = vec!["You are an agent."];
    Turn { id, second, session: None, system, messages, reply: Vec::new() }
}

fn origin<'a>(id: &'a str, second: u64, session: Option<&'a str>) -> Origin<'a> {
    Origin { id, scope: "localhost", session, began_ms: START_MS + second * SECOND }
}

fn digest(turn: &Turn) -> Digest {
    let system = turn.system.iter().map(|text| (*text).into()).collect();
    let request = Request { system, messages: turn.messages.clone() };
    Digest::of(origin(turn.id, turn.second, turn.session), &request, &turn.reply)
        .expect("has messages")
}

/// Links all at once, then by the store in the reverse order, and shows it: `id ← parent (by what): conversation branch`.
fn check(turns: &[Turn], expected: &Expect) {
    let digests: Vec<Digest> = turns.iter().map(digest).collect();
    let links = link(&digests);
    let mut shown = String::new();
    for link in &links {
        let tie = link.tie.as_ref().map(|tie| format!(" ← {} ({})", tie.parent, tie.kind.name()));
        let tie = tie.unwrap_or_default();
        writeln!(shown, "{}{tie}: {} {}", link.id, link.conversation, link.branch).expect("writes");
    }
    expected.assert_eq(&shown);

    let folder = tempfile::tempdir().expect("a folder");
    let address = Address::file(folder.path().join("ledger.db"));
    let mut store = Store::open(&address, false).expect("opens");
    for digest in digests.iter().rev() {
        store.write(&[entry(digest)]).expect("writes");
    }
    for link in links {
        assert_eq!(store.link_of(&link.id).expect("reads"), Some(link));
    }
}

fn entry(digest: &Digest) -> Entry {
    let exchange =
        Exchange { id: digest.id.clone(), began_ms: digest.began_ms, ..Exchange::default() };
    Entry { exchange, digest: Some(digest.clone()), ..Entry::default() }
}

#[test]
fn a_conversation_goes_on() {
    check(
        &[
            turn("a", 0, vec![user("hi")]),
            turn("b", 1, vec![user("hi"), model("hello"), user("more")]),
            turn(
                "c",
                2,
                vec![user("hi"), model("hello"), user("more"), model("yes"), user("and?")],
            ),
            turn("other", 3, vec![user("good morning")]),
        ],
        &expect![[r#"
            a: a main
            b ← a (continues): a main
            c ← b (continues): a main
            other: other main
        "#]],
    );
}

#[test]
fn who_goes_back_begins_a_branch_and_who_repeats_does_not() {
    let after = |text| vec![user("hi"), model("hello"), user(text)];
    let then = |text, next| vec![user("hi"), model("hello"), user(text), model("ok"), user(next)];
    check(
        &[
            turn("a", 0, vec![user("hi")]),
            turn("b", 1, after("one")),
            turn("c", 2, after("two")),
            turn("d", 3, then("two", "further")),
            turn("e", 4, after("one")),
            turn("f", 5, then("one", "further")),
            turn("g", 6, after("three")),
            turn("h", 7, then("three", "x")),
            turn("i", 8, then("three", "y")),
        ],
        &expect![[r#"
            a: a main
            b ← a (continues): a main
            c ← a (continues): a branch_20251121123609
            d ← c (continues): a branch_20251121123609
            e ← a (continues): a main
            f ← e (continues): a main
            g ← a (continues): a branch_20251121123613
            h ← g (continues): a branch_20251121123613
            i ← g (continues): a branch_20251121123615
        "#]],
    );
}

#[test]
fn the_same_script_that_runs_twice_at_once_is_two_conversations() {
    let of = |session, id, second, messages| Turn {
        session: Some(session),
        ..turn(id, second, messages)
    };
    let second = || vec![user("hi"), model("hello"), user("more")];
    let third = || {
        let mut messages = second();
        messages.extend([model("yes"), user("and?")]);
        messages
    };
    check(
        &[
            of("one", "a1", 0, vec![user("hi")]),
            of("two", "a2", 1, vec![user("hi")]),
            of("one", "b1", 2, second()),
            of("two", "b2", 3, second()),
            of("two", "c2", 4, third()),
            of("one", "c1", 5, third()),
            // A session that is resumed has another name, and continues the newest.
            of("three", "d", 6, third()),
        ],
        &expect![[r#"
            a1: a1 main
            a2: a2 main
            b1 ← a1 (continues): a1 main
            b2 ← a2 (continues): a2 main
            c1 ← b1 (continues): a1 main
            c2 ← b2 (continues): a2 main
            d ← b2 (continues): a2 main
        "#]],
    );
}

#[test]
fn parallel_tool_results_in_messages_of_their_own_are_one_turn() {
    let call = |id: &'static str| Part::ToolUse(id.into(), "Read".into(), "{}".into());
    let result = |id: &'static str| Message {
        role: Role::User,
        parts: vec![Part::ToolResult(id.into(), "text".into())],
    };
    let calls = Message { role: Role::Assistant, parts: vec![call("t1"), call("t2")] };
    check(
        &[
            turn("a", 0, vec![user("hi")]),
            turn("b", 1, vec![user("hi"), calls.clone(), result("t1"), result("t2")]),
            turn(
                "c",
                2,
                vec![user("hi"), calls, result("t1"), result("t2"), model("done"), user("thanks")],
            ),
        ],
        &expect![[r#"
            a: a main
            b ← a (continues): a main
            c ← b (continues): a main
        "#]],
    );
}

#[test]
fn injected_system_messages_and_reminders_change_nothing() {
    let injected =
        |text: &'static str| Message { role: Role::System, parts: vec![Part::Text(text.into())] };
    let reminded = Message {
        role: Role::User,
        parts: vec![
            Part::Text("<system-reminder>later</system-reminder>".into()),
            Part::Text("more".into()),
        ],
    };
    let mut second =
        turn("b", 1, vec![user("hi"), injected("agents: x"), model("hello"), reminded]);
    second.system = vec!["x-anthropic-billing-header: cc=2", "You are an agent.\ngitStatus: M a"];
    check(
        &[
            turn(
                "a",
                0,
                vec![user("hi\r\n<system-reminder>now</system-reminder>"), injected("agents")],
            ),
            second,
            turn(
                "c",
                2,
                vec![
                    user("hi"),
                    model("hello"),
                    user("more"),
                    model("yes"),
                    user("and?"),
                    injected("z"),
                ],
            ),
        ],
        &expect![[r#"
            a: a main
            b ← a (continues): a main
            c ← b (continues): a main
        "#]],
    );
}

#[test]
fn messages_that_repeat_a_tool_id_do_not_count() {
    let call = Message {
        role: Role::Assistant,
        parts: vec![Part::ToolUse("t1".into(), "Bash".into(), "{}".into())],
    };
    let result =
        Message { role: Role::User, parts: vec![Part::ToolResult("t1".into(), "ok".into())] };
    check(
        &[
            turn("a", 0, vec![user("hi")]),
            turn("b", 1, vec![user("hi"), call.clone(), result.clone()]),
            turn(
                "c",
                2,
                vec![user("hi"), call.clone(), result.clone(), call, result, model("x"), user("y")],
            ),
        ],
        &expect![[r#"
            a: a main
            b ← a (continues): a main
            c ← b (continues): a main
        "#]],
    );
}

#[test]
fn sub_agents_are_found_by_their_prompt() {
    for tool in ["Task", "Agent"] {
        let mut start = turn("b", 1, vec![user("hi"), model("let me see"), user("go on")]);
        start.reply = vec![
            Part::Text("I ask two.".into()),
            Part::ToolUse(
                "t1".into(),
                tool.into(),
                r#"{"description":"x","prompt":"Find the bug."}"#.into(),
            ),
            Part::ToolUse("t2".into(), tool.into(), r#"{"prompt":"Write a test.\r\n"}"#.into()),
        ];
        check(
            &[
                turn("a", 0, vec![user("hi")]),
                start,
                turn("c", 2, vec![user("Write a test.<system-reminder>x</system-reminder>")]),
                turn("d", 3, vec![user("Find the bug.")]),
                turn("e", 4, vec![user("Find the bug."), model("where?"), user("there")]),
                turn("late", 24 * 3600 + 2, vec![user("Find the bug.")]),
                turn("stranger", 5, vec![user("Find another bug.")]),
            ],
            &expect![[r#"
                a: a main
                b ← a (continues): a main
                c ← b (subtask): a subtask_1
                d ← b (subtask): a subtask_2
                e ← d (continues): a subtask_2
                late: late main
                stranger: stranger main
            "#]],
        );
    }
}

const SUMMARY: &str = "<analysis>\nThe user began with a question about the ledger, and I looked at all of its files.\n</analysis>\n\n<summary>\n1. Primary Request: build a ledger that loses nothing, with a journal, on two databases.\n2. Files: many of them, each short, each with its reason.\n3. Pending Tasks: none that anybody knows of.\n</summary>";

const OLD_STYLE: &str = "This session is being continued from a previous conversation that ran out of context. The conversation is summarized below:\nAnalysis:\nThe user began with a question about the ledger, and I looked at all of its files.\n\nSummary:\n1. Primary Request: build a ledger that loses nothing, with a journal, on two databases.\n2. Files: many of them, each short, each with its reason.\n3. Pending Tasks: none that anybody knows of..\nPlease continue the conversation from where we left it off.";

const NEW_STYLE: &str = "This session is being continued from a previous conversation that ran out of context. The summary below covers the earlier portion of the conversation.\n\nSummary:\n1. Primary Request: build a ledger that loses nothing, with a journal, on two databases.\n2. Files: many of them, each short, each with its reason.\n3. Pending Tasks: none that anybody knows of.\n\nIf you need specific details from before compaction (like exact code snippets), read the transcript.";

#[test]
fn a_compacted_conversation_goes_on_in_both_styles() {
    let mut summary = turn(
        "s",
        2,
        vec![
            user("hi"),
            model("hello"),
            user("more"),
            model("yes"),
            user("Your task is to create a detailed summary of the conversation so far, paying"),
        ],
    );
    summary.system = vec!["You are a helpful AI assistant tasked with summarizing conversations."];
    summary.reply = vec![Part::Text(SUMMARY.into())];
    check(
        &[
            turn("a", 0, vec![user("hi")]),
            turn("b", 1, vec![user("hi"), model("hello"), user("more")]),
            summary.clone(),
            turn("old", 3, vec![user(OLD_STYLE)]),
            turn("old2", 4, vec![user(OLD_STYLE), model("I go on."), user("good")]),
            turn("old3", 5, vec![user(OLD_STYLE), model("I go on."), user("no, stop")]),
            turn("new", 6, vec![user(NEW_STYLE), model("Reading."), user("and now?")]),
            turn("late", 8 * 24 * 3600, vec![user(OLD_STYLE)]),
        ],
        &expect![[r#"
            a: a main
            b ← a (continues): a main
            late: late main
            new ← s (compacts): a compact_20251121123613
            old ← s (compacts): a compact_20251121123610
            old2 ← old (continues): a compact_20251121123610
            old3 ← old (continues): a compact_20251121123610
            s ← b (continues): a main
        "#]],
    );
}

#[test]
fn one_that_was_not_seen_is_stepped_over() {
    check(
        &[
            turn("a", 0, vec![user("hi")]),
            turn(
                "c",
                2,
                vec![user("hi"), model("hello"), user("more"), model("yes"), user("and?")],
            ),
        ],
        &expect![[r#"
            a: a main
            c ← a (continues): a main
        "#]],
    );
}

#[test]
fn nothing_is_tied_across_scopes_or_to_what_began_later() {
    let first = digest(&turn("a", 0, vec![user("hi")]));
    let mut second = digest(&turn("b", 1, vec![user("hi"), model("hello"), user("more")]));
    second.scope = "elsewhere".into();
    let mut third = second.clone();
    (third.id, third.scope, third.began_ms) = ("c".into(), "localhost".into(), first.began_ms);
    let links = link(&[first, second, third]);
    assert!(links.iter().all(|link| link.tie.is_none() && link.branch == "main"), "{links:?}");
}

/// Messages of one text each.
type Texts = Vec<(Role, String)>;

/// A history: each exchange continues an earlier one with few different words, starts a sub-agent, or begins anew.
fn history() -> impl Strategy<Value = Vec<Digest>> {
    let step = (0..8_usize, any::<prop::sample::Index>(), 0..3_u8, 0..3_u64);
    prop::collection::vec(step, 1..14).prop_map(|steps| {
        let mut histories: Vec<(Texts, Option<String>)> = Vec::new();
        let mut digests = Vec::new();
        let mut second = 0;
        for (number, (kind, of, word, pause)) in steps.into_iter().enumerate() {
            second += pause;
            let mut messages = Vec::new();
            if !histories.is_empty() {
                let (earlier, prompt) = &histories[of.index(histories.len())];
                match (kind, prompt) {
                    (0, _) => {}
                    (1 | 2, Some(prompt)) => messages.push((Role::User, prompt.clone())),
                    _ => {
                        messages.clone_from(earlier);
                        messages.push((Role::Assistant, "reply".to_owned()));
                    }
                }
            }
            if messages.len() != 1 {
                messages.push((Role::User, format!("word {word}")));
            }
            let prompt = (kind % 2 == 0).then(|| format!("task {word}"));
            let id = format!("req_{number:02}");
            let session = ["s0", "s1"].get(kind % 3).copied();
            digests.push(digest_of(origin(&id, second, session), &messages, prompt.as_deref()));
            histories.push((messages, prompt));
        }
        digests
    })
}

fn digest_of(origin: Origin<'_>, messages: &[(Role, String)], task: Option<&str>) -> Digest {
    let message = |(role, text): &'_ (Role, String)| (*role, text.clone());
    let owned: Vec<(Role, String)> = messages.iter().map(message).collect();
    let messages = owned
        .iter()
        .map(|(role, text)| Message { role: *role, parts: vec![Part::Text(text.into())] })
        .collect();
    let input = task.map(|task| serde_json::json!({ "prompt": task }).to_string());
    let reply: Vec<Part<'_>> = input
        .iter()
        .map(|input| Part::ToolUse("t".into(), "Task".into(), input.as_str().into()))
        .collect();
    let request = Request { system: vec!["You are an agent.".into()], messages };
    Digest::of(origin, &request, &reply).expect("has messages")
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    on_each(|address| {
        let cases = if format!("{address:?}").starts_with("sqlite") { 200 } else { 30 };
        let config = Config {
            cases,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(0x0001_F00D),
            ..Config::default()
        };
        let store = std::cell::RefCell::new(Store::open(address, false).expect("opens"));
        let number = std::cell::Cell::new(0_u32);
        let arrivals = history().prop_flat_map(|digests| {
            (Just(digests.clone()), Just(digests).prop_shuffle(), 1..4_usize)
        });
        TestRunner::new(config)
            .run(&arrivals, |(digests, arriving, together)| {
                // Each case in a scope of its own, with ids of its own: one database serves all.
                number.set(number.get() + 1);
                let own = |digest: &Digest| Digest {
                    id: format!("{}-{}", digest.id, number.get()),
                    scope: format!("scope-{}", number.get()),
                    ..digest.clone()
                };
                let mut store = store.borrow_mut();
                let arriving: Vec<Entry> =
                    arriving.iter().map(|digest| entry(&own(digest))).collect();
                for entries in arriving.chunks(together) {
                    store.write(entries).expect("writes");
                }
                let digests: Vec<Digest> = digests.iter().map(own).collect();
                for link in link(&digests) {
                    prop_assert_eq!(store.link_of(&link.id).expect("reads"), Some(link));
                }
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{error}"));
    });
}

#[test]
fn a_conversation_is_given_as_a_graph() {
    on_each(|address| {
        let turns = [
            turn("a", 0, vec![user("hi")]),
            turn("b", 1, vec![user("hi"), model("hello"), user("one")]),
            turn("c", 2, vec![user("hi"), model("hello"), user("two")]),
        ];
        let digests: Vec<Digest> = turns.iter().map(digest).collect();
        let mut store = Store::open(address, false).expect("opens");
        store.write(&digests.iter().map(entry).collect::<Vec<_>>()).expect("writes");
        assert_eq!(store.conversation("a").expect("reads"), link(&digests));
        assert_eq!(store.conversation("b").expect("reads"), vec![]);
    });
}
