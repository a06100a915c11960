use super::*;
use crate::part::CallKind;
use crate::reply::Finish;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn open(part: usize) -> Event {
    let opening =
        Opening::Call { id: part.to_string(), name: "f".to_owned(), kind: CallKind::Function };
    Event::Open { part, opening }
}

fn more(part: usize, text: &str) -> Event {
    Event::Delta { part, delta: Delta::Arguments(text.to_owned()) }
}

fn close(part: usize) -> Event {
    Event::Close { part }
}

fn order(events: impl IntoIterator<Item = Event>) -> Vec<Event> {
    let mut in_order = InOrder::default();
    let mut out = Vec::new();
    for event in events {
        in_order.event(event, &mut out);
    }
    out
}

/// One word for each event.
fn word(event: &Event) -> String {
    match event {
        Event::Open { part, .. } => format!("({part}"),
        Event::Delta { part, delta: Delta::Arguments(text) } => format!("{part}{text}"),
        Event::Delta { part, .. } => format!("{part}?"),
        Event::Close { part } => format!("{part})"),
        Event::Failed(error) => format!("failed: {error}"),
        other => format!("{other:?}"),
    }
}

fn check(events: impl IntoIterator<Item = Event>, expected: Expect) {
    let words: Vec<String> = order(events).iter().map(word).collect();
    expected.assert_eq(&words.join(" "));
}

#[test]
fn what_is_in_order_flows_through() {
    check(
        [open(0), more(0, "a"), close(0), Event::Ping, open(1), more(1, "b"), close(1), Event::End],
        expect!["(0 0a 0) Ping (1 1b 1) End"],
    );
}

#[test]
fn interleaved_calls_follow_one_another() {
    check(
        [open(0), open(1), more(1, "x"), more(0, "a"), open(2), close(1), more(2, "p"), close(0)],
        expect!["(0 0a 0) (1 1x 1) (2 2p"],
    );
    check(
        [open(0), open(1), close(1), open(2), close(2), close(0), open(3), close(3)],
        expect!["(0 0) (1 1) (2 2) (3 3)"],
    );
}

#[test]
fn pings_and_usage_do_not_wait() {
    check([open(0), open(1), Event::Ping, more(1, "x")], expect!["(0 Ping"]);
}

#[test]
fn the_finish_closes_what_is_open() {
    check(
        [open(0), open(1), more(1, "x"), open(2), close(2), Event::Finish(Finish::ToolCalls)],
        expect!["(0 0) (1 1x 1) (2 2) Finish(ToolCalls)"],
    );
}

#[test]
fn a_failure_does_not_wait() {
    let error = ApiError::new(ErrorKind::BadGateway, "broken");
    check([open(0), open(1), Event::Failed(error)], expect!["(0 failed: broken"]);
}

#[test]
fn deltas_of_unknown_parts_are_nothing() {
    check([open(0), more(7, "x"), close(7), close(0)], expect!["(0 0)"]);
}

#[test]
fn what_waits_is_bounded() {
    let megabyte = "x".repeat(1024 * 1024);
    let flood = (0..20).map(|_| more(1, &megabyte));
    let out = order([open(0), open(1)].into_iter().chain(flood).chain([close(0), close(1)]));
    let words: Vec<String> = out.iter().map(word).collect();
    assert_eq!(words.len(), 2, "nothing follows the failure");
    assert_eq!(
        words[1],
        "failed: the upstream interleaves over 8388608 bytes of parallel tool calls"
    );
    // Empty events cost, too.
    let flood = (0..1_000_000).map(|_| more(1, ""));
    let out = order([open(0), open(1)].into_iter().chain(flood));
    assert!(matches!(out.last(), Some(Event::Failed(_))));
}

#[test]
fn what_was_released_no_longer_counts() {
    let megabyte = "x".repeat(1024 * 1024);
    let rounds = (0..20).flat_map(|n| {
        let (a, b) = (2 * n, 2 * n + 1);
        [open(a), open(b), more(b, &megabyte), close(b), close(a)]
    });
    let out = order(rounds);
    assert_eq!(out.len(), 100);
    assert!(!out.iter().any(|event| matches!(event, Event::Failed(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Any interleaving gives each part whole, in the order in which the parts opened.
    #[test]
    fn any_interleaving(picks in prop::collection::vec(0usize..4, 0..60)) {
        let mut events = Vec::new();
        let mut state = [0u8; 4];
        let mut opened = Vec::new();
        for pick in picks {
            match state[pick] {
                0 => {
                    opened.push(pick);
                    events.push(open(pick));
                }
                4 => continue,
                3 => events.push(close(pick)),
                _ => events.push(more(pick, "x")),
            }
            state[pick] += 1;
        }
        events.push(Event::Finish(Finish::Stop));
        let expected: Vec<String> = opened
            .iter()
            .flat_map(|part| {
                let deltas = usize::from(state[*part].min(3) - 1);
                std::iter::once(format!("({part}"))
                    .chain(std::iter::repeat_n(format!("{part}x"), deltas))
                    .chain([format!("{part})")])
            })
            .chain(["Finish(Stop)".to_owned()])
            .collect();
        let words: Vec<String> = order(events).iter().map(word).collect();
        prop_assert_eq!(words, expected);
    }
}
